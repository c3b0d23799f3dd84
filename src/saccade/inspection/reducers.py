"""Numbers of attention that are worked out on the way, so that no whole map is held.

Each reducer is shown the rows of a layer some at a time. Axes: b images, heads, i queries, j keys.
"""

import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Protocol

import torch
from torch import Tensor

from saccade.attention.place import Place
from saccade.attention.reading import Reading
from saccade.inspection.request import Reduction
from saccade.layers.tokens import TokenLayout


class Reducer(Protocol):
    """Collects one kind of number in one layer."""

    def see(self, image: int, first: int, rows: Tensor, logs: Tensor) -> None:
        """See rows (heads queries j) of an image and their logarithms, from query `first` on."""

    def result(self) -> Tensor:
        """What was collected, images first."""


class Mean:
    """The map, averaged over heads (b i j)."""

    def __init__(self, shape: tuple[int, int, int, int]) -> None:
        self._shape = (shape[0], *shape[2:])
        self._total: Tensor | None = None  # where the rows are, once the first are seen

    def see(self, image: int, first: int, rows: Tensor, logs: Tensor) -> None:
        """Average the heads."""
        if self._total is None:
            self._total = rows.new_empty(self._shape)
        torch.mean(rows, 0, out=self._total[image, first : first + rows.shape[1]])

    def result(self) -> Tensor:
        """The averages."""
        return torch.empty(self._shape) if self._total is None else self._total


class Entropy:
    """-Σ p ln p of each row, in nats, averaged over the queries (b heads)."""

    def __init__(self, shape: tuple[int, int, int, int]) -> None:
        self._total = torch.zeros(shape[:2])
        self._queries = shape[2]

    def see(self, image: int, first: int, rows: Tensor, logs: Tensor) -> None:
        """Add the entropies of some rows."""
        self._total[image] -= torch.linalg.vecdot(rows.flatten(1), logs.flatten(1)).cpu()

    def result(self) -> Tensor:
        """The averages."""
        return self._total / self._queries


class Sinks:
    """What each key receives, averaged over heads and queries (b j).

    Args:
        shape: of the map (b heads i j).
        place: of its positions; where it has an index, keys are all positions that may be read.
    """

    def __init__(self, shape: tuple[int, int, int, int], place: Place | None = None) -> None:
        self._index = None if place is None else place.index
        keys = shape[3] if place is None or place.index is None else math.prod(place.keys)
        self._total = torch.zeros(shape[0], keys)
        self._rows = shape[1] * shape[2]

    def see(self, image: int, first: int, rows: Tensor, logs: Tensor) -> None:
        """Add some rows."""
        if self._index is None:
            self._total[image] += rows.sum((0, 1)).cpu()
            return
        index = self._index[first : first + rows.shape[1]].flatten()
        there = index >= 0
        read = rows.sum(0).flatten().cpu()
        self._total[image].index_add_(0, index[there], read[there].to(self._total))

    def result(self) -> Tensor:
        """The averages."""
        return self._total / self._rows


class Distance:
    """The mean distance of attention, in pixels of the model's image (b heads).

    As in `saccade.inspection.kit.distance`: special tokens are left out, rows are not divided
    by what remains, and the distances are those of the centres of cells.

    Args:
        shape: of the map (b heads i j).
        layout: of its tokens.
        place: of its positions, where it is not one of tokens.
        size: (height, width) of the model's image.
    """

    def __init__(
        self,
        shape: tuple[int, int, int, int],
        layout: TokenLayout | None,
        place: Place | None,
        size: tuple[int, int],
    ) -> None:
        self._before = 0 if place is not None or layout is None else len(layout.prefix)
        grid = layout.grid if layout is not None else (1, 1)
        self._grids = (grid, grid) if place is None else (place.queries, place.keys)
        self._size = size
        self._index = None if place is None else place.index
        self._total = torch.zeros(shape[:2])
        self._count = shape[2] - self._before
        self._span, self._table = (0, 0), self._total

    def see(self, image: int, first: int, rows: Tensor, logs: Tensor) -> None:
        """Add the distances of some rows."""
        start = max(self._before - first, 0)
        if start >= rows.shape[1]:
            return
        begin = first + start - self._before
        away = self._away(begin, begin + rows.shape[1] - start).to(rows)
        self._total[image] += (rows[:, start:].flatten(1) @ away.flatten()).cpu()

    def result(self) -> Tensor:
        """The averages."""
        return self._total / self._count

    def _away(self, begin: int, end: int) -> Tensor:
        """Distances of some queries from all keys, 0 for keys that are no places."""
        if (begin, end) != self._span:
            self._span, self._table = (begin, end), self._measured(begin, end)
        return self._table

    def _measured(self, begin: int, end: int) -> Tensor:
        queries, keys = self._grids
        if self._index is None:
            return _distances(queries, keys, self._size, (begin, end), self._before)
        index = self._index[begin:end]
        centres = _centres(queries, self._size)[begin:end]
        away = (_centres(keys, self._size)[index.clamp_min(0)] - centres[:, None]).norm(dim=-1)
        return away.masked_fill(index < 0, 0.0)  # keys outside of the picture


def reducer_of(
    name: Reduction,
    reading: Reading,
    about: tuple[TokenLayout | None, Place | None, tuple[int, int] | None],
) -> Reducer | None:
    """Make the reducer of this name for a layer; None where the layer has no such number.

    Args:
        name: of the reducer; "rollout" is none, but a link in a chain (`saccade.inspection.chain`).
        reading: the layer's.
        about: tokens, places and the size of the image, as far as they are known.
    """
    shape, (layout, place, size) = reading.shape, about
    simple: Mapping[str, type[Mean | Entropy]] = {"mean": Mean, "entropy": Entropy}
    if name in simple:
        return simple[name](shape)
    if name == "sinks":
        return Sinks(shape, place)
    tokens = layout is not None and layout.tokens == shape[2] == shape[3]
    if name != "distance" or size is None or not (tokens or place is not None):
        return None
    return Distance(shape, layout, None if tokens else place, size)


@lru_cache(maxsize=4)  # the layers of a model ask for the same
def _distances(
    queries: tuple[int, ...],
    keys: tuple[int, ...],
    size: tuple[int, int],
    span: tuple[int, int],
    before: int,
) -> Tensor:
    """Distances of some cells from all keys, behind zeros for keys that are no places."""
    centres = _centres(queries, size)[span[0] : span[1]]
    away = torch.cdist(centres, _centres(keys, size), compute_mode="donot_use_mm_for_euclid_dist")
    return torch.nn.functional.pad(away, (before, 0))


@lru_cache(maxsize=4)
def _centres(grid: tuple[int, ...], size: tuple[int, int]) -> Tensor:
    """Where the cells of a grid lie, in pixels (positions, 2)."""
    rows, columns = grid[-2:]
    y = (torch.arange(rows) + 0.5) * (size[0] / rows)
    x = (torch.arange(columns) + 0.5) * (size[1] / columns)
    centres = torch.stack(torch.meshgrid(y, x, indexing="ij"), -1).reshape(-1, 2)
    return centres.repeat(math.prod(grid[:-2]), 1)
