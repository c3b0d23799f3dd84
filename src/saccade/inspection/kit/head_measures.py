"""What a head does in one picture, in a few numbers.

All but the entropy are of the map, or of its part over patches, "among patches": rows and columns
of prefix tokens dropped, rows not divided by what is left.

    distance        attention distance among patches, in pixels, divided by the mass that is left
    entropy         of all rows over all tokens, as a share of log n, 0-1
    prefix          mass that patches give to prefix tokens, 0-1
    sink            mass that the patch which receives most gets from a mean patch, 0-1
    sinks           the same of the five patches that receive most, together, 0-1
    symmetry        cosine of A and Aᵀ among patches: 1 where pairs read each other alike, 0 where
                    none is read both ways
    self            mass that a patch gives to itself, 0-1
    near            mass on the eight neighbours and the patch itself, 0-1
    row, column     mass on the patch's own row, column, 0-1
    previous, next, above, below    mass on that one neighbour, 0-1

Masses among patches from "self" on are shares of what patches give to patches.
Axes: any leading axes, then i queries and j keys.
"""

from collections.abc import Mapping
from types import MappingProxyType

import torch
from torch import Tensor

from saccade.errors import ShapeError
from saccade.inspection.kit.distance import attention_distance
from saccade.inspection.kit.entropy import row_entropies
from saccade.inspection.kit.offsets import sum_by_offset
from saccade.layers.tokens import TokenLayout

MEASURES: tuple[str, ...] = (
    "distance",
    "entropy",
    "prefix",
    "sink",
    "sinks",
    "symmetry",
    "self",
    "near",
    "row",
    "column",
    "previous",
    "next",
    "above",
    "below",
)
_MOST = 5
_TINY = 1e-12
_STEPS: Mapping[str, tuple[int, int]] = MappingProxyType(
    {"self": (0, 0), "previous": (0, -1), "next": (0, 1), "above": (-1, 0), "below": (1, 0)}
)


def head_measures(attention: Tensor, layout: TokenLayout) -> dict[str, Tensor]:
    """Measure maps: (... i j) to a number of each name in `MEASURES` (...).

    Args:
        attention: maps over all tokens, whose rows sum to one.
        layout: the order of the tokens.

    Raises:
        ShapeError: the maps are not over the layout's tokens.
    """
    tokens, skip = layout.tokens, len(layout.prefix)
    if attention.dim() < 2 or attention.shape[-2:] != (tokens, tokens):
        raise ShapeError(
            f"maps over {tokens} tokens as (... i j)",
            str(tuple(attention.shape)),
            "the layout of the model that made them",
        )
    patches = attention[..., skip:, skip:]
    received = patches.mean(-2).topk(min(_MOST, patches.shape[-1])).values
    found = {
        "distance": attention_distance(attention, layout, renormalize=True),
        "entropy": row_entropies(attention, normalized=True).mean(-1),
        "prefix": attention[..., skip:, :skip].sum(-1).mean(-1),
        "sink": received[..., 0],
        "sinks": received.sum(-1),
        "symmetry": symmetry(patches),
        **_masses(patches, layout.grid),
    }
    return {name: found[name] for name in MEASURES}


def symmetry(maps: Tensor) -> Tensor:
    """Cosine of maps with their transposes, <A, Aᵀ> / <A, A>: (... n n) to (...), 0-1."""
    both = (maps * maps.transpose(-1, -2)).sum(dim=(-1, -2))
    return both / maps.square().sum(dim=(-1, -2)).clamp_min(_TINY)


def _masses(patches: Tensor, grid: tuple[int, int]) -> dict[str, Tensor]:
    by_offset = sum_by_offset(patches, grid)
    total = by_offset.sum(dim=(-1, -2)).clamp_min(_TINY)
    down, right = grid[0] - 1, grid[1] - 1  # where the offset is 0
    found = {
        "near": by_offset[..., max(down - 1, 0) : down + 2, max(right - 1, 0) : right + 2].sum(
            dim=(-1, -2)
        ),
        "row": by_offset[..., down, :].sum(-1),
        "column": by_offset[..., right].sum(-1),
    }
    for name, (step_down, step_right) in _STEPS.items():
        row, column = down + step_down, right + step_right
        inside = 0 <= row <= 2 * down and 0 <= column <= 2 * right
        found[name] = by_offset[..., row, column] if inside else torch.zeros_like(total)
    return {name: mass / total for name, mass in found.items()}


def even_measures(layout: TokenLayout) -> dict[str, float]:
    """The measures of a head that spreads evenly over all tokens."""
    even = torch.full((layout.tokens, layout.tokens), 1 / layout.tokens, dtype=torch.float64)
    return {name: float(value) for name, value in head_measures(even, layout).items()}
