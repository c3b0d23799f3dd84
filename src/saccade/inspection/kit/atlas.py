"""Head atlas: what every head of a model does over a folder of pictures.

Maps are measured as they come and let go of; a handful of numbers for each picture and head stays.
Axes: b images, t layers, heads, i queries, j keys.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from saccade.errors import TraceError
from saccade.inspection.kit.head_labels import KOREAN, head_label
from saccade.inspection.kit.head_measures import MEASURES, even_measures, head_measures
from saccade.inspection.kit.spreads import Cell, Line, Stat, Summary, rounded, stats_of
from saccade.layers.tokens import TokenLayout
from saccade.shapes import expect


class Effect(NamedTuple):
    """What muting a head does; see `saccade.inspection.head_importance`.

    Attributes:
        drop: mean over the pictures of what the probability of the predicted class loses.
        spread: standard deviation over the pictures.
        changed: share of the pictures whose predicted class changes.
    """

    drop: float
    spread: float
    changed: float


@dataclass(frozen=True, slots=True)
class HeadEntry:
    """One head of the atlas.

    Args:
        layer: from 0.
        head: from 0.
        label: a word for what it does; see `head_labels`.
        stats: mean and spread of each measure over the pictures.
        typical: names of the pictures in which the head is most as it is on average.
        atypical: names of those in which it is least so, the oddest first.
        pictures: how many there were.
        effect: what muting the head does, when that was measured.
    """

    layer: int
    head: int
    label: str
    stats: dict[str, Stat]
    typical: tuple[str, ...]
    atypical: tuple[str, ...]
    pictures: int
    effect: Effect | None = None

    @property
    def label_ko(self) -> str:
        """The word in Korean."""
        return KOREAN[self.label]

    @property
    def mean(self) -> dict[str, float]:
        """Of each measure over all pictures."""
        return {name: stat.mean for name, stat in self.stats.items()}

    @property
    def spread(self) -> dict[str, float]:
        """Standard deviation of each measure over the pictures; 0 for a single one."""
        return {name: stat.std for name, stat in self.stats.items()}


class HeadAtlas:
    """Gathers what heads do, a batch of pictures at a time.

    Args:
        layout: the order of the model's tokens.
    """

    def __init__(self, layout: TokenLayout) -> None:
        self.layout = layout
        self._names: list[str] = []
        self._found: list[Tensor] = []

    def take(self, attention: Tensor, names: Sequence[str]) -> None:
        """Count the maps of a batch.

        Args:
            attention: maps over all tokens (b t heads i j).
            names: of the pictures.

        Raises:
            ShapeError: the maps are not over the layout's tokens, or not as many as the names.
        """
        expect(attention, "b t heads i j", "the attention", b=len(names))
        # A layer at a time, so that what is made on the way stays small.
        layers = [
            torch.stack(list(head_measures(layer, self.layout).values()), dim=-1)
            for layer in attention.unbind(dim=1)
        ]
        self.add(torch.stack(layers, dim=1), names)

    def add(self, measures: Tensor, names: Sequence[str]) -> None:
        """Count what was measured elsewhere.

        Args:
            measures: of each picture, layer and head, in the order of `MEASURES` (b t heads n).
            names: of the pictures.

        Raises:
            ShapeError: the measures do not fit those that came before, or the names.
        """
        sizes = {"b": len(names), "n": len(MEASURES)}
        if self._found:
            sizes |= dict(zip(("t", "heads"), self._found[0].shape[1:3], strict=True))
        expect(measures, "b t heads n", "the measures", **sizes)
        self._found.append(measures.detach().cpu().double())
        self._names += names

    @property
    def images(self) -> int:
        """How many pictures were counted."""
        return len(self._names)

    def values(self) -> Tensor:
        """All measures (b t heads n), in the order of `MEASURES`.

        Raises:
            TraceError: there was no picture.
        """
        if not self._names:
            raise TraceError("at least one picture", "none", "atlas.take(attention, names)")
        return torch.cat(self._found)

    def entries(
        self, *, examples: int = 3, effects: Mapping[tuple[int, int], Effect] | None = None
    ) -> list[HeadEntry]:
        """Give every head, layer by layer.

        Args:
            examples: how many typical and atypical pictures to name.
            effects: what muting a head does, by layer and head.

        Raises:
            TraceError: there was no picture.
        """
        values, even = self.values(), even_measures(self.layout)
        mean, spread = values.mean(dim=0), values.std(dim=0, correction=0)
        order = _oddness(values, mean, spread).argsort(dim=0, stable=True)
        heads = values.shape[2]
        entries = []
        for number, row in enumerate(stats_of(values.flatten(1, 2))):
            layer, head = divmod(number, heads)
            stats = dict(zip(MEASURES, row, strict=True))
            own = {name: stat.mean for name, stat in stats.items()}
            ranked = [self._names[image] for image in order[:, layer, head].tolist()]
            entries.append(
                HeadEntry(
                    layer,
                    head,
                    head_label(own, even, self.layout.prefix),
                    stats,
                    tuple(ranked[:examples]),
                    tuple(reversed(ranked[-examples:])) if examples else (),
                    len(values),
                    (effects or {}).get((layer, head)),
                )
            )
        return entries


_AFTER = ("typical", "atypical", "ablation effect", "ablation effect std", "class changes")


def atlas_summary(entries: Sequence[HeadEntry]) -> Summary:
    """Write entries as means and spreads, with further cells behind.

    Names of several pictures are joined by "; ", and effects that were not measured are empty.
    """
    lines = [
        Line(
            (entry.layer, entry.head, entry.label, entry.label_ko),
            tuple(entry.stats[name] for name in MEASURES),
            (
                "; ".join(entry.typical),
                "; ".join(entry.atypical),
                *(rounded(number) for number in entry.effect or ("", "", "")),
            ),
        )
        for entry in entries
    ]
    pictures = entries[0].pictures if entries else 0
    keys = ("layer", "head", "label", "label (Korean)")
    return Summary(keys, MEASURES, tuple(lines), pictures, _AFTER)


def atlas_rows(entries: Sequence[HeadEntry]) -> tuple[list[str], list[list[Cell]]]:
    """Write entries as a table: a header, and a row for each head; see `atlas_summary`."""
    return atlas_summary(entries).flat()


def _oddness(values: Tensor, mean: Tensor, spread: Tensor) -> Tensor:
    """How far each picture is from the head's mean (b t heads), in deviations of each measure."""
    # A measure that never changes, but for rounding, says nothing.
    steady = spread <= 1e-9
    apart = (values - mean) / torch.where(steady, 1.0, spread)
    return torch.where(steady, 0.0, apart).square().sum(dim=-1)
