"""What saliency reads of a picture: grey levels, and sums over neighbours.

Source: whole grey levels are the fixed-point arithmetic of OpenCV 5.0.0, found by experiment and
equal in every bit.
Axes: b batch, c channels, h height, w width, n maps.
"""

from functools import lru_cache
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from saccade.errors import ShapeError
from saccade.shapes import expect, expect_dtype

LUMA = (0.299, 0.587, 0.114)  # red, green, blue; ITU-R BT.601
# The same in whole 32768ths. All whole numbers here are below 2^24, so that float32 holds them.
_ONE, _WEIGHTS = 32768, (9798, 19235, 3735)


def expect_pictures(images: Tensor) -> None:
    """Check that a batch holds colour pictures of at least one pixel, in 0-1.

    Raises:
        ShapeError: rank, channels or type differ, there is no pixel, or one is not in 0-1.
    """
    expect(images, "b c h w", "the pictures", c=3)
    expect_dtype(images, "floats", "the pictures")
    if images.numel() == 0:
        raise ShapeError("pictures with pixels", str(tuple(images.shape)), "a batch that has some")
    low, high = (float(side) for side in images.detach().aminmax())
    if not (low >= 0 and high <= 1):  # NaN is in no range
        raise ShapeError(
            "pixels of the pictures in 0-1", f"{low:g} to {high:g}", "images.float() / 255"
        )


def grey(images: Tensor) -> Tensor:
    """Give the brightness of each pixel (b h w) of pictures (b 3 h w)."""
    red, green, blue = images.unbind(dim=1)
    return (red * LUMA[0]).add_(green, alpha=LUMA[1]).add_(blue, alpha=LUMA[2])


def grey_levels(images: Tensor) -> Tensor:
    """Turn pixels in 0-1 (b 3 h w) into whole grey levels 0-255 (b h w), in float32."""
    red, green, blue = (images * 255).round_().unbind(dim=1)
    levels = (red * _WEIGHTS[0]).add_(green, alpha=_WEIGHTS[1]).add_(blue, alpha=_WEIGHTS[2])
    return levels.add_(_ONE // 2).mul_(1 / _ONE).floor_()


def smoothed(
    maps: Tensor,
    weights: tuple[float, ...],
    border: Literal["replicate", "constant"] = "replicate",
    *,
    step: int = 1,
) -> Tensor:
    """Sum neighbours in rows and in columns, weighted (n h w).

    Args:
        maps: (n h w).
        weights: of the neighbours, from left to right and from top to bottom.
        border: what continues a map: its edge, or zeros.
        step: 2 keeps the means of pairs: with an even number of weights the middle of a new pixel
            lies between those of two old ones.
    """
    before = (len(weights) - 1) // 2
    after = len(weights) - 1 - before
    padded = F.pad(maps, (before, after, before, after), mode=border)
    height, width = maps.shape[-2] // step * step, maps.shape[-1] // step * step
    rows = torch.zeros_like(padded[:, :, :width:step])
    for shift, weight in enumerate(weights):
        rows.add_(padded[:, :, shift : shift + width : step], alpha=weight)
    total = torch.zeros_like(rows[:, :height:step])
    for shift, weight in enumerate(weights):
        total.add_(rows[:, shift : shift + height : step], alpha=weight)
    return total


@lru_cache(maxsize=64)
def bell(sigma: float, reach: int) -> tuple[float, ...]:
    """Weigh neighbours up to `reach` away by a Gaussian; the weights add up to one."""
    places = torch.arange(-reach, reach + 1, dtype=torch.float64)
    weights = torch.exp(-0.5 * (places / sigma) ** 2)
    return tuple((weights / weights.sum()).tolist())


def of_largest(maps: Tensor) -> Tensor:
    """Divide each map (n h w) by its maximum; a map of zeros stays one."""
    top = maps.amax(dim=(1, 2), keepdim=True)
    return maps / torch.where(top > 0, top, 1.0)
