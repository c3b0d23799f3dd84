"""From an upright picture to the model's input, with its geometry.

What torchvision's Resize and CenterCrop do on Pillow pictures is done here, to the last bit. The
settings travel with every checkpoint. Pixels stay 8-bit until a whole batch is normalised.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from PIL import Image

from saccade.data.decode import MAX_PIXELS, as_image
from saccade.data.geometry import Geometry
from saccade.data.orientation import as_stored
from saccade.errors import ConfigError, DataError

if TYPE_CHECKING:
    from torch import Tensor

CropMode = Literal["center", "squash", "pad"]
Interpolation = Literal["nearest", "bilinear", "bicubic"]
Exif = Literal["apply", "ignore"]
Raw = Image.Image | np.ndarray

FILTERS = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
}
_CROP_MODES = ("center", "squash", "pad")


@dataclass(frozen=True, kw_only=True, slots=True)
class Preprocessing:
    """How a picture becomes the input of a model, at evaluation and use.

    Args:
        img_size: (height, width) of the model's input, in pixels.
        crop_pct: share of the resized picture's side that the crop keeps, above 0 to 1.
        crop_mode: "center" resizes the shorter side and cuts out the middle; "squash" resizes
            both sides, changing the aspect; "pad" shows the whole picture between borders of the
            mean colour. With a size that is not square, "center" resizes until the picture covers
            it, as timm does.
        interpolation: of the resize.
        mean: of each channel, 0 to 1; one number stands for all channels.
        std: of each channel, above 0; one number stands for all channels.
        in_chans: 3 for RGB, 1 for grey.
        exif: "apply" the orientation that a camera noted in the file, so that the model sees what
            people see, or "ignore" it and take the pixels as they lie in the file.

    Raises:
        ConfigError: a value that cannot work.
    """

    img_size: tuple[int, int] = (224, 224)
    crop_pct: float = 1.0
    crop_mode: CropMode = "center"
    interpolation: Interpolation = "bicubic"
    mean: tuple[float, ...] = (0.5,)
    std: tuple[float, ...] = (0.5,)
    in_chans: int = 3
    exif: Exif = "apply"

    def __post_init__(self) -> None:
        check(len(self.img_size) == 2 and min(self.img_size) > 0, "img_size", self.img_size)
        check(0 < self.crop_pct <= 1, "crop_pct above 0 to 1", self.crop_pct)
        check(self.crop_mode in _CROP_MODES, f"crop_mode in {_CROP_MODES}", self.crop_mode)
        check(self.interpolation in FILTERS, f"one of {list(FILTERS)}", self.interpolation)
        check(self.in_chans in (1, 3), "in_chans 1 or 3", self.in_chans)
        check(self.exif in get_args(Exif), "exif apply or ignore", self.exif)
        for name in ("mean", "std"):
            values = tuple(getattr(self, name))
            values = values * self.in_chans if len(values) == 1 else values
            check(len(values) == self.in_chans, f"{self.in_chans} numbers in {name}", values)
            object.__setattr__(self, name, values)
        check(min(self.std) > 0, "std above 0", self.std)

    def fit(self, image: Image.Image, geometry: Geometry) -> tuple[Image.Image, Geometry]:
        """Bring a picture to the model's size and channels.

        Raises:
            DataError: the picture is so long and thin that it cannot be resized.
        """
        image, geometry = self.turned(image, geometry)
        image = self.recolour(image)
        size = self._resized_size(image.width, image.height)
        if size != image.size:
            image = image.resize(size, FILTERS[self.interpolation])
            geometry = geometry.resized(size)
        return self._center(image, geometry)

    def apply(
        self, raw: Raw, geometry: Geometry, *, exact: bool = True
    ) -> tuple[np.ndarray, Geometry]:
        """Turn an upright RGB picture into pixels of the model's input.

        Args:
            raw: upright, 8-bit RGB: a picture, or its pixels as uint8 (h w 3).
            geometry: of the image so far.
            exact: False resizes in a fraction of the time, best from pixels; a few values in a
                thousand are then one level off.

        Returns:
            uint8 (c h w), and the geometry that leads from it back to the file.
        """
        if exact:
            image, geometry = self.fit(as_image(raw), geometry)
            return to_array(image), geometry
        if self.exif == "ignore":
            raw, geometry = self.turned(as_image(raw), geometry)
        size = self._resized_size(*geometry.size)
        pixels = self._resampled(raw, (0, 0, *geometry.size), size)
        (height, width), geometry = self.img_size, geometry.resized(size)
        if width > size[0] or height > size[1]:
            image, geometry = self._center(to_image(pixels), geometry)
            return to_array(image), geometry
        left, top = _middle(size, (width, height))
        cut = pixels[:, top : top + height, left : left + width]
        return cut, geometry.cropped(left, top, (width, height))

    def cut(self, raw: Raw, box: tuple[int, int, int, int]) -> np.ndarray:
        """Cut a box out of a picture and resize it to the model's size, for training.

        Differs: as torchvision's resized crop, nothing outside the box is looked at; a few values
        in a thousand are one level off Pillow's.

        Args:
            raw: upright, 8-bit RGB: a picture, or its pixels as uint8 (h w 3), which is faster.
            box: (left, top, right, bottom) inside the picture, in pixels.

        Returns:
            uint8 (c h w).
        """
        return self._resampled(raw, box, (self.img_size[1], self.img_size[0]))

    def turned(self, image: Image.Image, geometry: Geometry) -> tuple[Image.Image, Geometry]:
        """Leave an upright picture as it is, or turn it back to how it lies in its file.

        Args:
            image: upright, 8-bit RGB.
            geometry: from the stored pixels to the upright ones.
        """
        return as_stored(image, geometry) if self.exif == "ignore" else (image, geometry)

    def recolour(self, image: Image.Image) -> Image.Image:
        """Give a picture the number of channels that the model wants."""
        mode = "L" if self.in_chans == 1 else "RGB"
        return image if image.mode == mode else image.convert(mode)

    def normalize(self, batch: "Tensor") -> "Tensor":
        """Turn 8-bit pixels into the numbers that the model was trained on.

        Args:
            batch: uint8 (b c h w).

        Returns:
            float32 (b c h w): pixels / 255, less the mean, by the standard deviation.
        """
        pixels = batch.float()
        mean = pixels.new_tensor(self.mean).view(-1, 1, 1)
        std = pixels.new_tensor(self.std).view(-1, 1, 1)
        # One picture stays in the cache of a core through all steps, a batch does not.
        for part in pixels if pixels.device.type == "cpu" else (pixels,):
            part.div_(255).sub_(mean).div_(std)
        return pixels

    def to_dict(self) -> dict[str, Any]:
        """Write the preprocessing as plain lists and numbers, fit for JSON."""
        values = asdict(self)
        return {k: list(v) if isinstance(v, tuple) else v for k, v in values.items()}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Preprocessing":
        """Read what `to_dict` wrote; what is missing takes its default.

        Raises:
            ConfigError: a name is unknown or a value cannot work.
        """
        known = {field.name for field in fields(cls)}
        unknown = sorted(set(values) - known)
        check(not unknown, f"preprocessing of {', '.join(sorted(known))}", ", ".join(unknown))
        plain: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in values.items()
        }
        try:
            return cls(**plain)
        except TypeError as error:
            raise ConfigError("preprocessing as it was saved", repr(dict(values))) from error

    def _resized_size(self, width: int, height: int) -> tuple[int, int]:
        """The (width, height) after the resize, by the rules of torchvision and timm."""
        new = self._new_size(width, height)
        if new[0] * new[1] > MAX_PIXELS:  # 1 x 20,000 would become 224 x 4,480,000
            raise DataError("a picture that is not a thin line", f"{width} x {height} pixels")
        return new

    def _new_size(self, width: int, height: int) -> tuple[int, int]:
        rows, columns = (math.floor(side / self.crop_pct) for side in self.img_size)
        if self.crop_mode == "squash":
            return columns, rows
        if self.crop_mode == "center" and rows == columns:
            short, long = min(width, height), max(width, height)
            other = int(rows * long / short)
            return (rows, other) if width <= height else (other, rows)
        choose = max if self.crop_mode == "pad" else min
        ratio = choose(height / rows, width / columns)
        return max(1, round(width / ratio)), max(1, round(height / ratio))

    def _resampled(
        self, raw: Raw, box: tuple[int, int, int, int], size: tuple[int, int]
    ) -> np.ndarray:
        # Imported by name only when it is asked for: it needs torch.
        resample: Callable[..., np.ndarray] = import_module("saccade.data.resampling").resample
        pixels = resample(raw, box, size, self.interpolation)
        return pixels if self.in_chans == 3 else to_array(self.recolour(to_image(pixels)))

    def _center(self, image: Image.Image, geometry: Geometry) -> tuple[Image.Image, Geometry]:
        """Cut the middle out; where the picture is smaller it gets borders first."""
        height, width = self.img_size
        if image.size == (width, height):
            return image, geometry
        wide, high = max(0, width - image.width), max(0, height - image.height)
        if wide or high:
            left, top = wide // 2, high // 2
            size = (image.width + wide, image.height + high)
            framed = Image.new(image.mode, size, self._border(image.mode))
            framed.paste(image, (left, top))
            image, geometry = framed, geometry.padded(left, top, wide - left, high - top)
        if image.size == (width, height):
            return image, geometry
        left, top = _middle(image.size, (width, height))
        box = (left, top, left + width, top + height)
        return image.crop(box), geometry.cropped(left, top, (width, height))

    def _border(self, mode: str) -> int | tuple[int, ...]:
        values = tuple(round(255 * m) if self.crop_mode == "pad" else 0 for m in self.mean)
        return values[0] if mode == "L" else values


def to_array(image: Image.Image) -> np.ndarray:
    """Copy a picture's pixels into uint8 (c h w)."""
    bands = image.getbands()
    pixels = np.empty((len(bands), image.height, image.width), np.uint8)
    for band, plane in zip(bands, pixels, strict=True):
        data = image.tobytes("raw", band)
        plane[...] = np.frombuffer(data, np.uint8).reshape(plane.shape)
    return pixels


def to_image(pixels: np.ndarray) -> Image.Image:
    """Make a picture of uint8 (c h w), grey or RGB."""
    return Image.fromarray(pixels[0] if len(pixels) == 1 else pixels.transpose(1, 2, 0))


def _middle(size: tuple[int, int], part: tuple[int, int]) -> tuple[int, int]:
    """Give the (left, top) of a part in the middle."""
    # Python rounds halves to even here, and so does torchvision.
    return round((size[0] - part[0]) / 2.0), round((size[1] - part[1]) / 2.0)


def check(fine: bool, expected: str, got: object) -> None:
    """Refuse an option that cannot work.

    Raises:
        ConfigError: `fine` is false.
    """
    if not fine:
        raise ConfigError(expected, str(got))
