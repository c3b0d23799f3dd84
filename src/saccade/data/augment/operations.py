"""What one change does to a picture: colours by name, and warps that the geometry follows.

Source of the set: Cubuk et al., "RandAugment", NeurIPS 2020, arXiv:1909.13719, section 3, which
takes it from AutoAugment (arXiv:1805.09501, appendix).

Differs: nothing from timm's and torchvision's functions on Pillow pictures, to the last bit, but
that 0 bits can be kept, which Pillow 13 refuses: RandAugment of magnitude 10 asks for it. A table
that is the same for all channels is looked up in the bytes, where Pillow's own way is slower.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from PIL import Image, ImageEnhance, ImageFilter, ImageOps

from saccade.data.geometry import Geometry
from saccade.errors import UnknownName

Back = tuple[float, float, float, float, float, float]
Seen = tuple[Image.Image, Geometry]


@dataclass(frozen=True, slots=True)
class Canvas:
    """How a warp paints.

    Args:
        fill: of each channel, 0 to 255, what comes in from outside the picture.
        resample: how pixels between pixels are found.
    """

    fill: tuple[int, ...]
    resample: Image.Resampling

    def colour(self, mode: str) -> int | tuple[int, ...]:
        """The fill as Pillow wants it for pictures of a mode."""
        return self.fill[0] if mode == "L" else self.fill


def operate(name: str, seen: Seen, amount: float, canvas: Canvas) -> Seen:
    """Change a picture by one operation.

    Args:
        name: of the operation, a key of `COLOURS` or `WARPS`.
        seen: the picture (RGB or L) and its geometry.
        amount: as the operation takes it: a factor, degrees, bits, a threshold, pixels, or a
            share of the side.
        canvas: how warps paint.

    Raises:
        UnknownName: there is no such operation.
    """
    image, geometry = seen
    if name in COLOURS:
        return COLOURS[name](image, amount), geometry
    if name not in WARPS:
        raise UnknownName("an operation", name, f"one of {', '.join((*COLOURS, *WARPS))}")
    return warp(seen, WARPS[name](image.size, amount), canvas)


def warp(seen: Seen, back: Back, canvas: Canvas) -> Seen:
    """Take each new pixel from where it comes from, and tell the geometry.

    Args:
        seen: the picture and its geometry.
        back: a b c d e f with old x = a x + b y + c and old y = d x + e y + f, in pixels.
        canvas: how to paint.
    """
    image, geometry = seen
    warped = image.transform(
        image.size,
        Image.Transform.AFFINE,
        back,
        resample=canvas.resample,
        fillcolor=canvas.colour(image.mode),
    )
    return warped, geometry.warped(back)


def turn(size: tuple[int, int], degrees: float) -> Back:
    """Rotate about the middle, counter-clockwise."""
    # Both as Pillow does: digits rounded off, so that right angles stay exact.
    angle = -math.radians(degrees % 360.0)
    x, y = size[0] / 2, size[1] / 2
    cos, sin = round(math.cos(angle), 15), round(math.sin(angle), 15)
    return cos, sin, cos * -x + sin * -y + x, -sin, cos, -sin * -x + cos * -y + y


def shear_x(_: tuple[int, int], factor: float) -> Back:
    """Move each row by `factor` times its height from the top."""
    return 1.0, factor, 0.0, 0.0, 1.0, 0.0


def shear_y(_: tuple[int, int], factor: float) -> Back:
    """Move each column by `factor` times its distance from the left."""
    return 1.0, 0.0, 0.0, factor, 1.0, 0.0


def translate_x(_: tuple[int, int], pixels: float) -> Back:
    """Move to the left."""
    return 1.0, 0.0, pixels, 0.0, 1.0, 0.0


def translate_y(_: tuple[int, int], pixels: float) -> Back:
    """Move up."""
    return 1.0, 0.0, 0.0, 0.0, 1.0, pixels


def invert(image: Image.Image) -> Image.Image:
    """Swap light and dark."""
    return looked_up(image, _inverted(0))


def solarize(image: Image.Image, threshold: float = 128) -> Image.Image:
    """Invert what is at least as bright as the threshold, 0 to 256."""
    return looked_up(image, _inverted(threshold))


def solarize_add(image: Image.Image, more: float) -> Image.Image:
    """Brighten what is darker than 128 by so many steps, 0 to 128."""
    return looked_up(image, _added(int(more)))


def posterize(image: Image.Image, bits: float) -> Image.Image:
    """Keep the highest bits of each pixel, 0 to 8."""
    return image if bits >= 8 else looked_up(image, _kept(int(bits)))


def grey(image: Image.Image) -> Image.Image:
    """Take away all colour; the number of channels stays."""
    return image if image.mode == "L" else image.convert("L").convert(image.mode)


def blur(image: Image.Image, radius: float) -> Image.Image:
    """Blur by a Gaussian of that standard deviation, in pixels."""
    return image.filter(ImageFilter.GaussianBlur(radius))


def hue(image: Image.Image, share: float) -> Image.Image:
    """Turn the wheel of colours by a share of a whole turn, -0.5 to 0.5."""
    if image.mode == "L":
        return image
    shift = int(share * 255)
    tones, strength, light = image.convert("HSV").split()
    wheel = bytes((step + shift) % 256 for step in range(256))
    turned = Image.merge("HSV", (looked_up(tones, wheel), strength, light))
    return turned.convert(image.mode)


def looked_up(image: Image.Image, table: bytes) -> Image.Image:
    """Replace each 8-bit number by what the table of 256 says, in all channels alike."""
    return Image.frombytes(image.mode, image.size, image.tobytes().translate(table))


def _colour(image: Image.Image, factor: float) -> Image.Image:
    return ImageEnhance.Color(image).enhance(factor)


def _contrast(image: Image.Image, factor: float) -> Image.Image:
    return ImageEnhance.Contrast(image).enhance(factor)


def _brightness(image: Image.Image, factor: float) -> Image.Image:
    return ImageEnhance.Brightness(image).enhance(factor)


def _sharpness(image: Image.Image, factor: float) -> Image.Image:
    return ImageEnhance.Sharpness(image).enhance(factor)


@lru_cache(maxsize=512)
def _inverted(threshold: float) -> bytes:
    return bytes(255 - value if value >= threshold else value for value in range(256))


@lru_cache(maxsize=256)
def _added(more: int) -> bytes:
    return bytes(min(255, value + more) if value < 128 else value for value in range(256))


@lru_cache(maxsize=16)
def _kept(bits: int) -> bytes:
    mask = 0xFF & ~(2 ** (8 - bits) - 1)
    return bytes(value & mask for value in range(256))


COLOURS: dict[str, Callable[[Image.Image, float], Image.Image]] = {
    "Identity": lambda image, _: image,
    "AutoContrast": lambda image, _: ImageOps.autocontrast(image),
    "Equalize": lambda image, _: ImageOps.equalize(image),
    "Invert": lambda image, _: invert(image),
    "Posterize": posterize,
    "Solarize": solarize,
    "SolarizeAdd": solarize_add,
    "Color": _colour,
    "Contrast": _contrast,
    "Brightness": _brightness,
    "Sharpness": _sharpness,
    "Grayscale": lambda image, _: grey(image),
    "GaussianBlur": blur,
    "Hue": hue,
}
WARPS: dict[str, Callable[[tuple[int, int], float], Back]] = {
    "Rotate": turn,
    "ShearX": shear_x,
    "ShearY": shear_y,
    "TranslateX": translate_x,
    "TranslateY": translate_y,
    "TranslateXRel": lambda size, share: translate_x(size, share * size[0]),
    "TranslateYRel": lambda size, share: translate_y(size, share * size[1]),
}
