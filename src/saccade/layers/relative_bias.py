"""Biases of BEiT: numbers added to scores, one for each offset of two patches, three for the class.

Source: Bao et al., "BEiT: BERT Pre-Training of Image Transformers", ICLR 2022, arXiv:2106.08254,
section 2.3 and the authors' code, after Raffel et al., arXiv:1910.10683; the offsets are those of
Swin. Names of the weights are timm's.
Axes: n rows of a table, offsets row by row from the most negative, then three of the class token;
heads; i queries and j keys, the class token first, then the patches row by row.
"""

import torch
from torch import Tensor, nn

from saccade.layers.positions import ResizeRule
from saccade.layers.relative_table import TableRule, offsets_of, resize_bias_table

Grid = tuple[int, int]
CLASS_ROWS = 3  # the class token reads a patch, a patch reads it, it reads itself
_RULES: dict[str, TableRule] = {"timm": "geometric", "hf": "bilinear"}


def bias_rows(grid: Grid) -> int:
    """Say how many rows a table for a grid (rows, columns) has."""
    down, right = offsets_of(grid)
    return down * right + CLASS_ROWS


def bias_index(grid: Grid, device: torch.device | None = None) -> Tensor:
    """Say which row of a table each pair of tokens takes, int64 (i j).

    Args:
        grid: (rows, columns).
        device: where the answer lies.
    """
    down, right = offsets_of(grid)
    rows, columns = (torch.arange(side, device=device) for side in grid)
    y = (rows[:, None] - rows + grid[0] - 1)[:, None, :, None]
    x = (columns[:, None] - columns + grid[1] - 1)[None, :, None, :]
    patches = (y * right + x).flatten(0, 1).flatten(1)
    offsets = down * right
    index = patches.new_full((1 + len(patches), 1 + len(patches)), offsets + 1)  # patch reads class
    index[0] = offsets
    index[0, 0] = offsets + 2
    index[1:, 1:] = patches
    return index


def read_biases(table: Tensor, index: Tensor) -> Tensor:
    """Look up the biases (heads i j) of all pairs of tokens.

    Args:
        table: (n heads).
        index: rows of the table (i j).
    """
    return table[index].permute(2, 0, 1).contiguous()  # fused kernels want rows of keys


def resize_biases(table: Tensor, source: Grid, target: Grid, *, rule: ResizeRule) -> Tensor:
    """Fit a table to another grid; the rows of the class token stay.

    Args:
        table: (n heads).
        source: the grid (rows, columns) that it was made for.
        target: the grid that is wanted.
        rule: "timm" keeps small offsets as they are ("geometric" in `resize_bias_table`), "hf"
            stretches the table linearly; all others stretch it bicubically.
    """
    return resize_bias_table(table, source, target, rule=_RULES.get(rule, "bicubic"))


class RelativeBias(nn.Module):
    """One table of biases, for all blocks of a network.

    Args:
        grid: (rows, columns) of patches.
        heads: attention heads.
    """

    def __init__(self, grid: Grid, heads: int) -> None:
        super().__init__()
        self.relative_position_bias_table = nn.Parameter(torch.zeros(bias_rows(grid), heads))

    def forward(self, index: Tensor) -> Tensor:
        """Give the biases (heads i j) of pairs of tokens, whose rows the index (i j) tells."""
        return read_biases(self.relative_position_bias_table, index)

    def reset_parameters(self) -> None:
        """Start without any preference."""
        nn.init.zeros_(self.relative_position_bias_table)
