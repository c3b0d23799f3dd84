"""How alike two maps are, image by image.

Axes: b images, h rows, w columns.
"""

import torch
from torch import Tensor

from saccade.shapes import expect


def rank_correlation(maps: Tensor, others: Tensor) -> Tensor:
    """Correlate the ranks of two maps (b h w) each, Spearman's: (b), 1 for the same order.

    Equal entries share the mean of their ranks. A map without any difference has no order: NaN.

    Raises:
        ShapeError: the two have different shapes.
    """
    expect(maps, "b h w", "the maps")
    _, rows, columns = maps.shape
    expect(others, "b h w", "the other maps", b=len(maps), h=rows, w=columns)
    return correlation(ranks(maps), ranks(others))


def correlation(maps: Tensor, others: Tensor) -> Tensor:
    """Correlate two sets of numbers (b …), Pearson's: (b); NaN where one is constant."""
    first, second = (each.double().flatten(1) for each in (maps, others))
    first, second = (each - each.mean(dim=1, keepdim=True) for each in (first, second))
    length = (first.square().sum(1) * second.square().sum(1)).sqrt()
    found = (first * second).sum(1) / length
    return torch.where(length > 0, found, torch.nan).clamp(-1, 1)


def ranks(maps: Tensor) -> Tensor:
    """Rank the entries of each map (b …) from 0, lowest first; equal ones share their mean rank."""
    flat = maps.flatten(1).contiguous()
    ordered = flat.sort(dim=1).values
    below = torch.searchsorted(ordered, flat, side="left")
    upto = torch.searchsorted(ordered, flat, side="right")
    return ((below + upto - 1).double() / 2).view(maps.shape)
