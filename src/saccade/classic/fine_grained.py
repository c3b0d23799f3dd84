"""Fine-grained saliency: how much brighter or darker a pixel is than windows around it.

Source: Montabone, Soto, "Human detection using a mobile platform and novel features derived from a
visual saliency mechanism", Image and Vision Computing 2010, section 3, as OpenCV has it
(`StaticSaliencyFineGrained` of opencv_contrib, equal to 5.0.0 in 8 bits).
Axes: b batch, c channels, h height, w width.
Cost: ten passes over the pixels for each of six windows, whatever their size.
Differs: what OpenCV lets overflow past 255 stays 255.
"""

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from saccade.classic.pixels import grey_levels

_REACHES = (12, 24, 48, 28, 56, 112)  # 3 and 7, times 4, 8 and 16: half sides of the windows
_FAR = max(_REACHES)


@torch.no_grad()
def fine_grained(images: Tensor) -> Tensor:
    """Map how much each pixel differs from what surrounds it at six scales.

    Args:
        images: pictures (b 3 h w), 0-1; they are read as 8-bit numbers.

    Returns:
        Maps (b h w), 0-1 in steps of 1/255; zeros for a picture of one colour.
    """
    levels = _blurred(_blurred(grey_levels(images)))
    if levels[0].numel() == 1:  # nothing is around it
        return torch.zeros_like(levels)
    net, both = torch.zeros_like(levels), torch.zeros_like(levels)
    sums = _sums(levels)
    for reach in _REACHES:
        contrast = _surround(levels, sums, reach).sub_(levels).trunc_()
        net.sub_(contrast)
        both.add_(contrast.abs_())
    on, off = _of_255((both + net).div_(2)), _of_255(both.sub_(net).div_(2))
    top = torch.maximum(on.amax(dim=(1, 2)), off.amax(dim=(1, 2))).clamp_min_(1)
    mixed = on.add_(off).mul_(255).div_(top[:, None, None])
    return mixed.floor_().clamp_max_(255).div_(255).float()


def window_sums(sums: Tensor, reach: int, size: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """Add up a window around each pixel, cut at the picture's edges.

    Args:
        sums: running sums of rows and columns, continued by `_FAR` on each side.
        reach: the window of pixel (y, x) has rows y - reach + 1 to y + reach, and such columns.
        size: (height, width) of the picture.

    Returns:
        The sums (b h w), and how many pixels each has (h w).
    """
    height, width = size
    low, high = _FAR - reach + 1, _FAR + reach + 1
    upper, lower = sums[:, low : low + height], sums[:, high : high + height]
    left, right = slice(low, low + width), slice(high, high + width)
    total = (lower[..., right] + upper[..., left]).sub_(lower[..., left]).sub_(upper[..., right])
    rows, columns = (
        (places + reach + 1).clamp_max(side) - (places - reach + 1).clamp_min(0)
        for side, places in zip(size, map(_line, size, (sums.device,) * 2), strict=True)
    )
    return total, rows[:, None] * columns


def _line(side: int, device: torch.device) -> Tensor:
    return torch.arange(side, device=device, dtype=torch.float32)


def _surround(levels: Tensor, sums: Tensor, reach: int) -> Tensor:
    """The mean of each pixel's window without the pixel itself (b h w)."""
    total, count = window_sums(sums, reach, (levels.shape[-2], levels.shape[-1]))
    return total.sub_(levels).div_(count.sub_(1))


def _sums(levels: Tensor) -> Tensor:
    """Running sums over rows and columns, with a zero before and the edges continued.

    They are added row after row in float32 as OpenCV does: beyond 2^24 they round, and the map
    shows it in single steps of 1/255.
    """
    rows = levels.cumsum(dim=2).cpu().numpy()
    sums = torch.from_numpy(np.add.accumulate(rows, axis=1, dtype=np.float32)).to(levels.device)
    return F.pad(F.pad(sums, (1, 0, 1, 0)), (_FAR, _FAR, _FAR, _FAR), mode="replicate")


def _blurred(levels: Tensor) -> Tensor:
    """Weigh neighbours 1 2 1 in rows and columns, and round to whole levels."""
    sides = ["reflect" if size > 1 else "replicate" for size in levels.shape[-2:]]
    padded = F.pad(F.pad(levels, (1, 1, 0, 0), mode=sides[1]), (0, 0, 1, 1), mode=sides[0])
    rows = (padded[:, :, :-2] + padded[:, :, 2:]).add_(padded[:, :, 1:-1], alpha=2)
    total = rows[:, :-2] + rows[:, 2:]
    return total.add_(rows[:, 1:-1], alpha=2).add_(8).mul_(1 / 16).floor_()


def _of_255(sums: Tensor) -> Tensor:
    """Scale each map to whole numbers up to 255 in float64, rounding where OpenCV does."""
    top = sums.amax(dim=(1, 2), keepdim=True).clamp_min(1)
    return (sums / top).double().mul_(255).floor_()
