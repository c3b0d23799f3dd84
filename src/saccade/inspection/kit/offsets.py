"""Pairs of patches sorted by how far one lies from the other, in rows and columns.

A table over pairs of patches of an (h w) grid becomes one over the (2h - 1)(2w - 1) offsets: entry
(h - 1 + down, w - 1 + right) belongs to keys that lie `down` rows below and `right` columns to the
right of their query.
Axes: any leading axes, then i queries and j keys, both patches row by row; or offsets down, right.
"""

import torch
from torch import Tensor

from saccade.errors import ShapeError

Grid = tuple[int, int]


def pair_offsets(grid: Grid, *, device: torch.device | None = None) -> Tensor:
    """Number the offset of each pair of patches, key minus query, int64 (i j).

    Args:
        grid: (rows, columns).
        device: where the answer lies.
    """
    rows, columns = (torch.arange(side, device=device) for side in grid)
    down = rows.repeat_interleave(grid[1])
    right = columns.repeat(grid[0])
    vertical = down[None] - down[:, None] + grid[0] - 1
    horizontal = right[None] - right[:, None] + grid[1] - 1
    return vertical * (2 * grid[1] - 1) + horizontal


def sum_by_offset(pairs: Tensor, grid: Grid) -> Tensor:
    """Add up what lies at the same offset: (... i j) to (... down right).

    Args:
        pairs: a number for each pair of patches.
        grid: (rows, columns).

    Raises:
        ShapeError: the pairs are not those of the grid's patches.
    """
    patches = grid[0] * grid[1]
    if pairs.dim() < 2 or pairs.shape[-2:] != (patches, patches):
        raise ShapeError(
            f"pairs of the {patches} patches of a {grid[0]}x{grid[1]} grid as (... i j)",
            str(tuple(pairs.shape)),
            "maps without the rows and columns of prefix tokens",
        )
    size = (2 * grid[0] - 1, 2 * grid[1] - 1)
    index = pair_offsets(grid, device=pairs.device).flatten()
    found = pairs.new_zeros(*pairs.shape[:-2], size[0] * size[1])
    return found.index_add_(-1, index, pairs.flatten(-2)).view(*pairs.shape[:-2], *size)


def count_by_offset(grid: Grid) -> Tensor:
    """How many pairs of patches have each offset, float64 (down right); at least 1."""
    down, right = (side - torch.arange(1 - side, side, dtype=torch.float64).abs() for side in grid)
    return down[:, None] * right


def mean_by_offset(pairs: Tensor, grid: Grid) -> Tensor:
    """Average what lies at the same offset: (... i j) to (... down right).

    Args:
        pairs: a number for each pair of patches.
        grid: (rows, columns).

    Raises:
        ShapeError: the pairs are not those of the grid's patches.
    """
    return sum_by_offset(pairs, grid) / count_by_offset(grid).to(pairs)
