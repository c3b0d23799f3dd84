"""Parts of the kit that give numbers for each head of each layer: distance, entropy, head atlas.

See `saccade.inspection.kit.findings`.
Axes: b images, t layers, heads, i queries, j keys.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from saccade.errors import TraceError
from saccade.inspection.kit.charts import dots
from saccade.inspection.kit.findings import Choice, Findings, Part, Seen
from saccade.inspection.kit.layer_numbers import (
    Numbers,
    distances_of,
    entropies_of,
    layers_of,
    uniform_of,
)
from saccade.inspection.kit.spreads import summarize
from saccade.inspection.layer_map import LayerMap

_KEYS = ("layer", "name", "head")


class HeadNumbers:
    """Parts whose finding is some numbers for each head: mean and spread over pictures.

    Args:
        measure: gives the numbers of a layer by the names of their columns, with units (b heads);
            the first is drawn, and must be known in one layer at least.
        level: what the first is for a head that spreads evenly; NaN where that is not said.
    """

    def __init__(
        self, measure: Callable[[LayerMap], Numbers], level: Callable[[LayerMap], float]
    ) -> None:
        self._measure, self._level = measure, level
        self._found: list[list[Numbers]] = []
        self._names: list[str] = []
        self._levels: list[float] = []

    def take(self, seen: Seen) -> None:
        """Measure a batch."""
        layers = layers_of(seen.trace)
        self._names = [layer.name for layer in layers]
        self._levels = [self._level(layer) for layer in layers]
        self._found.append([self._measure(layer) for layer in layers])

    def finish(self) -> Findings:
        """Give the table and a chart of dots.

        Raises:
            TraceError: there was no picture, or the first number is known in no layer.
        """
        if not self._found:
            raise TraceError("at least one picture", "none", "part.take(seen)")
        names = list(dict.fromkeys(name for layer in self._found[0] for name in layer))
        values = [_joined(batches, names) for batches in zip(*self._found, strict=True)]
        if not any(bool(layer[..., 0].isfinite().any()) for layer in values):
            raise TraceError(
                "layers whose queries and keys lie on the picture",
                "none",
                "saccade describe MODEL, which says what was recognised",
            )
        labels = [
            (number, name, head)
            for number, (name, layer) in enumerate(zip(self._names, values, strict=True))
            for head in range(layer.shape[1])
        ]
        summary = summarize(_KEYS, labels, names, torch.cat(values, dim=1))
        means = [layer[..., 0].mean(dim=0) for layer in values]
        drawn = pad_sequence(means, batch_first=True, padding_value=math.nan)
        same = len(set(self._levels)) == 1 and math.isfinite(self._levels[0])
        title = f"{names[0]}, mean over {summary.pictures} pictures"
        chart = dots(drawn, title=title, level=self._levels[0] if same else None)
        return Findings.of(summary, {"chart": chart})


def _joined(batches: tuple[Numbers, ...], names: list[str]) -> Tensor:
    """The numbers of one layer over all batches (b heads measures); NaN where there is none."""
    parts = []
    for numbers in batches:
        some = next(iter(numbers.values()))
        lacking = torch.full_like(some, math.nan)
        parts.append(torch.stack([numbers.get(name, lacking) for name in names], dim=-1))
    return torch.cat(parts).double().cpu()


def distance_part(choice: Choice) -> Part:
    """Make the part of attention distance, in both normalisations."""
    return HeadNumbers(distances_of, uniform_of)


def entropy_part(choice: Choice) -> Part:
    """Make the part of entropy: mean over rows and the asking token's, and what that amounts to."""
    return HeadNumbers(
        lambda layer: entropies_of(layer, choice.query),
        lambda layer: math.log(layer.weights.shape[-1]),
    )
