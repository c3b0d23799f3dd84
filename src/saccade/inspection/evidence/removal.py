"""Taking parts of an image away in the order of a map: the ground of every faithfulness score.

The size of the map says what a part is. A map as large as the image orders pixels; a coarser one
orders patches, the blocks of pixels that one of its entries covers.

Source: Petsiuk, Das, Saenko, "RISE: Randomized Input Sampling for Explanation of Black-box Models",
BMVC 2018, arXiv:1806.07421, section 4.2 and the code that its authors released.
Axes: b images, c channels, h rows, w columns, n parts of an image.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from saccade.attention.reading import fine
from saccade.errors import ConfigError, ShapeError
from saccade.shapes import expect

Classify = Callable[[Tensor], Tensor]


def removal_order(maps: Tensor) -> Tensor:
    """Say as the how-manyth each part is taken, the highest first: ranks (b n) from 0.

    Among equal entries the earlier one in row order goes first, so that a map always gives the
    same order.

    Args:
        maps: one map for each image (b h w).

    Raises:
        ShapeError: the maps are not (b h w), or hold NaN.
    """
    expect(maps, "b h w", "the maps")
    if torch.isnan(maps).any():
        raise ShapeError("maps without NaN", f"{int(torch.isnan(maps).sum())} of them", "a check")
    order = maps.flatten(1).sort(dim=1, descending=True, stable=True).indices
    places = torch.arange(order.shape[1], device=order.device).expand_as(order)
    return torch.empty_like(order).scatter_(1, order, places)


def check_parts(images: Tensor, maps: Tensor) -> tuple[int, int]:
    """Give the pixels (height, width) of a part.

    Raises:
        ShapeError: the images are not (b c h w), or no grid of the maps' size divides them.
    """
    expect(images, "b c h w", "the images")
    expect(maps, "b h w", "the maps", b=images.shape[0])
    (height, width), (rows, columns) = images.shape[-2:], maps.shape[-2:]
    if not (rows and columns) or height % rows or width % columns:
        raise ShapeError(
            f"maps whose sides divide {height} and {width}",
            f"({rows}, {columns})",
            "torch.nn.functional.interpolate to the size of the images",
        )
    return height // rows, width // columns


def replaced(images: Tensor, fill: Tensor, taken: Tensor, part: tuple[int, int]) -> Tensor:
    """Put `fill` where parts are taken, and keep the image elsewhere: (b c h w).

    Args:
        images: what is there before (b c h w).
        fill: what comes instead, of a shape that broadcasts to the images.
        taken: which parts are replaced, booleans (b n) in row order.
        part: pixels (height, width) of a part.
    """
    rows, columns = images.shape[-2] // part[0], images.shape[-1] // part[1]
    grid = taken.view(-1, 1, rows, columns)
    mask = grid.repeat_interleave(part[0], dim=2).repeat_interleave(part[1], dim=3)
    return torch.where(mask, fill, images)


def black(mean: tuple[float, ...], std: tuple[float, ...]) -> Tensor:
    """Give what a black pixel is after normalisation (c 1 1).

    Args:
        mean: of the normalisation, for each channel.
        std: of the normalisation, for each channel.
    """
    return (-torch.tensor(mean) / torch.tensor(std)).view(-1, 1, 1)


def blurred(images: Tensor, *, side: int = 11, sigma: float = 5.0) -> Tensor:
    """Blur images (b c h w) as RISE does: outside of the image is 0.

    The kernel is that of the released code, a point that a Gaussian spreads over `side` pixels and
    mirrors back at their edges, so that it sums to one and falls off less than a cut Gaussian.

    Args:
        images: (b c h w).
        side: of the kernel in pixels, odd.
        sigma: of the Gaussian in pixels.

    Raises:
        ConfigError: the side is even or not positive, or sigma is not positive.
    """
    expect(images, "b c h w", "the images")
    if side < 1 or side % 2 == 0 or not sigma > 0:
        raise ConfigError("an odd side and a positive sigma", f"{side} and {sigma}", "11 and 5")
    line = _folded(side, sigma).to(images)
    planes = images.flatten(0, 1)[:, None]
    planes = functional.conv2d(planes, line.view(1, 1, -1, 1), padding=(side // 2, 0))
    planes = functional.conv2d(planes, line.view(1, 1, 1, -1), padding=(0, side // 2))
    return planes.view_as(images)


def _folded(side: int, sigma: float) -> Tensor:
    """A Gaussian of four sigmas around the middle of `side` pixels, mirrored into them."""
    radius = int(4 * sigma + 0.5)
    steps = torch.arange(-radius, radius + 1, dtype=torch.float64)
    weights = torch.exp(-0.5 * (steps / sigma) ** 2)
    places = (steps.long() + side // 2).remainder(2 * side)
    places = torch.minimum(places, 2 * side - 1 - places)
    return torch.zeros(side, dtype=torch.float64).index_add_(0, places, weights / weights.sum())


def probabilities(model: Classify, images: Tensor, targets: Tensor) -> Tensor:
    """Give the softmax probability of one class for each image (b)."""
    logits = class_scores(model, images)
    return logits.softmax(dim=1).gather(1, targets[:, None])[:, 0]


def class_scores(model: Classify, images: Tensor) -> Tensor:
    """Run a model and check that it gives logits (b classes).

    Raises:
        ShapeError: it gives something else.
    """
    logits = model(images)
    if not isinstance(logits, Tensor) or logits.dim() != 2 or len(logits) != len(images):
        got = tuple(logits.shape) if isinstance(logits, Tensor) else type(logits).__name__
        raise ShapeError(
            f"logits ({len(images)}, classes)", str(got), "lambda images: model(images).logits"
        )
    return fine(logits)


def predicted(model: Classify, images: Tensor, *, chunk: int = 64) -> Tensor:
    """Give the class with the highest logit for each image (b), the lowest number among equals.

    Args:
        model: takes images (b c h w) and gives logits (b classes).
        images: (b c h w).
        chunk: images in one pass through the model.
    """
    with torch.no_grad():
        found = [_first_highest(class_scores(model, some)) for some in torch.split(images, chunk)]
    return torch.cat(found)


def _first_highest(scores: Tensor) -> Tensor:
    places = torch.arange(scores.shape[1], device=scores.device).expand_as(scores)
    highest = scores == scores.amax(dim=1, keepdim=True)
    return torch.where(highest, places, scores.shape[1]).amin(dim=1).clamp_max(scores.shape[1] - 1)
