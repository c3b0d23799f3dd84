"""Random erasing: a box of noise in some pictures.

Source: Zhong et al., "Random Erasing Data Augmentation", AAAI 2020, arXiv:1708.04896, algorithm 1;
the noise of every pixel from N(0, 1), after the normalisation, is timm's "pixel" mode, as DeiT
trained (arXiv:2012.12877, table 9).

Axes: b pictures, c channels, h rows, w columns.
"""

import math
import random
from collections.abc import Sequence

import torch
from torch import Tensor

from saccade.errors import ConfigError
from saccade.shapes import expect

AREA = (0.02, 1 / 3)  # of the picture
ASPECT = (0.3, 1 / 0.3)  # height by width
TRIES = 10
Box = tuple[int, int, int, int]  # top, bottom, left, right, in pixels


def erase(
    images: Tensor, share: float, *, chances: random.Random | Sequence[random.Random]
) -> Tensor:
    """Fill a box of some pictures with noise; what came in stays as it was.

    Args:
        images: normalised floats (b c h w).
        share: of the pictures that get a box, 0 to 1.
        chances: the only source of chance: one for all pictures, or one for each, so that what
            happens to a picture does not depend on the batch it is in.

    Raises:
        ConfigError: the share is not from 0 to 1, or there is not one `chances` for each picture.
        ShapeError: the images have other axes.
    """
    expect(images, "b c h w", "images to erase from")
    if not 0 <= share <= 1:
        raise ConfigError("a share of pictures to erase from 0 to 1", str(share), "0.25")
    each = [chances] * len(images) if isinstance(chances, random.Random) else chances
    if len(each) != len(images):
        raise ConfigError(f"one for all or {len(images)} chances", str(len(each)))
    size = images.shape[2], images.shape[3]
    erased = images
    for index, chance in enumerate(each):
        box = draw_box(size, chance) if chance.random() < share else None
        if box is not None:
            erased = images.clone() if erased is images else erased
            top, bottom, left, right = box
            place = erased[index, :, top:bottom, left:right]
            place.copy_(_noise(place, chance))
    return erased


def draw_box(size: tuple[int, int], chances: random.Random) -> Box | None:
    """Draw a box of a random area and aspect that fits; None after ten that do not.

    Args:
        size: (height, width) of the picture, in pixels.
        chances: the only source of chance.
    """
    height, width = size
    for _ in range(TRIES):
        area = chances.uniform(*AREA) * height * width
        aspect = math.exp(chances.uniform(math.log(ASPECT[0]), math.log(ASPECT[1])))
        h, w = round(math.sqrt(area * aspect)), round(math.sqrt(area / aspect))
        if 0 < h < height and 0 < w < width:
            top, left = chances.randint(0, height - h), chances.randint(0, width - w)
            return top, top + h, left, left + w
    return None


def _noise(like: Tensor, chances: random.Random) -> Tensor:
    """Draw on the CPU, so that every device gets the same."""
    generator = torch.Generator().manual_seed(chances.getrandbits(63))
    return torch.randn(like.shape, generator=generator)
