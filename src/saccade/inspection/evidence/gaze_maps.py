"""Maps of where people looked, and of where they look whatever they are shown.

Points are continuous (x, y) in pixels, x to the right, y down; pixel i covers [i, i + 1).
Source: Bylinskii et al., "What do different evaluation metrics tell us about saliency models?",
TPAMI 2019, arXiv:1604.03605, section 3 (fixation maps, and the centre as a baseline).
Axes: b images, h rows, w columns, f fixations.
Differs: a Gaussian stands exactly on its fixation, not on the middle of a pixel, and what falls
outside of the picture is lost.
"""

import torch
from torch import Tensor

from saccade.classic.centre_bias import centre_bias
from saccade.errors import ConfigError
from saccade.shapes import expect

__all__ = ["centre_bias", "fixation_counts", "fixation_density"]


def fixation_counts(points: Tensor, size: tuple[int, int]) -> Tensor:
    """Count the fixations in each pixel (h w); points outside of the picture are left out.

    Args:
        points: x, y of each fixation (f 2), in pixels.
        size: (height, width) of the picture in pixels.
    """
    expect(points, "n xy", "the points", xy=2)
    height, width = size
    x, y = points.floor().long().unbind(dim=1)
    inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    places = (y * width + x)[inside]
    return torch.bincount(places, minlength=height * width).view(height, width)


def fixation_density(points: Tensor, size: tuple[int, int], *, sigma: float) -> Tensor:
    """Put a Gaussian on each fixation and sum them (h w), in float64; its sum is about f.

    Args:
        points: x, y of each fixation (f 2), in pixels.
        size: (height, width) of the picture in pixels.
        sigma: of the Gaussians in pixels; one degree of visual angle is usual.

    Raises:
        ConfigError: sigma is not positive.
    """
    expect(points, "n xy", "the points", xy=2)
    if not sigma > 0:
        raise ConfigError("a sigma above 0 pixels", str(sigma), "the pixels of one degree")
    x, y = points.double().unbind(dim=1)
    return _bells(y, size[0], sigma).T @ _bells(x, size[1], sigma)


def _bells(centres: Tensor, side: int, sigma: float) -> Tensor:
    """A Gaussian of area one over `side` pixels around each centre (f side)."""
    places = torch.arange(side, dtype=torch.float64, device=centres.device) + 0.5
    distance = (places[None] - centres[:, None]) / sigma
    return torch.exp(-0.5 * distance**2) / (sigma * (2 * torch.pi) ** 0.5)
