"""Pictures of files, read and cut to a model's image, a batch at a time; broken ones are named.

Axes: b batch, c channels, h height, w width.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from saccade.data.decode import open_picture, shown
from saccade.data.geometry import Geometry
from saccade.data.sets import BadFile
from saccade.data.transforms import Preprocessing
from saccade.errors import DataError


class Cut(Protocol):
    """The part of an image that a model cuts into patches, or an image with borders."""

    @property
    def size(self) -> tuple[int, int]:
        """Its (height, width) in pixels."""

    @property
    def corner(self) -> tuple[int, int]:
        """Where it begins in the image: (top, left) in pixels."""


@dataclass(frozen=True, slots=True)
class ReadyPicture:
    """A picture that was read and cut.

    Args:
        name: of the picture.
        picture: the original, upright unless the preprocessing ignores EXIF.
        pixels: of the model's image, uint8 (c h w).
        geometry: how the original became what the model's patches cover.
    """

    name: str
    picture: Image.Image
    pixels: np.ndarray
    geometry: Geometry


Prepare = Callable[[Image.Image, Geometry, str], ReadyPicture]


def prepared(
    picture: Image.Image,
    geometry: Geometry,
    name: str,
    *,
    preprocessing: Preprocessing,
    canvas: Cut | None = None,
) -> ReadyPicture:
    """Cut an upright picture to a model's image.

    Args:
        picture: upright, RGB.
        geometry: of it.
        name: of it.
        preprocessing: how a picture becomes the model's input.
        canvas: what of the image is cut into patches; all of it when None.
    """
    picture, geometry = preprocessing.turned(picture, geometry)
    pixels, cut = preprocessing.apply(picture, geometry)
    if canvas is not None:
        (top, left), (height, width) = canvas.corner, canvas.size
        cut = cut.cropped(left, top, (width, height))
    return ReadyPicture(name, picture, pixels, cut)


def ready_pictures(
    paths: Sequence[str | Path], prepare: Prepare, batch_size: int, bad: list[BadFile]
) -> Iterator[list[ReadyPicture]]:
    """Read picture files in batches; those that cannot be read are left out.

    Args:
        paths: of the files.
        prepare: cuts a picture, given with its geometry and its name.
        batch_size: pictures at a time.
        bad: gets the files that cannot be read, each once.
    """
    batch: list[ReadyPicture] = []
    for path in paths:
        try:
            batch.append(prepare(*open_picture(Path(path)), shown(path)))
        except DataError as error:
            file = BadFile(shown(path), error.got)
            bad += [file] if file not in bad else []
        if len(batch) == batch_size:
            yield batch
            batch = []
    if batch:
        yield batch


def as_images(batch: Sequence[ReadyPicture], preprocessing: Preprocessing) -> Tensor:
    """Stack pictures as a model's input: normalised floats (b c h w)."""
    return preprocessing.normalize(torch.from_numpy(np.stack([one.pixels for one in batch])))
