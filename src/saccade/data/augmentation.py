"""Random changes of training pictures, all drawn from one generator per picture.

Differs: random crops as in torchvision's RandomResizedCrop; the move is one affine step, so that
a small digit is resampled once.
"""

import math
import random
from dataclasses import dataclass
from typing import Literal

import numpy as np
from PIL import Image

from saccade.data.geometry import Geometry
from saccade.data.transforms import FILTERS, Preprocessing, check, to_array


@dataclass(frozen=True, kw_only=True, slots=True)
class Augmentation:
    """Random changes of a training picture; the default changes nothing.

    A random crop, when asked for, replaces the resize and crop of the preprocessing. Then comes
    one move of the model's image (shift, zoom, rotation), then the flip.

    Args:
        crop_scale: (least, most) share of the picture's area in the random crop, above 0 to 1;
            None keeps the preprocessing's own crop.
        crop_ratio: (least, most) width by height of the random crop.
        shift: most shift along each axis, as a share of the side, 0 to 1; whole pixels unless
            there is also a zoom or a rotation.
        zoom: most change of size, 0 to below 1: the factor lies between 1 - zoom and 1 + zoom.
        rotate: most rotation to either side, in degrees.
        flip: mirror half of the pictures horizontally.
        fill: what comes in from outside the picture: "black", or "edge" for the mean colour of
            its outermost pixels.

    Raises:
        ConfigError: a value that cannot work.
    """

    crop_scale: tuple[float, float] | None = None
    crop_ratio: tuple[float, float] = (3 / 4, 4 / 3)
    shift: float = 0.0
    zoom: float = 0.0
    rotate: float = 0.0
    flip: bool = False
    fill: Literal["black", "edge"] = "black"

    def __post_init__(self) -> None:
        low, high = self.crop_scale or (1.0, 1.0)
        check(0 < low <= high <= 1, "crop_scale within 0 to 1, least first", self.crop_scale)
        low, high = self.crop_ratio
        check(0 < low <= high, "crop_ratio above 0, least first", self.crop_ratio)
        check(0 <= self.shift <= 1, "shift from 0 to 1", self.shift)
        check(0 <= self.zoom < 1, "zoom from 0 to below 1", self.zoom)
        check(0 <= self.rotate <= 180, "rotate from 0 to 180 degrees", self.rotate)
        check(self.fill in ("black", "edge"), "fill black or edge", self.fill)

    def apply(
        self,
        image: Image.Image,
        geometry: Geometry,
        preprocessing: Preprocessing,
        chances: random.Random,
    ) -> tuple[np.ndarray, Geometry | None]:
        """Turn an upright RGB picture into changed pixels of the model's input.

        Args:
            image: upright, 8-bit RGB.
            geometry: of the image so far.
            preprocessing: of the model.
            chances: the only source of chance.

        Returns:
            uint8 (c h w), and its geometry; None after a rotation, which a Geometry cannot hold.
        """
        image, geometry = preprocessing.turned(image, geometry)
        if self.crop_scale is None:
            image, found = preprocessing.fit(image, geometry)
        else:
            image, found = self._crop(image, geometry, preprocessing, chances)
        image, moved = self._move(image, found, chances)
        if self.flip and chances.random() < 0.5:
            image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
            moved = moved.mirrored() if moved else None
        return to_array(image), moved

    def _crop(
        self, image: Image.Image, geometry: Geometry, to: Preprocessing, chances: random.Random
    ) -> tuple[Image.Image, Geometry]:
        left, top, width, height = self._draw_box(image.width, image.height, chances)
        rows, columns = to.img_size
        box = (left, top, left + width, top + height)
        resized = to.recolour(image).resize((columns, rows), FILTERS[to.interpolation], box=box)
        return resized, geometry.cropped(left, top, (width, height)).resized((columns, rows))

    def _draw_box(
        self, width: int, height: int, chances: random.Random
    ) -> tuple[int, int, int, int]:
        """Draw (left, top, width, height); after ten boxes that stick out the largest middle."""
        low, high = (math.log(ratio) for ratio in self.crop_ratio)
        for _ in range(10):
            area = width * height * chances.uniform(*(self.crop_scale or (1.0, 1.0)))
            ratio = math.exp(chances.uniform(low, high))
            w, h = round(math.sqrt(area * ratio)), round(math.sqrt(area / ratio))
            if 0 < w <= width and 0 < h <= height:
                return chances.randint(0, width - w), chances.randint(0, height - h), w, h
        ratio = min(max(width / height, self.crop_ratio[0]), self.crop_ratio[1])
        w, h = min(width, round(height * ratio)), min(height, round(width / ratio))
        w, h = max(1, w), max(1, h)
        return (width - w) // 2, (height - h) // 2, w, h

    def _move(
        self, image: Image.Image, geometry: Geometry, chances: random.Random
    ) -> tuple[Image.Image, Geometry | None]:
        if not (self.shift or self.zoom or self.rotate):
            return image, geometry
        right = chances.uniform(-self.shift, self.shift) * image.width
        down = chances.uniform(-self.shift, self.shift) * image.height
        fill = _edge_colour(image) if self.fill == "edge" else None
        if not (self.zoom or self.rotate):
            right, down = round(right), round(down)
            moved = geometry.placed((1.0, 1.0), (right, down), image.size)
            return _shifted(image, right, down, fill), moved
        factor = 1 + chances.uniform(-self.zoom, self.zoom)
        angle = math.radians(chances.uniform(-self.rotate, self.rotate))
        # Pillow asks where each new pixel comes from: the inverse of the move about the middle.
        cos, sin = math.cos(angle) / factor, math.sin(angle) / factor
        x, y = image.width / 2, image.height / 2
        back_x = x - cos * (x + right) - sin * (y + down)
        back_y = y + sin * (x + right) - cos * (y + down)
        image = image.transform(
            image.size,
            Image.Transform.AFFINE,
            (cos, sin, back_x, -sin, cos, back_y),
            resample=Image.Resampling.BILINEAR,
            fillcolor=fill,
        )
        if self.rotate:
            return image, None
        offset = (x + right - factor * x, y + down - factor * y)
        return image, geometry.placed((factor, factor), offset, image.size)


def _shifted(
    image: Image.Image, right: int, down: int, fill: int | tuple[int, ...] | None
) -> Image.Image:
    """Move by whole pixels: far cheaper than an affine step, and lossless."""
    if fill is None:
        return image.crop((-right, -down, image.width - right, image.height - down))
    moved = Image.new(image.mode, image.size, fill)
    moved.paste(image, (right, down))
    return moved


def _edge_colour(image: Image.Image) -> int | tuple[int, ...]:
    pixels = np.asarray(image)
    frame = [pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]]
    mean = np.concatenate(frame).mean(axis=0).round()
    return int(mean) if pixels.ndim == 2 else tuple(int(value) for value in mean)
