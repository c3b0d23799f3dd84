"""Random changes of training pictures, all drawn from one generator per picture.

The order is timm's and DeiT's: crop, flip, then RandAugment or another policy, then colours; the
move stands between crop and flip. Mixing and erasing come later, on whole batches of tensors
(`saccade.data.augment.mixing` and `erasing`). Wherever pixels go, the geometry follows.

Differs: random crops as in torchvision's RandomResizedCrop; the move is one affine step, so that
a small digit is resampled once.
"""

import math
import random
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from PIL import Image

from saccade.data.augment.colours import Colours
from saccade.data.augment.operations import Canvas
from saccade.data.augment.policies import policy
from saccade.data.augment.three_augment import JITTER, ThreeAugment
from saccade.data.decode import as_image
from saccade.data.geometry import Geometry
from saccade.data.transforms import FILTERS, Preprocessing, Raw, check, to_array, to_image


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
        fill: what the move brings in from outside the picture: "black", or "edge" for the mean
            colour of its outermost pixels.
        auto: "rand-m9-mstd0.5-inc1" and the like for RandAugment in timm's words, "trivial" for
            TrivialAugment, "three" for 3-Augment, "none" or None for nothing.
        jitter: most change of brightness, contrast and saturation, 0 to 1. None is 0.3 after
            3-Augment, as in DeiT III, and else 0; RandAugment and TrivialAugment replace it.
        colours: changes of colour drawn one by one, such as DINO's, after all others.

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
    auto: str | None = None
    jitter: float | None = None
    colours: Colours | None = None

    def __post_init__(self) -> None:
        low, high = self.crop_scale or (1.0, 1.0)
        check(0 < low <= high <= 1, "crop_scale within 0 to 1, least first", self.crop_scale)
        low, high = self.crop_ratio
        check(0 < low <= high, "crop_ratio above 0, least first", self.crop_ratio)
        check(0 <= self.shift <= 1, "shift from 0 to 1", self.shift)
        check(0 <= self.zoom < 1, "zoom from 0 to below 1", self.zoom)
        check(0 <= self.rotate <= 180, "rotate from 0 to 180 degrees", self.rotate)
        check(self.fill in ("black", "edge"), "fill black or edge", self.fill)
        check(0 <= (self.jitter or 0) <= 1, "jitter from 0 to 1", self.jitter)
        policy(self.auto)

    def apply(
        self,
        raw: Raw,
        geometry: Geometry,
        preprocessing: Preprocessing,
        chances: random.Random,
    ) -> tuple[np.ndarray, Geometry]:
        """Turn an upright RGB picture into changed pixels of the model's input.

        Args:
            raw: upright, 8-bit RGB: a picture, or its pixels as uint8 (h w 3).
            geometry: of the image so far.
            preprocessing: of the model.
            chances: the only source of chance.

        Returns:
            uint8 (c h w), and the geometry that leads from it back to the file.
        """
        if preprocessing.exif == "ignore":
            raw, geometry = preprocessing.turned(as_image(raw), geometry)
        if self.crop_scale is None:
            image, found = preprocessing.fit(as_image(raw), geometry)
        else:
            pixels, found = self._crop(raw, geometry, preprocessing, chances)
            if self._only_flips():
                flipped = self.flip and chances.random() < 0.5
                return (pixels[..., ::-1], found.mirrored()) if flipped else (pixels, found)
            image = to_image(pixels)
        image, moved = self._move(image, found, chances)
        if self.flip and chances.random() < 0.5:
            image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
            moved = moved.mirrored()
        drawn = policy(self.auto)
        if drawn is not None:
            canvas = _canvas(preprocessing.mean, preprocessing.interpolation)
            image, moved = drawn.apply((image, moved), canvas, chances)
        for colours in (_jitter(self.auto, self.jitter), self.colours):
            image = image if colours is None else colours.apply(image, chances)
        return to_array(image), moved

    def _only_flips(self) -> bool:
        moves = self.shift or self.zoom or self.rotate
        return not (moves or self.auto or self.jitter or self.colours)

    def _crop(
        self, raw: Raw, geometry: Geometry, to: Preprocessing, chances: random.Random
    ) -> tuple[np.ndarray, Geometry]:
        left, top, width, height = self._draw_box(*geometry.size, chances)
        rows, columns = to.img_size
        pixels = to.cut(raw, (left, top, left + width, top + height))
        return pixels, geometry.cropped(left, top, (width, height)).resized((columns, rows))

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
    ) -> tuple[Image.Image, Geometry]:
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
        back = (cos, sin, back_x, -sin, cos, back_y)
        moved = geometry.warped(back)
        bilinear = Image.Resampling.BILINEAR
        return image.transform(
            image.size, Image.Transform.AFFINE, back, resample=bilinear, fillcolor=fill
        ), moved


@lru_cache(maxsize=16)
def _canvas(mean: tuple[float, ...], interpolation: str) -> Canvas:
    """Warps fill with the mean colour and resample as the resize does, as timm's."""
    return Canvas(tuple(min(255, round(255 * part)) for part in mean), FILTERS[interpolation])


@lru_cache(maxsize=16)
def _jitter(auto: str | None, jitter: float | None) -> Colours | None:
    """The colour jitter that goes with a policy; None where there is none."""
    drawn = policy(auto)
    three = isinstance(drawn, ThreeAugment)
    most = JITTER if three and jitter is None else jitter
    if not most or (drawn is not None and not three):
        return None
    return Colours(brightness=most, contrast=most, saturation=most)


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
