"""Similarity of position embeddings: does the model know which patches are neighbours?

Source: Dosovitskiy et al., arXiv:2010.11929, figure 7 centre: tile (r, c) shows the cosine of the
position (r, c) with every position of the grid.
"""

import torch.nn.functional as F
from torch import Tensor

from saccade.shapes import expect


def position_similarity(table: Tensor, grid: tuple[int, int]) -> Tensor:
    """Cosine similarity of all pairs of positions: (n d) to (rows columns rows columns), in -1…1.

    Args:
        table: positions of the patches, without rows of prefix tokens.
        grid: (rows, columns).

    Raises:
        ShapeError: the table does not fit the grid.
    """
    expect(table, "n d", "the position table", n=grid[0] * grid[1])
    unit = F.normalize(table.detach().double(), dim=1)
    return (unit @ unit.T).clamp(-1.0, 1.0).float().reshape(*grid, *grid)
