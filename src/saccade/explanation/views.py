"""What is explained: a model and its images, or a predictor and pictures that it cuts itself.

Axes: b images, c channels, h rows, w columns.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor, nn

from saccade.data.decode import open_picture, shown, to_rgb
from saccade.data.geometry import Geometry
from saccade.data.transforms import Preprocessing
from saccade.errors import ConfigError


@runtime_checkable
class Prepares(Protocol):
    """A model with its preprocessing, such as a predictor."""

    @property
    def model(self) -> nn.Module:
        """The classifier."""

    @property
    def preprocessing(self) -> Preprocessing:
        """How a picture becomes its input."""


@dataclass(frozen=True, slots=True)
class Cut:
    """Images as a model wants them.

    Args:
        model: that takes them.
        images: (b c h w).
        names: of the pictures, where there were any.
        pictures: the upright originals.
        geometries: how each was cut.
    """

    model: nn.Module
    images: Tensor
    names: tuple[str, ...] = ()
    pictures: tuple[Image.Image, ...] = ()
    geometries: tuple[Geometry, ...] = ()


def prepared(
    model: nn.Module | Prepares, images: Tensor | Sequence[str | Path | Image.Image]
) -> Cut:
    """Bring pictures into the form that the model wants; images that are tensors stay as they are.

    Raises:
        ConfigError: there is a picture, but nothing that says how to cut it.
        DataError: a picture cannot be read.
    """
    inner = model if isinstance(model, nn.Module) else model.model
    first = next(inner.parameters(), None)
    if isinstance(images, Tensor):
        return Cut(inner, images if first is None else images.to(first.device))
    if isinstance(model, nn.Module):
        raise ConfigError(
            "images (b c h w) for a bare model",
            type(images).__name__,
            "saccade.load(path), whose predictor cuts pictures",
        )
    if isinstance(images, str | Path | Image.Image):
        images = [images]
    if not len(images):
        raise ConfigError("at least one picture", "none", "a path")
    opened = [_opened(picture) for picture in images]
    cut = [model.preprocessing.apply(picture, geometry) for picture, geometry, _ in opened]
    stacked = torch.from_numpy(np.stack([pixels for pixels, _ in cut]))
    ready = model.preprocessing.normalize(stacked)
    return Cut(
        inner,
        ready if first is None else ready.to(first.device),
        tuple(name for _, _, name in opened),
        tuple(picture for picture, _, _ in opened),
        tuple(geometry for _, geometry in cut),
    )


def _opened(picture: str | Path | Image.Image) -> tuple[Image.Image, Geometry, str]:
    if isinstance(picture, Image.Image):
        upright = to_rgb(ImageOps.exif_transpose(picture))
        return upright, Geometry.of(upright.size), "picture"
    return (*open_picture(Path(picture)), shown(picture))
