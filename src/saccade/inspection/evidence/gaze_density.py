"""Does a map look like the density of people's fixations? CC, SIM and KL.

Source: Bylinskii et al., "What do different evaluation metrics tell us about saliency models?",
TPAMI 2019, arXiv:1604.03605, section 4, and the code of the MIT saliency benchmark.
Axes: b images, h rows, w columns.
Differs: a map without any difference gives NaN for CC and SIM.
"""

import torch
from torch import Tensor

from saccade.errors import ShapeError
from saccade.inspection.evidence.similarity import correlation
from saccade.shapes import expect


def cc(maps: Tensor, density: Tensor) -> Tensor:
    """Correlation coefficient (b), Pearson's, -1 to 1.

    Args:
        maps: (b h w).
        density: of fixations (b h w), such as `fixation_density` makes.

    Raises:
        ShapeError: the two do not fit each other.
    """
    _check(maps, density)
    return correlation(maps, density)


def sim(maps: Tensor, density: Tensor) -> Tensor:
    """Similarity (b), 0-1: the mass that both share, after each is stretched to 0-1.

    Args:
        maps: (b h w).
        density: of fixations (b h w).

    Raises:
        ShapeError: the two do not fit each other.
    """
    _check(maps, density)
    first, second = (_mass(each) for each in (maps, density))
    return torch.minimum(first, second).sum(dim=1)


def kl(maps: Tensor, density: Tensor) -> Tensor:
    """Kullback-Leibler divergence of the map from the density in nats (b), 0 the best.

    Args:
        maps: (b h w), nowhere negative.
        density: of fixations (b h w), nowhere negative.

    Raises:
        ShapeError: the two do not fit each other, are negative somewhere, or have no mass.
    """
    _check(maps, density)
    first, second = (each.double().flatten(1) for each in (maps, density))
    if min(float(first.min()), float(second.min())) < 0 or not (first.sum(1) > 0).all():
        raise ShapeError(
            "maps with mass and nothing below 0",
            f"a lowest entry of {float(first.min()):g}",
            "maps - maps.amin(dim=(1, 2), keepdim=True)",
        )
    first, second = (each / each.sum(dim=1, keepdim=True) for each in (first, second))
    tiny = torch.finfo(torch.float64).eps
    return (second * (tiny + second / (first + tiny)).log()).sum(dim=1)


def _check(maps: Tensor, density: Tensor) -> None:
    expect(density, "b h w", "the density")
    images, rows, columns = density.shape
    expect(maps, "b h w", "the maps", b=images, h=rows, w=columns)
    if not torch.isfinite(maps).all() or not torch.isfinite(density).all():
        raise ShapeError("maps of finite numbers", "NaN or infinity", "leaving these images out")


def _mass(maps: Tensor) -> Tensor:
    flat = maps.double().flatten(1)
    flat = flat - flat.amin(dim=1, keepdim=True)
    return flat / flat.sum(dim=1, keepdim=True)
