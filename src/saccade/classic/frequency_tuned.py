"""Frequency-tuned saliency: how far a pixel's colour is from the mean colour of its picture.

Source: Achanta, Hemami, Estrada, Süsstrunk, "Frequency-tuned Salient Region Detection", CVPR 2009,
section 3, equation 4. Colours are CIE L*a*b* of sRGB under D65 (IEC 61966-2-1, CIE 15).
Axes: b batch, c channels, h height, w width.
"""

import torch
from torch import Tensor

from saccade.classic.pixels import smoothed

_WEIGHTS = (1 / 16, 4 / 16, 6 / 16, 4 / 16, 1 / 16)
_XYZ = (
    (0.4124564, 0.3575761, 0.1804375),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0193339, 0.1191920, 0.9503041),
)
_EDGE = 6 / 29  # below its cube the cube root is continued by a line


@torch.no_grad()
def frequency_tuned(images: Tensor) -> Tensor:
    """Map the distance of each pixel, blurred a little, from the picture's mean colour.

    Args:
        images: pictures (b 3 h w), 0-1, sRGB.

    Returns:
        Maps (b h w) in units of L*a*b*: black and white are 100 apart.
    """
    colours = lab(images)
    mean = colours.mean(dim=(2, 3), keepdim=True)
    blurred = smoothed(colours.flatten(0, 1), _WEIGHTS).view_as(colours)
    return torch.linalg.vector_norm(blurred.sub_(mean), dim=1)


def lab(images: Tensor) -> Tensor:
    """Turn sRGB pixels in 0-1 (b 3 h w) into L*, a*, b* (b 3 h w); white is (100, 0, 0)."""
    bent = ((images + 0.055) / 1.055) ** 2.4
    linear = torch.where(images > 0.04045, bent, images / 12.92)
    matrix = images.new_tensor(_XYZ)
    matrix = matrix / matrix.sum(dim=1, keepdim=True)  # each in shares of white
    shares = torch.einsum("xc,bchw->bxhw", matrix, linear)
    steep = shares / (3 * _EDGE**2) + 4 / 29
    x, y, z = torch.where(shares > _EDGE**3, shares ** (1 / 3), steep).unbind(dim=1)
    return torch.stack((116 * y - 16, 500 * (x - y), 200 * (y - z)), dim=1)
