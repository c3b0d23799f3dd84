"""The alarm that attention has collapsed, or never began to look.

A head whose weights all lie on one key has entropy 0; one that spreads evenly over n keys has
log n. A layer without spread passes on one token whatever is asked; a model that only ever spreads
evenly averages its patches, and its attention has learned nothing. Zhai et al., "Stabilizing
Transformer Training by Preventing Attention Entropy Collapse", ICML 2023, arXiv:2303.06296, show
that the first goes with training that diverges. The limits are ours.
"""

import math
from collections.abc import Mapping, Sequence

COLLAPSED = 0.02  # of log n, mean over the heads of a layer
EVEN = 0.995  # of log n, in each head of each layer
LATE = 0.5  # share of the run after which attention should have begun to look

Relative = Mapping[str, Sequence[float]]


class EntropyAlarm:
    """Says in a sentence when attention collapses; each kind and layer once.

    Args:
        collapsed: share of log n below which a layer has collapsed, mean over its heads.
        even: share of log n above which a head spreads evenly.
        late: share of the run after which not one head that looks is worth a sentence.
    """

    def __init__(
        self, *, collapsed: float = COLLAPSED, even: float = EVEN, late: float = LATE
    ) -> None:
        self.collapsed, self.even, self.late = collapsed, even, late
        self._said: set[str] = set()

    def __call__(self, relative: Relative, *, share: float) -> str | None:
        """Judge the entropies of an epoch.

        Args:
            relative: entropy of each head as a share of log n, by layer, as `Glance.relative`
                gives; NaN for a head whose queries have one key.
            share: how much of the run is done, 0 to 1.

        Returns:
            A sentence when there is something new to say.
        """
        fallen = collapsed_layers(relative, self.collapsed)
        new = [name for name in fallen if name not in self._said]
        self._said |= set(new)
        self._said &= {*fallen, ""}  # a layer that recovered may fall again
        if new:
            return _collapse(new, relative, self.collapsed)
        if share > self.late and "" not in self._said and spreads_evenly(relative, self.even):
            self._said.add("")
            return (
                f"every head of every layer still spreads its attention evenly (above "
                f"{100 * self.even:g} % of the most entropy there can be) after "
                f"{100 * share:.0f} % of the run: the model averages its patches and has not "
                "learned to look; try a higher lr, less weight decay or more epochs"
            )
        return None


def collapsed_layers(relative: Relative, limit: float = COLLAPSED) -> list[str]:
    """Name the layers whose mean relative entropy is below a limit."""
    means = {name: _mean(heads) for name, heads in relative.items()}
    return [name for name, mean in means.items() if mean is not None and mean < limit]


def spreads_evenly(relative: Relative, limit: float = EVEN) -> bool:
    """Tell whether each head of each layer has a relative entropy above a limit."""
    known = [one for heads in relative.values() for one in heads if math.isfinite(one)]
    return bool(known) and min(known) > limit


def _mean(heads: Sequence[float]) -> float | None:
    known = [one for one in heads if math.isfinite(one)]
    return sum(known) / len(known) if known else None


def _collapse(names: Sequence[str], relative: Relative, limit: float) -> str:
    least = min((_mean(relative[name]) or 0.0) for name in names)
    some = ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
    return (
        f"attention collapsed in {some}: its queries read one token (entropy {100 * least:.2g} % "
        f"of the most there can be, less than {100 * limit:g} %); try a lower lr, a longer "
        "warm-up or clip_grad=1"
    )
