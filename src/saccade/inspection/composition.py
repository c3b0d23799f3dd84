"""Passes in a row as one map: what a position has read through the positions that it read.

A mechanism that is applied several times, such as criss-cross attention, shows one map for each
pass, and each of them says only what that pass has read. Their product says which positions of the
input reached a position of the output.

Source: Huang et al., "CCNet: Criss-Cross Attention for Semantic Segmentation", ICCV 2019,
arXiv:1811.11721, section 3.3, which follows one position through the two passes.
Axes: b images, r passes, i queries, j keys.
Cost: (r - 1)·n²·queries multiplications for n positions, by matrix products over blocks of rows.
Differs: attention alone is followed. The residual path, on which a position keeps itself, and its
factor gamma are left out; with them the map would be that of gamma·A + 1.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from saccade.attention.place import Place
from saccade.errors import ShapeError
from saccade.shapes import expect

_BLOCK = 1 << 24  # bytes of the rows that are laid out at a time


def compose(weights: Tensor, place: Place, *, queries: Sequence[int] | None = None) -> Tensor:
    """Multiply the maps of all passes, the last one first.

    Args:
        weights: the maps of the passes in order (b r i j).
        place: where their queries and keys lie; both on one grid.
        queries: which queries are followed, from 0; all of them when None, which makes a map of
            n² numbers for n positions.

    Returns:
        What each of these queries reads from each position of the input (b i positions), row by
        row; rows sum to one if those of the passes do.

    Raises:
        ShapeError: the maps do not fit the place, its two grids differ, or there is no such query.
    """
    expect(weights, "b r i j", "the maps of the passes")
    count = _check(weights, place, queries)
    every = torch.arange(count) if queries is None else torch.tensor(queries, dtype=torch.long)
    last = weights[:, -1].index_select(1, every.to(weights.device))
    joined = _rows(place, every).dense(last)
    for earlier in weights[:, :-1].unbind(1)[::-1]:
        joined = _through(joined, earlier, place)
    return joined


def _through(joined: Tensor, earlier: Tensor, place: Place) -> Tensor:
    """Follow the map (b i n) one pass back, (b n j), laying out a block of its rows at a time."""
    count = earlier.shape[1]
    step = max(_BLOCK // (earlier.shape[0] * count * earlier.element_size()), 1)
    result = torch.zeros_like(joined)
    for part in torch.split(torch.arange(count), step):
        rows = slice(int(part[0]), int(part[-1]) + 1)
        result = result.baddbmm_(joined[:, :, rows], _rows(place, part).dense(earlier[:, rows]))
    return result


def _rows(place: Place, queries: Tensor) -> Place:
    """The place of some of its queries."""
    index = None if place.index is None else place.index[queries.to(place.index.device)]
    return Place((queries.shape[0],), place.keys, index)


def _check(weights: Tensor, place: Place, queries: Sequence[int] | None) -> int:
    count = torch.Size(place.queries).numel()
    keys = torch.Size(place.keys).numel() if place.index is None else place.index.shape[1]
    if place.queries != place.keys:
        raise ShapeError(
            "a place whose queries and keys lie on one grid",
            f"{place.queries} and {place.keys}",
            "the map of one pass",
        )
    if weights.shape[1] < 1 or weights.shape[2:] != (count, keys):
        raise ShapeError(
            f"maps of the passes as (b r {count} {keys})",
            str(tuple(weights.shape)),
            "the weights and the place of one layer",
        )
    wrong = [query for query in queries or () if not 0 <= query < count]
    if wrong:
        raise ShapeError(f"queries from 0 to {count - 1}", str(wrong[0]), "queries=None")
    return count
