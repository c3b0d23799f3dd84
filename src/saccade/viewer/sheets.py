"""One picture of one layer in a report: what it takes, what is told of it, its numbers.

Of many queries a grid of at most 16 by 16 is stored, of a warped grid 33 by 33 lines; of many
parts (heads, channel groups, passes, channels) their summary, and some single ones beside it.
"""

import math
from typing import Any, Generic, TypeVar

from torch import Tensor

from saccade.inspection.layer_map import LayerMap
from saccade.inspection.pictures import Bars, Boxes, Heat, Mesh, Picture, QueryHeat, keys_of
from saccade.inspection.summary import chosen, whole
from saccade.viewer.encoding import base64_of, floats, spans

_LINES = 33

P = TypeVar("P", Bars, Boxes, Mesh, Heat, QueryHeat)


class Sheet(Generic[P]):
    """A picture that is stored as it is.

    Args:
        layer: the layer.
        number: which of the layer's pictures.
        picture: that picture, of any image.
    """

    kind = ""

    def __init__(self, layer: LayerMap, number: int, picture: P) -> None:
        self.layer = layer
        self.number = number
        self.picture: P = picture
        self.side = 16  # most rows and columns of queries
        self.stored = 0  # single parts beside their summary
        self.kept = True

    @property
    def parts(self) -> int:
        """How many single parts there are beside their summary."""
        return 0

    @property
    def part_bytes(self) -> int:
        """What one single part takes."""
        return 0

    @property
    def bytes(self) -> int:
        """What the summary and the stored parts of one image take."""
        return 4 * self.values(self.picture).numel()

    def values(self, picture: P) -> Tensor:
        """The numbers of a picture that is stored as it is."""
        raise NotImplementedError

    def numbers(self, picture: P) -> dict[str, object]:
        """The numbers of one image."""
        return {"whole": floats(self.values(picture)), "parts": None}

    def describe(self) -> dict[str, object]:
        """What the numbers are; the same for all images."""
        return {
            "name": self.layer.name,
            "kind": self.kind,
            "axes": list(self.layer.axes),
            "shape": list(self.layer.weights.shape[1:]),
            "grid": self.grid(),
            "part": self.part() if self.parts else None,
            "parts": self.parts,
            "stored": self.stored,
            "whole": "mean" if self.parts else None,
            "queries": None,
            "index": None,
        }

    def grid(self) -> list[int] | None:
        """Rows and columns of what is shown."""
        return None

    def part(self) -> str:
        """What the single parts are, such as "head"."""
        return ""


class BarsSheet(Sheet[Bars]):
    """Bars: all values."""

    kind = "bars"

    def values(self, picture: Bars) -> Tensor:
        """One value a channel (c)."""
        return picture.values


class BoxesSheet(Sheet[Boxes]):
    """Boxes: all edges."""

    kind = "boxes"

    def values(self, picture: Boxes) -> Tensor:
        """All edges (t s box)."""
        return picture.edges

    def grid(self) -> list[int]:
        """Times and scales."""
        return list(self.picture.edges.shape[:2])


class MeshSheet(Sheet[Mesh]):
    """Warped grids: some of their lines."""

    kind = "mesh"

    def values(self, picture: Mesh) -> Tensor:
        """Some of the points (parts rows columns xy), the corners among them."""
        rows, columns = (_ends(size) for size in picture.points.shape[1:3])
        return picture.points[:, rows][:, :, columns]

    def describe(self) -> dict[str, object]:
        """What the numbers are; every grid is stored."""
        count = len(self.picture.points)
        parts = {"part": self.picture.part, "parts": count, "stored": count, "whole": "all"}
        return {**super().describe(), **(parts if count > 1 else {})}

    def grid(self) -> list[int]:
        """How many lines there are each way."""
        return [len(_ends(size)) for size in self.picture.points.shape[1:3]]


class HeatSheet(Sheet[Heat]):
    """Grids of values: their mean, and the first of them."""

    kind = "heat"

    @property
    def parts(self) -> int:
        """How many single grids there are beside their mean."""
        count = len(self.picture.grids)
        return count if count > 1 else 0

    @property
    def part_bytes(self) -> int:
        """What one grid takes."""
        return 2 * int(self.picture.grids[0].numel())

    @property
    def bytes(self) -> int:
        """What the mean and the stored grids take."""
        return (1 + self.stored) * self.part_bytes

    def numbers(self, picture: Heat) -> dict[str, object]:
        """The mean and the stored grids (parts 1 h·w)."""
        flat = picture.grids.flatten(1)[:, None]
        return _both(flat.mean(dim=0, keepdim=True), flat[: self.stored])

    def grid(self) -> list[int]:
        """Rows and columns of the map."""
        return list(self.picture.grids.shape[1:])

    def part(self) -> str:
        """What the grids are."""
        return self.picture.part


class QuerySheet(Sheet[QueryHeat]):
    """What queries read: a grid of the queries, the parts together, and the first of them."""

    kind = "queries"

    @property
    def parts(self) -> int:
        """How many heads, channel groups or passes there are, when there are several."""
        count = len(self.picture.weights)
        return count if count > 1 else 0

    @property
    def part_bytes(self) -> int:
        """What the stored queries of one part take."""
        rows, columns = self.asked
        return 2 * len(rows) * len(columns) * keys_of(self.picture.place)

    @property
    def bytes(self) -> int:
        """What the summary and the stored parts take; passes read all keys together."""
        rows, columns = self.asked
        keys = math.prod(self.picture.place.keys)
        dense = 2 * len(rows) * len(columns) * keys
        return (dense if self.composed else self.part_bytes) + self.stored * self.part_bytes

    @property
    def composed(self) -> bool:
        """Whether the summary is what passes read one after the other."""
        return self.parts > 0 and self.picture.part == "pass"

    @property
    def asked(self) -> tuple[list[int], list[int]]:
        """Rows and columns of the queries' grid that are stored."""
        rows, columns = (_middles(size, self.side) for size in self.picture.place.queries)
        return rows, columns

    def numbers(self, picture: QueryHeat) -> dict[str, object]:
        """The summary and the stored parts (parts q j)."""
        together = whole(picture, *self.asked).weights
        return _both(together, chosen(picture, *self.asked).weights[: self.stored])

    def describe(self) -> dict[str, object]:
        """What the numbers are, with the keys of each query."""
        rows, columns = self.asked
        index = chosen(self.picture, rows, columns).place.index
        return {
            **super().describe(),
            "whole": "composed" if self.composed else "mean" if self.parts else None,
            "queries": {
                "grid": list(self.picture.place.queries),
                "rows": rows,
                "columns": columns,
            },
            "index": None if index is None else base64_of(index.numpy().astype("<i4")),
        }

    def grid(self) -> list[int]:
        """Rows and columns of the keys' grid."""
        return list(self.picture.place.keys)

    def part(self) -> str:
        """What the parts are."""
        return self.picture.part


SHEETS: dict[type, type[Sheet[Any]]] = {
    Bars: BarsSheet,
    Boxes: BoxesSheet,
    Mesh: MeshSheet,
    Heat: HeatSheet,
    QueryHeat: QuerySheet,
}


def sheet(layer: LayerMap, number: int, picture: Picture) -> Sheet[Any]:
    """Make the sheet of the kind that a picture is."""
    return SHEETS[type(picture)](layer, number, picture)


def _both(together: Tensor, parts: Tensor) -> dict[str, object]:
    return {"whole": spans(together), "parts": spans(parts) if len(parts) else None}


def _middles(size: int, most: int) -> list[int]:
    """At most so many positions of an axis, evenly spread."""
    count = min(size, most)
    return [int((i + 0.5) * size / count) for i in range(count)]


def _ends(size: int) -> list[int]:
    """At most 33 positions of an axis, the first and the last among them."""
    count = min(size, _LINES)
    return [round(i * (size - 1) / max(count - 1, 1)) for i in range(count)]
