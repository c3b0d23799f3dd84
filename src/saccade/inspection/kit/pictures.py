"""Parts of the kit that draw each picture: heads of the token that asks, and flow.

See `saccade.inspection.kit.findings`. Heads are those of the last layer, each a map over the
picture beside the mask of the patches that hold most of it; flow is over all layers.
Axes: b images, t layers, heads, i queries, j keys, n tokens.
"""

import torch
from PIL import Image
from torch import Tensor

from saccade.errors import ConfigError
from saccade.inspection.kit.asking import asking
from saccade.inspection.kit.charts import sheet
from saccade.inspection.kit.findings import Choice, Findings, Seen
from saccade.inspection.kit.flow import FlowMap, attention_flow
from saccade.inspection.kit.heads import head_maps, keep_mass
from saccade.inspection.kit.laid import SIDE, label, laid
from saccade.inspection.kit.spreads import Cell, summarize
from saccade.layers.tokens import TokenLayout

_FLOWS = ("smallest flow", "mean flow", "largest flow", "share of patches at the bound")
_SAME = 1e-6


class HeadsPart:
    """What the token that asks reads in each head of the last layer.

    Args:
        choice: which token, which mass, how many pictures are drawn.
    """

    def __init__(self, choice: Choice) -> None:
        self._choice = choice
        self._names: list[str] = []
        self._found: list[Tensor] = []
        self._charts: dict[str, Image.Image] = {}

    def take(self, seen: Seen) -> None:
        """Measure and draw a batch."""
        maps = head_maps(seen.attention[:, -1], seen.layout, query=self._choice.query)
        masks = keep_mass(maps, self._choice.mass)
        self._found.append(_of_heads(maps, masks))
        for image in range(len(maps)):
            name = seen.name(image)
            self._names.append(name)
            if len(self._charts) < self._choice.pictures:
                drawn = self._drawn(seen, image, maps[image], masks[image])
                self._charts[label(len(self._charts), name)] = drawn

    def finish(self) -> Findings:
        """Give the table, the drawings, and means over pictures.

        Raises:
            TraceError: there was no picture.
        """
        patches = f"patches that hold {self._choice.mass:.0%}"
        measures = ("mass on patches", patches, "share they hold", "peak row", "peak column")
        values = torch.cat(self._found) if self._found else torch.empty(0, 1, len(measures))
        labels = [(head,) for head in range(values.shape[1])]
        rows: list[list[Cell]] = [
            [name, head, round(mass, 6), int(count), round(share, 6), int(row), int(column)]
            for name, heads in zip(self._names, values.tolist(), strict=True)
            for head, (mass, count, share, row, column) in enumerate(heads)
        ]
        summary = summarize(("head",), labels, measures[:3], values[..., :3])
        header = ["picture", "head", *measures]
        return Findings(header, rows, self._charts, (), summary)

    def _drawn(self, seen: Seen, image: int, maps: Tensor, masks: Tensor) -> Image.Image:
        """Each head's map and its mask over a picture."""
        picture, geometry = seen.picture(image)
        both = [
            laid(picture, values, geometry)
            for one, mask in zip(maps, masks, strict=True)
            for values in (one, mask.to(one.dtype))
        ]
        ends = ("", f", {self._choice.mass:.0%} of it")
        return sheet(both, [f"head {head}{end}" for head in range(len(maps)) for end in ends])


class FlowPart:
    """How much can flow to each patch through all layers.

    Args:
        choice: from which token, how many pictures are drawn, and for how many flow is found.
    """

    def __init__(self, choice: Choice) -> None:
        self._choice = choice
        self._rows: list[list[Cell]] = []
        self._charts: dict[str, Image.Image] = {}
        self._found: list[list[float]] = []
        self._degenerate = self._seen = 0

    def take(self, seen: Seen) -> None:
        """Measure and draw a batch.

        Raises:
            ConfigError: the model has no class token, and no other was chosen.
        """
        maps, query = seen.attention, _one(seen.layout, self._choice.query)
        self._seen += len(seen)
        for image in range(len(seen)):
            if self._choice.flows is None or len(self._found) < self._choice.flows:
                found = attention_flow(maps[image : image + 1], [query])
                self._count(seen, image, found)

    def _count(self, seen: Seen, image: int, found: FlowMap) -> None:
        skip, grid, name = len(seen.layout.prefix), seen.layout.grid, seen.name(image)
        self._degenerate += int(found.degenerate.sum())
        values = found.values[0, 0, skip:].reshape(grid)
        bound = found.bound[0, skip:].reshape(grid)
        at_bound = float(((bound - values).abs() <= _SAME).float().mean())
        numbers = [float(values.min()), float(values.mean()), float(values.max()), at_bound]
        self._found.append(numbers)
        pairs = zip(values.flatten().tolist(), bound.flatten().tolist(), strict=True)
        for place, pair in enumerate(pairs):
            where = divmod(place, grid[1])
            self._rows.append([name, *where, *(round(value, 6) for value in pair)])
        if len(self._charts) < self._choice.pictures:
            picture, geometry = seen.picture(image)
            drawn = laid(picture, values, geometry, 2 * SIDE)
            self._charts[label(len(self._charts), name)] = drawn

    def finish(self) -> Findings:
        """Give the table, the drawings, and a warning where flows say nothing of the query.

        Raises:
            TraceError: there was no picture.
        """
        notes = []
        if self._degenerate:
            notes.append(
                f"in {self._degenerate} of {len(self._found)} pictures every flow is at its bound "
                "min(1, column sums of the first layer): it is the same for every query"
            )
        if len(self._found) < self._seen:
            notes.append(f"flow was found for {len(self._found)} of {self._seen} pictures")
        values = torch.tensor(self._found).reshape(-1, 1, len(_FLOWS))
        summary = summarize((), [()], _FLOWS, values)
        header = ["picture", "row", "column", "flow", "bound"]
        return Findings(header, self._rows, self._charts, tuple(notes), summary)


def _of_heads(maps: Tensor, masks: Tensor) -> Tensor:
    """Mass on patches, patches kept, share they hold, row and column of the peak (b heads 5)."""
    mass, peak = maps.sum(dim=(-1, -2)), maps.flatten(-2).argmax(dim=-1)
    held = (maps * masks).sum(dim=(-1, -2)) / mass.clamp_min(1e-12)
    width = maps.shape[-1]
    numbers = (mass, masks.sum(dim=(-1, -2)), held, peak // width, peak % width)
    return torch.stack([number.double() for number in numbers], dim=-1)


def _one(layout: TokenLayout, query: int | None) -> int:
    """The token that flow starts from."""
    tokens = asking(layout, query)
    if len(tokens) > 1:
        raise ConfigError(
            "a token that flow starts from", "a model without a class token", "query=0"
        )
    return tokens[0]
