"""The kit's part that is the head atlas; see `saccade.inspection.kit.atlas`."""

import torch
from PIL import Image

from saccade.errors import TraceError
from saccade.inspection.kit.atlas import HeadAtlas, HeadEntry, atlas_summary
from saccade.inspection.kit.charts import dots, tiles
from saccade.inspection.kit.distance import uniform_distance
from saccade.inspection.kit.findings import Choice, Findings, Seen

_DRAWN = ("distance", "entropy", "prefix", "sinks", "symmetry", "near")


class AtlasPart:
    """The head atlas of models whose tokens read each other.

    Args:
        choice: what muting heads does, where that was measured.
    """

    def __init__(self, choice: Choice) -> None:
        self._effects = choice.effects
        self._atlas: HeadAtlas | None = None

    def take(self, seen: Seen) -> None:
        """Measure a batch."""
        if self._atlas is None:
            self._atlas = HeadAtlas(seen.layout)
        self._atlas.take(seen.attention, [seen.name(image) for image in range(len(seen))])

    def finish(self) -> Findings:
        """Give the table, a chart of how far heads look, and one of some measures by head.

        Raises:
            TraceError: there was no picture.
        """
        if self._atlas is None:
            raise TraceError("at least one picture", "none", "part.take(seen)")
        entries = self._atlas.entries(effects=self._effects)
        summary = atlas_summary(entries)
        title = f"attention distance (px), mean over {summary.pictures} pictures"
        level = uniform_distance(self._atlas.layout)
        distance = _by_head(entries, [entry.mean["distance"] for entry in entries])
        charts = {"chart": dots(distance, title=title, level=level), "heads": _heads(entries)}
        return Findings.of(summary, charts)


def _by_head(entries: list[HeadEntry], values: list[float]) -> torch.Tensor:
    """Numbers of all heads as (layers heads)."""
    return torch.tensor(values).reshape(entries[-1].layer + 1, -1)


def _heads(entries: list[HeadEntry]) -> Image.Image:
    """Each measure as a small map whose rows are layers and whose columns are heads."""
    maps = [_by_head(entries, [entry.mean[name] for entry in entries]) for name in _DRAWN]
    words = list(_DRAWN)
    lost = [entry.effect.drop for entry in entries if entry.effect is not None]
    if len(lost) == len(entries):
        maps.append(_by_head(entries, lost))
        words.append("ablation effect")
    ranges = [f"{float(one.min()):.3g} to {float(one.max()):.3g}" for one in maps]
    named = [f"{word}\n{span}" for word, span in zip(words, ranges, strict=True)]
    title = "rows are layers, columns are heads; each from its least to its most"
    return tiles(maps, named, columns=len(maps), title=title, side=132)
