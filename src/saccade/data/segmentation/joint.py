"""Random changes of a picture and its label map together, and the way back to the picture.

Source: random scale, crop and mirror as in Huang et al., "CCNet", arXiv:1811.11721, section 4.2.
Axes: c channels, h height, w width; k classes.
Differs: pixels outside the picture are the mean colour and void.
"""

import random
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from saccade.data.augment.colours import Colours
from saccade.data.decode import as_image
from saccade.data.geometry import Geometry
from saccade.data.segmentation.classes import VOID
from saccade.data.transforms import FILTERS, Preprocessing, Raw, check, to_array

_MOST = 1 << 27  # numbers of one picture's stretched logits
Box = tuple[float, float, float, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class JointChange:
    """Random scale, crop and mirror of a picture and its label map; colours of the picture alone.

    The picture is resized to fit the model's image, as for evaluation, times a random factor. What
    is larger is cut at a random place, what is smaller lies at a random place.

    Args:
        zoom: most change of size, 0 to below 1: the factor lies between 1 - zoom and 1 + zoom.
        flip: mirror half of the pictures horizontally.
        jitter: most change of brightness, contrast and saturation, 0 to 1.

    Raises:
        ConfigError: a value that cannot work.
    """

    zoom: float = 0.0
    flip: bool = False
    jitter: float = 0.0

    def __post_init__(self) -> None:
        check(0 <= self.zoom < 1, "zoom from 0 to below 1", self.zoom)
        check(0 <= self.jitter <= 1, "jitter from 0 to 1", self.jitter)

    def apply(
        self, raw: Raw, labels: np.ndarray, to: Preprocessing, chances: random.Random
    ) -> tuple[np.ndarray, np.ndarray]:
        """Change a picture and its label map alike.

        Args:
            raw: upright, 8-bit RGB: a picture, or its pixels as uint8 (h w 3).
            labels: indices of classes, or `VOID`, uint8 (h w).
            to: preprocessing of the model.
            chances: the only source of chance.

        Returns:
            Pixels uint8 (c h w) and labels uint8 (h w) of the model's size.
        """
        picture = to.recolour(as_image(raw))
        factor = 1 + chances.uniform(-self.zoom, self.zoom)
        box, place = self._window(picture.size, to.img_size, factor, chances)
        mirrored = self.flip and chances.random() < 0.5
        mean = tuple(round(255 * part) for part in to.mean)
        border = mean[0] if to.in_chans == 1 else mean
        image = _laid(picture, box, place, to.img_size, FILTERS[to.interpolation], border)
        nearest = Image.Resampling.NEAREST
        map_ = _laid(Image.fromarray(labels), box, place, to.img_size, nearest, VOID)
        if mirrored:
            image, map_ = (one.transpose(Image.Transpose.FLIP_LEFT_RIGHT) for one in (image, map_))
        if self.jitter:
            most = self.jitter
            image = Colours(brightness=most, contrast=most, saturation=most).apply(image, chances)
        return to_array(image), np.asarray(map_)

    def _window(
        self,
        size: tuple[int, int],
        room: tuple[int, int],
        factor: float,
        chances: random.Random,
    ) -> tuple[Box, tuple[int, int, int, int]]:
        """Draw what of a picture is seen, and where it lies in the model's image.

        Args:
            size: (width, height) of the picture.
            room: (height, width) of the model's image.
            factor: of the size at which the picture just fits.
            chances: the only source of chance.

        Returns:
            (left, top, right, bottom) in the picture; and (left, top, width, height) in the image.
        """
        fit = factor * min(room[1] / size[0], room[0] / size[1])
        spans = []
        for own, there in ((size[0], room[1]), (size[1], room[0])):
            whole = max(1, round(own * fit))
            kept = min(whole, there)
            start, at = chances.randint(0, whole - kept), chances.randint(0, there - kept)
            spans.append((own * start / whole, own * (start + kept) / whole, at, kept))
        (left, right, x, wide), (top, bottom, y, high) = spans
        return (left, top, right, bottom), (x, y, wide, high)


def _laid(
    image: Image.Image,
    box: Box,
    place: tuple[int, int, int, int],
    room: tuple[int, int],
    how: Image.Resampling,
    border: int | tuple[int, ...],
) -> Image.Image:
    """Resize a box of an image and lay it on a canvas."""
    left, top, width, height = place
    whole = (0.0, 0.0, float(image.width), float(image.height))
    same = box == whole and (width, height) == image.size
    seen = image if same else image.resize((width, height), how, box=box)
    if seen.size == (room[1], room[0]):
        return seen
    canvas = Image.new(image.mode, (room[1], room[0]), border)
    canvas.paste(seen, (left, top))
    return canvas


def labels_of(logits: Tensor, geometry: Geometry) -> Tensor:
    """Answer for every pixel of the upright picture, uint8 (h w).

    Args:
        logits: of the model's image (k h w).
        geometry: from the picture to the model's image, with neither turn nor mirror.
    """
    left, top = geometry.straight().upright_to_model(0, 0)
    width, height = geometry.upright
    right, bottom = geometry.upright_to_model(width, height)
    high, wide = logits.shape[-2:]
    rows = slice(max(0, round(top)), min(high, max(round(bottom), round(top) + 1)))
    columns = slice(max(0, round(left)), min(wide, max(round(right), round(left) + 1)))
    seen = logits[None, :, rows, columns].float()
    if seen.shape[-2:] != (height, width) and len(logits) * height * width <= _MOST:
        seen = F.interpolate(seen, size=(height, width), mode="bilinear", align_corners=False)
    answers = seen.argmax(1).to(torch.uint8)
    if answers.shape[-2:] != (height, width):  # too large to stretch each class
        answers = F.interpolate(answers[None].float(), size=(height, width))[0].to(torch.uint8)
    return answers[0]
