"""Opponent colours: intensity, red against green, blue against yellow.

Source: Itti, Koch, Niebur, "A Model of Saliency-Based Visual Attention for Rapid Scene Analysis",
TPAMI 1998, section 2.1.
Axes: b batch, c channels, h height, w width.
"""

import torch
from torch import Tensor

_DARK = 10  # colours of what is darker than the brightest pixel over this are not seen


def opponents(images: Tensor) -> Tensor:
    """Turn pictures (b 3 h w) into intensity, red - green and blue - yellow (b 3 h w).

    Colours are shares of the intensity, so that they do not depend on the light.
    """
    red, green, blue = images.unbind(dim=1)
    intensity = (red + green).add_(blue).div_(3)
    seen = intensity > intensity.amax(dim=(1, 2), keepdim=True) / _DARK
    # What is not seen counts as grey. The shares add up to 3, so R = r - (g + b)/2 = 1.5 (r - 1),
    # G and B likewise; Y = (r + g)/2 - |r - g|/2 - b = min(r, g) - b. Negative ones become 0.
    red, green, blue = (torch.where(seen, one / intensity, 1.0) for one in (red, green, blue))
    yellow = torch.minimum(red, green).sub_(blue).clamp_min_(0)
    red, green, blue = (one.sub_(1).clamp_min_(0).mul_(1.5) for one in (red, green, blue))
    return torch.stack((intensity, red.sub_(green), blue.sub_(yellow)), dim=1)
