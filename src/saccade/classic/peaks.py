"""The normalisation N(.): maps with one peak are promoted, maps with many alike are kept down.

Source: Itti, Koch, Niebur, "A Model of Saliency-Based Visual Attention for Rapid Scene Analysis",
TPAMI 1998, section 2.2.
Axes: h height, w width, n maps.
Differs: values closer than 1e-4 are equal, so that rounding makes no peaks.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

_NEAR = 1e-4


def promote(maps: Tensor) -> Tensor:
    """Stretch each map (n h w) to 0-1 and multiply it by (1 - m)², m the mean of its other peaks.

    A map that is flat becomes zeros.
    """
    low, high = maps.amin(dim=(1, 2), keepdim=True), maps.amax(dim=(1, 2), keepdim=True)
    span = high - low
    stretched = torch.where(span > _NEAR, (maps - low) / span.clamp_min(_NEAR), 0.0)
    rounded = (stretched / _NEAR).round_()
    peaks = local_maxima(rounded)
    others = peaks.sum(dim=(1, 2)) - 1
    total = (rounded * peaks).sum(dim=(1, 2)) * _NEAR
    mean = torch.where(others > 0, (total - 1) / others.clamp_min(1), 0.0)
    return stretched * (1 - mean[:, None, None]) ** 2


def local_maxima(maps: Tensor) -> Tensor:
    """Mark what is higher than everything around it, one pixel for each plateau: booleans (n h w).

    A peak is a pixel, or pixels of one value that touch, whose eight neighbours are lower; outside
    of the map all is lower. Of a plateau the last pixel in reading order is marked. A map of one
    value has no peak.
    """
    lowest = maps.amin(dim=(1, 2), keepdim=True)
    top = (maps == _around(maps)) & (maps > lowest)
    # Pixels of `top` that touch are equal. One that touches an equal pixel which is not in `top`
    # belongs to a slope, and so does what it touches.
    slope = top & (_around(torch.where(top, -torch.inf, maps)) == maps)
    slope = _spread(slope.to(maps.dtype), top) > 0
    peaks = top & ~slope
    exact = torch.float32 if maps[0].numel() < 2**24 else torch.float64
    numbers = torch.arange(1, maps[0].numel() + 1, device=maps.device, dtype=exact)
    numbers = numbers.view(maps.shape[1:]).expand(maps.shape)
    return peaks & (_spread(numbers * peaks, peaks) == numbers)


def _spread(values: Tensor, inside: Tensor) -> Tensor:
    """Let the largest value of each region win all of it (n h w)."""
    while True:
        spread = torch.where(inside, _around(values), 0.0)
        if torch.equal(spread, values):
            return values
        values = spread


def _around(maps: Tensor) -> Tensor:
    """The maximum of each pixel and its eight neighbours."""
    padded = F.pad(maps, (1, 1, 1, 1), value=-torch.inf)
    across = torch.maximum(padded[..., :-2], padded[..., 2:])
    across = torch.maximum(across, padded[..., 1:-1], out=across)
    down = torch.maximum(across[:, :-2], across[:, 2:])
    return torch.maximum(down, across[:, 1:-1], out=down)
