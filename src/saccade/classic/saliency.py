"""Saliency before learning: what stands out of a picture by its colours and contrasts alone.

Each method is a function of pictures; `saliency` checks what it is given and calls one by name.
Axes: b batch, c channels, h height, w width.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from saccade.classic.centre_bias import centre, centre_bias
from saccade.classic.fine_grained import fine_grained
from saccade.classic.frequency_tuned import frequency_tuned
from saccade.classic.itti import itti
from saccade.classic.pixels import expect_pictures
from saccade.classic.spectral_residual import spectral_residual, spectral_residual_opencv
from saccade.table import Table

SALIENCY: Table[Callable[[Tensor], Tensor]] = Table(
    "saliency method",
    {
        "itti": itti,
        "spectral_residual": spectral_residual,
        "spectral_residual_opencv": spectral_residual_opencv,
        "fine_grained": fine_grained,
        "frequency_tuned": frequency_tuned,
        "centre": centre,
    },
)


@torch.no_grad()
def saliency(images: Tensor, method: str = "itti", *, centre_spread: float | None = None) -> Tensor:
    """Map where pictures stand out.

    Args:
        images: pictures (b 3 h w) in 0-1, red, green and blue.
        method: a name of SALIENCY.
        centre_spread: multiply by a Gaussian on the middle, whose standard deviation is this share
            of each side; not when None.

    Returns:
        Maps (b h w), float32, finite, not negative. Their scale is the method's own.

    Raises:
        ShapeError: the images are no such pictures, or too small for the method.
        UnknownName: there is no such method.
        ConfigError: the spread is not positive.
    """
    make = SALIENCY[method]
    expect_pictures(images)
    maps = make(images.float())
    if centre_spread is None:
        return maps
    size = maps.shape[-2], maps.shape[-1]
    return maps * centre_bias(size, spread=centre_spread).to(maps)
