"""What the class token reads in each head, and the patches that hold most of it.

Source: Caron et al., "Emerging Properties in Self-Supervised Vision Transformers", ICCV 2021,
arXiv:2104.14294, figures 1, 3 and 4, and the authors' picture code: maps of the last block, of
which the patches that hold 60 % of the mass are kept, each patch enlarged without smoothing.
Axes: b images, heads, i queries, j keys, h rows, w columns.
Differs: among patches of equal weight, those later in row order are kept first, on every device.
"""

import torch
from torch import Tensor

from saccade.errors import ConfigError, ShapeError
from saccade.inspection.kit.asking import asked_row
from saccade.layers.tokens import TokenLayout


def head_maps(attention: Tensor, layout: TokenLayout, *, query: int | None = None) -> Tensor:
    """What one token reads of the patches in each head: (... i j) to (... h w).

    Args:
        attention: maps of a layer over all tokens, such as (b heads i j).
        layout: the order of the tokens.
        query: the token that reads, from 0; when None the class token, or the mean over all patches
            of a model that has none.

    Raises:
        ShapeError: the maps are not over the layout's tokens.
        ConfigError: there is no such token.
    """
    tokens = layout.tokens
    if attention.dim() < 2 or attention.shape[-2:] != (tokens, tokens):
        raise ShapeError(
            f"maps over {tokens} tokens as (... i j)",
            str(tuple(attention.shape)),
            "the layout of the model that made them",
        )
    row = asked_row(attention, layout, query)[..., len(layout.prefix) :]
    return row.reshape(*row.shape[:-1], *layout.grid)


def keep_mass(maps: Tensor, mass: float = 0.6) -> Tensor:
    """Say which cells hold the most of each map: (... h w) to booleans (... h w).

    Cells are taken from the lightest on until 1 - mass of the whole is reached; the rest is kept,
    so that the kept cells hold at least `mass`, and without the lightest of them less.

    Args:
        maps: weights of at least 0; their sum need not be 1.
        mass: share to keep, above 0 and at most 1.

    Raises:
        ShapeError: the maps have no rows and columns.
        ConfigError: the share is out of its range.
    """
    if maps.dim() < 2 or maps.shape[-1] * maps.shape[-2] < 1:
        raise ShapeError("maps as (... h w)", str(tuple(maps.shape)), "head_maps(attention, ...)")
    if not 0.0 < mass <= 1.0:
        raise ConfigError("a mass in (0, 1]", str(mass), "mass=0.6")
    flat = maps.flatten(-2).double()
    # The lightest go first; where all is 0 none is heavier than the rest, and all is kept.
    ordered, order = flat.sort(dim=-1, stable=True)
    total = ordered.sum(dim=-1, keepdim=True)
    kept = ordered.cumsum(dim=-1) > (1.0 - mass) * total
    kept |= total == 0
    return torch.zeros_like(kept).scatter(-1, order, kept).view(maps.shape)


def enlarge(maps: Tensor, layout: TokenLayout) -> Tensor:
    """Repeat each cell over its patch: (... h w) to pixels of the model's image (... H W).

    Args:
        maps: a value a patch.
        layout: its grid and patches.

    Raises:
        ShapeError: the maps do not have the layout's grid.
    """
    if maps.dim() < 2 or maps.shape[-2:] != layout.grid:
        raise ShapeError(
            f"maps of the grid {layout.grid[0]}x{layout.grid[1]}",
            str(tuple(maps.shape)),
            "head_maps(attention, layout)",
        )
    tall = maps.repeat_interleave(layout.patch[0], dim=-2)
    return tall.repeat_interleave(layout.patch[1], dim=-1)
