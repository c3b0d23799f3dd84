"""Pyramids: a picture at ever coarser scales, and the oriented edges in it.

Source: Burt, Adelson, "The Laplacian Pyramid as a Compact Image Code", IEEE Transactions on
Communications 1983; the six weights are those of Walther, Koch, "Modeling attention to salient
proto-objects", Neural Networks 2006, appendix A.
Axes: h height, w width, n maps, k kernel.
"""

import math
from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor

from saccade.classic.pixels import smoothed

# An even number of weights: a coarse pixel lies in the middle of four fine ones.
_WEIGHTS = (1 / 32, 5 / 32, 10 / 32, 10 / 32, 5 / 32, 1 / 32)
_PERIOD, _REACH = 7.0, 9  # pixels
ANGLES = (0, 45, 90, 135)  # degrees


def gaussian_pyramid(maps: Tensor, levels: int) -> list[Tensor]:
    """Halve maps (n h w) again and again; the first level is the maps themselves.

    Args:
        maps: (n h w), 2^(levels - 1) pixels or more on the shorter side.
        levels: how many, the first one counted.
    """
    pyramid = [maps]
    for _ in range(levels - 1):
        pyramid.append(smoothed(pyramid[-1], _WEIGHTS, step=2))
    return pyramid


def oriented_edges(maps: Tensor) -> Tensor:
    """Measure how strong lines and edges are at 0, 45, 90 and 135 degrees: (n h w) to (n 4 h w).

    0 degrees prefers horizontal bars, 90 vertical ones; angles count anticlockwise. It is the
    length of the answers of two Gabor filters, one even and one odd.
    """
    padded = F.pad(maps[:, None], (_REACH,) * 4, mode="replicate")
    even, odd = F.conv2d(padded, gabor_filters().to(maps)).chunk(2, dim=1)
    return torch.hypot(even, odd)


@lru_cache(maxsize=1)
@torch.inference_mode(False)
def gabor_filters() -> Tensor:
    """Make the filters (8 1 k k): four even ones, then four odd ones, blind to constants."""
    places = torch.arange(-_REACH, _REACH + 1, dtype=torch.float64)
    y, x = torch.meshgrid(places, places, indexing="ij")
    window = torch.exp(-0.5 * (x**2 + y**2) / (_PERIOD / 3) ** 2)
    across = torch.stack(
        [x * math.sin(math.radians(a)) + y * math.cos(math.radians(a)) for a in ANGLES]
    )
    wave = 2 * math.pi * across / _PERIOD
    filters = torch.cat((torch.cos(wave) * window, torch.sin(wave) * window))
    means = filters.sum(dim=(1, 2), keepdim=True) / window.sum()
    filters = filters - means * window
    return (filters / filters.abs().sum(dim=(1, 2), keepdim=True))[:, None].float()
