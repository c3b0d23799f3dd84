"""Scanpath: the order in which the peaks of a map win, each held back once it was looked at.

Source: Itti, Koch, Niebur, "A Model of Saliency-Based Visual Attention for Rapid Scene Analysis",
TPAMI 1998, section 2: winner-take-all, and inhibition of return within a disc.
Axes: b batch, h height, w width, n fixations.
Differs: the winner is found at once and not by neurons that race; a disc is held back until the
whole map is, and then everything is free again.
"""

import torch
from torch import Tensor

from saccade.errors import ConfigError, ShapeError
from saccade.shapes import expect, expect_dtype

_SHARE = 6  # the disc's radius is the shorter side over this


@torch.no_grad()
def scanpath(maps: Tensor, count: int = 5) -> Tensor:
    """Follow the peaks of each map from the highest on.

    Args:
        maps: saliency (b h w); of equal pixels the first in reading order wins.
        count: how many fixations, 1 or more.

    Returns:
        x and y of each fixation, the column and row of its pixel (b n xy), int64.

    Raises:
        ShapeError: the maps have other axes or are no floats, or are empty or not finite.
        ConfigError: the count is below 1.
    """
    expect(maps, "b h w", "the maps")
    expect_dtype(maps, "floats", "the maps")
    if maps.numel() == 0 or not bool(maps.isfinite().all()):
        got = "none" if maps.numel() == 0 else "NaN or infinity"
        raise ShapeError("maps of finite numbers", got, "the maps of saccade.classic.saliency")
    if count < 1:
        raise ConfigError("a count of fixations of 1 or more", str(count), "5")
    h, w = maps.shape[1:]
    x, y = torch.arange(w, device=maps.device), torch.arange(h, device=maps.device)
    radius = min(h, w) / _SHARE
    free = torch.ones_like(maps, dtype=torch.bool)
    found = []
    for _ in range(count):
        place = torch.where(free, maps, -torch.inf).flatten(1).argmax(dim=1)
        row, column = place // w, place % w
        found.append(torch.stack((column, row), dim=1))
        down, right = (y - row[:, None]) ** 2, (x - column[:, None]) ** 2
        free &= down[:, :, None] + right[:, None, :] > radius**2
        free |= ~free.flatten(1).any(dim=1)[:, None, None]
    return torch.stack(found, dim=1)
