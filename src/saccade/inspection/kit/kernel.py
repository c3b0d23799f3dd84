"""What positions alone make a head look at: a value for each offset between query and key.

Where a model has no table of positions, or one beside its table, this stands for the figure of
position similarity. Three ways of telling positions, one picture of each:

    turns  rotary: the dot product of a query and a key that hold the same content, equal energy in
           each pair of features, over its value at offset 0. It is the mean over pairs of
           cos(difference of their angles), at most 1; all heads are alike.
    bias   biases by offset: the bias itself, each head its own, in units of the scores. `reading`
           is the softmax of it: what a query at the middle reads when no content speaks.
    table  learned or sine-cosine tables: the cosine of two rows of the table, averaged over all
           pairs of patches with the same offset. `stationary` says how much of the cosines' spread
           the offset explains: 1 where it is all, as for sines and cosines.

Sources: Su et al., "RoFormer", arXiv:2104.09864, section 3.4.3 (the sum over pairs); Bao et al.,
arXiv:2106.08254, and Liu et al., arXiv:2103.14030 (biases); Dosovitskiy et al., arXiv:2010.11929,
figure 7 (cosines of rows). The reading of them as one kernel is our own.
Axes: heads; down, right are offsets of the key from the query, from the most negative, 0 in the
middle; i queries and j keys, patches row by row.
"""

import math
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from saccade.errors import ConfigError, ShapeError
from saccade.inspection.kit.offsets import mean_by_offset, pair_offsets
from saccade.inspection.kit.positions import position_similarity
from saccade.layers.relative_table import offsets_of
from saccade.layers.rotary import Turns
from saccade.shapes import expect

Grid = tuple[int, int]
KernelKind = Literal["turns", "bias", "table"]


@dataclass(frozen=True, slots=True)
class PositionKernel:
    """What positions alone say, by offset.

    Args:
        kind: how the model tells positions.
        values: for each head and offset (heads down right); one head where all are alike.
        grid: (rows, columns) of patches, of a window where attention is windowed.
        stationary: share of the spread over all pairs that the offset explains, 0-1 (heads).
        layer: the part of the model it belongs to; empty where it is the whole model's.
    """

    kind: KernelKind
    values: Tensor
    grid: Grid
    stationary: Tensor
    layer: str = ""

    @property
    def scale(self) -> str:
        """What the values are."""
        return {
            "turns": "cosine of turns",
            "bias": "bias of scores",
            "table": "cosine of rows",
        }[self.kind]

    def reading(self, query: tuple[int, int] | None = None) -> Tensor:
        """What a query reads when its scores are biases alone: (heads rows columns), sum one.

        Args:
            query: its (row, column); the middle of the grid when None.

        Raises:
            ShapeError: the query is not on the grid.
            ConfigError: the values are no scores.
        """
        if self.kind != "bias":
            raise ConfigError("biases, which are scores", self.scale, "kernel.values")
        (rows, columns), (row, column) = self.grid, query or (self.grid[0] // 2, self.grid[1] // 2)
        if not (0 <= row < rows and 0 <= column < columns):
            raise ShapeError(
                f"a query on the {rows}x{columns} grid", f"({row}, {column})", "(0, 0)"
            )
        top, left = rows - 1 - row, columns - 1 - column
        seen = self.values[:, top : top + rows, left : left + columns]
        return seen.flatten(1).softmax(dim=-1).view_as(seen)


def turn_kernel(turns: Turns, grid: Grid, *, layer: str = "") -> PositionKernel:
    """Find the kernel of rotary positions.

    Args:
        turns: of the patches of the grid.
        grid: (rows, columns).
        layer: the part of the model they belong to.

    Raises:
        ShapeError: the turns are not those of the grid.
    """
    expect(turns.sine, "n d", "the turns", n=grid[0] * grid[1])
    sine, cosine = turns.sine.double(), turns.cosine.double()
    pairs = (sine @ sine.T + cosine @ cosine.T) / sine.shape[1]
    return _kernel("turns", pairs[None], grid, layer)


def bias_kernel(biases: Tensor, grid: Grid, *, layer: str = "") -> PositionKernel:
    """Find the kernel of biases that are added to scores.

    Args:
        biases: (heads i j), of all tokens; those before the patches are left out.
        grid: (rows, columns) of the patches.
        layer: the part of the model they belong to.

    Raises:
        ShapeError: there are fewer tokens than patches.
    """
    patches = grid[0] * grid[1]
    expect(biases, "heads i j", "the biases", j=biases.shape[1])
    if biases.shape[1] < patches:
        raise ShapeError(
            f"biases of at least {patches} tokens", str(tuple(biases.shape)), "the model's grid"
        )
    pairs = biases[:, -patches:, -patches:].detach().double()
    return _kernel("bias", pairs, grid, layer)


def offset_kernel(table: Tensor, window: Grid, *, layer: str = "") -> PositionKernel:
    """Find the kernel of a table of biases by offset, as in Swin.

    Args:
        table: (n heads), offsets query minus key, from the most negative.
        window: (rows, columns).
        layer: the part of the model it belongs to.

    Raises:
        ShapeError: the table is not that of the window.
    """
    down, right = offsets_of(window)
    expect(table, "n heads", "the table of biases", n=down * right)
    values = table.detach().double().T.reshape(-1, down, right).flip(1, 2).float()
    return PositionKernel("bias", values, window, torch.ones(len(values)), layer)


def table_kernel(table: Tensor, grid: Grid, *, layer: str = "") -> PositionKernel:
    """Find the kernel of a table of positions.

    Args:
        table: positions of the patches (n d), without rows of prefix tokens.
        grid: (rows, columns).
        layer: the part of the model it belongs to.

    Raises:
        ShapeError: the table does not fit the grid.
    """
    similar = position_similarity(table, grid)
    return _kernel("table", similar.double().flatten(2).flatten(0, 1)[None], grid, layer)


def _kernel(kind: KernelKind, pairs: Tensor, grid: Grid, layer: str) -> PositionKernel:
    values = mean_by_offset(pairs, grid)
    index = pair_offsets(grid, device=pairs.device)
    rest = (pairs - values.flatten(1)[:, index]).square().mean(dim=(1, 2))
    spread = pairs.var(dim=(1, 2), correction=0)
    flat = spread <= 1e-12 * pairs.square().mean(dim=(1, 2)).clamp_min(1e-300)
    share = torch.where(flat, 1.0, 1 - rest / spread.clamp_min(1e-300))
    return PositionKernel(kind, values.float(), grid, share.clamp(0, 1).float(), layer)


def reach(kernel: PositionKernel) -> Tensor:
    """Mean distance in patches that `reading` looks, over all queries of the grid (heads).

    Raises:
        ConfigError: the values are no scores.
    """
    rows, columns = kernel.grid
    down, right = (torch.arange(1 - side, side, dtype=torch.float64) for side in kernel.grid)
    distance = (down[:, None].square() + right.square()).sqrt()
    total = torch.zeros(len(kernel.values), dtype=torch.float64)
    for row in range(rows):
        for column in range(columns):
            top, left = rows - 1 - row, columns - 1 - column
            far = distance[top : top + rows, left : left + columns]
            total += (kernel.reading((row, column)).double() * far).sum(dim=(1, 2))
    return (total / math.prod(kernel.grid)).float()
