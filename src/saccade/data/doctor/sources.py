"""Opening what is to be examined: labelled where that works, else without labels."""

from typing import NamedTuple

import numpy as np

from saccade.data.decode import Decoded, read_picture
from saccade.data.folders import FolderImages
from saccade.data.images import open_images, open_unlabelled
from saccade.data.sets import ArrayImages, ImageSet, Splits
from saccade.errors import DataError


class Opened(NamedTuple):
    """Pictures to examine.

    Attributes:
        splits: the pictures; nothing is split off.
        unlabelled: why they were opened without labels; empty when they have some.
    """

    splits: Splits
    unlabelled: str


def open_to_examine(source: str) -> Opened:
    """Open a source as it is, whole.

    Args:
        source: as for `open_images`, or a folder of pictures without labels.

    Raises:
        DataError: it holds no pictures.
    """
    try:
        return Opened(open_images(source, val_fraction=0.0), "")
    except DataError as error:
        try:
            splits = open_unlabelled(source)
        except DataError:
            raise error from None
        return Opened(splits, f"expected {error.expected}, got {error.got}")


def decoded(images: ImageSet, index: int) -> Decoded:
    """Read a picture with what it was in its file, as far as the source tells.

    Args:
        images: the set.
        index: of the picture.

    Raises:
        DataError: it cannot be read.
    """
    if isinstance(images, FolderImages):
        return read_picture(images.path(index))
    picture = images.load(index)
    grey = isinstance(images, ArrayImages) and images.pixels.ndim == 3
    mode = "L" if grey or _is_grey(np.asarray(picture.image)) else "RGB"
    return Decoded(picture.image, picture.geometry, mode, transparent=False)


def _is_grey(pixels: np.ndarray) -> bool:
    return bool((pixels == pixels[..., :1]).all())
