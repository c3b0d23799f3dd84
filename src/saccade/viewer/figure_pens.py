"""Two pens that draw the same figure: one writes SVG by hand, one paints a PNG.

Both take points, sizes and colours alike, in units of one pixel; a figure is laid out once.
"""

import base64
import html
import io
import unicodedata
from functools import cache
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from saccade.errors import OutputError
from saccade.files import write_bytes, write_text

Anchor = Literal["start", "middle", "end"]
Pixels = NDArray[np.uint8]
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

FIGURES = (".png", ".svg")  # endings of the files that they write
FAMILY = "system-ui, 'Noto Sans KR', 'Apple SD Gothic Neo', 'Malgun Gothic', sans-serif"
# Fonts that hold both Latin and Hangul, as systems name their files, and the face in a collection.
_FONTS = (
    ("NotoSansKR-Regular.otf", 0),
    ("NotoSansKR-Regular.ttf", 0),
    ("NotoSansCJK-Regular.ttc", 1),
    ("NanumGothic.ttf", 0),
    ("malgun.ttf", 0),
    ("AppleSDGothicNeo.ttc", 0),
    ("DejaVuSans.ttf", 0),
)
_UNKNOWN = "\U0010ffff"


class Pen(Protocol):
    """Draws on a sheet whose origin is its upper left corner."""

    def rectangle(self, corner: tuple[float, float], size: tuple[float, float], fill: str) -> None:
        """Fill a rectangle.

        Args:
            corner: its (left, top).
            size: its (width, height).
            fill: #rrggbb.
        """
        ...

    def picture(
        self, corner: tuple[float, float], size: tuple[float, float], pixels: Pixels
    ) -> None:
        """Draw a picture.

        Args:
            corner: its (left, top).
            size: (width, height) it is stretched to.
            pixels: (h w 3), 0-255.
        """
        ...

    def text(
        self,
        at: tuple[float, float],
        text: str,
        *,
        size: float = 14,
        anchor: Anchor = "start",
        turn: float = 0.0,
    ) -> None:
        """Write a line.

        Args:
            at: the point of its base line that the anchor names.
            text: one line.
            size: of the letters, in pixels.
            anchor: where the line begins, has its middle or ends.
            turn: degrees clockwise, around the point.
        """
        ...

    def save(self, path: Path) -> None:
        """Write the file, whole or not at all."""
        ...


def width_of(text: str, size: float) -> float:
    """Estimate how wide a line is, in pixels: Hangul and Han letters are square."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return size * (wide + 0.58 * (len(text) - wide))


def shortened(text: str, size: float, room: float) -> str:
    """Cut a line that is wider than its room, with an ellipsis."""
    if width_of(text, size) <= room:
        return text
    kept = text
    while kept and width_of(kept, size) > room - size:
        kept = kept[:-1]
    return f"{kept}…"


class SvgPen:
    """Writes SVG; pictures stand in it as PNG, letters are drawn by whoever shows it.

    Args:
        size: (width, height) of the sheet.
        ground: its colour, #rrggbb.
        ink: the colour of letters.
    """

    def __init__(self, size: tuple[int, int], ground: str, ink: str) -> None:
        width, height = size
        self._ink = ink
        self._parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
            f'viewBox="0 0 {width} {height}" font-family="{FAMILY}">',
            f'<rect width="{width}" height="{height}" fill="{ground}"/>',
        ]

    def rectangle(self, corner: tuple[float, float], size: tuple[float, float], fill: str) -> None:
        """Fill a rectangle."""
        self._parts.append(f'<rect {_placed(corner, size)} fill="{fill}"/>')

    def picture(
        self, corner: tuple[float, float], size: tuple[float, float], pixels: Pixels
    ) -> None:
        """Draw a picture, embedded as PNG."""
        file = io.BytesIO()
        Image.fromarray(pixels).save(file, "PNG")
        source = base64.b64encode(file.getvalue()).decode()
        self._parts.append(
            f'<image {_placed(corner, size)} preserveAspectRatio="none" '
            f'href="data:image/png;base64,{source}"/>'
        )

    def text(
        self,
        at: tuple[float, float],
        text: str,
        *,
        size: float = 14,
        anchor: Anchor = "start",
        turn: float = 0.0,
    ) -> None:
        """Write a line; letters that XML does not know are left out."""
        told = html.escape("".join(letter for letter in text if letter.isprintable()))
        turned = f' transform="rotate({turn:g} {at[0]:g} {at[1]:g})"' if turn else ""
        self._parts.append(
            f'<text x="{at[0]:g}" y="{at[1]:g}" font-size="{size:g}" text-anchor="{anchor}" '
            f'fill="{self._ink}"{turned}>{told}</text>'
        )

    def save(self, path: Path) -> None:
        """Write the file."""
        write_text(path, "\n".join([*self._parts, "</svg>\n"]))


class PngPen:
    """Paints a PNG.

    Args:
        size: (width, height) of the sheet.
        ground: its colour, #rrggbb.
        ink: the colour of letters.
        density: pixels of the file a unit.
        font: a font file; without one the first of this machine that has the letters.
    """

    def __init__(
        self,
        size: tuple[int, int],
        ground: str,
        ink: str,
        *,
        density: int = 2,
        font: Path | None = None,
    ) -> None:
        self._density = density
        self._ink = ink
        self._font = font
        self._sheet = Image.new("RGB", (size[0] * density, size[1] * density), ground)
        self._draw = ImageDraw.Draw(self._sheet)

    def rectangle(self, corner: tuple[float, float], size: tuple[float, float], fill: str) -> None:
        """Fill a rectangle."""
        left, top, right, bottom = self._box(corner, size)
        if right > left and bottom > top:
            self._draw.rectangle((left, top, right - 1, bottom - 1), fill=fill)

    def picture(
        self, corner: tuple[float, float], size: tuple[float, float], pixels: Pixels
    ) -> None:
        """Draw a picture."""
        left, top, right, bottom = self._box(corner, size)
        whole = (max(right - left, 1), max(bottom - top, 1))
        image = Image.fromarray(pixels).resize(whole, Image.Resampling.BICUBIC)
        self._sheet.paste(image, (left, top))

    def text(
        self,
        at: tuple[float, float],
        text: str,
        *,
        size: float = 14,
        anchor: Anchor = "start",
        turn: float = 0.0,
    ) -> None:
        """Write a line in a font that has its letters.

        Raises:
            OutputError: there is no such font.
        """
        told = "".join(letter for letter in text if letter.isprintable())
        font = _font_for(told, round(size * self._density), self._font)
        place = {"start": "ls", "middle": "ms", "end": "rs"}[anchor]
        x, y = round(at[0] * self._density), round(at[1] * self._density)
        if not turn:
            self._draw.text((x, y), told, fill=self._ink, font=font, anchor=place)
            return
        reach = round(2 * (font.getlength(told) + size * self._density))
        mask = Image.new("L", (2 * reach, 2 * reach))
        ImageDraw.Draw(mask).text((reach, reach), told, fill=255, font=font, anchor=place)
        turned = mask.rotate(-turn, Image.Resampling.BICUBIC)
        self._sheet.paste(Image.new("RGB", mask.size, self._ink), (x - reach, y - reach), turned)

    def save(self, path: Path) -> None:
        """Write the file."""
        file = io.BytesIO()
        self._sheet.save(file, "PNG")
        write_bytes(path, file.getvalue())

    def _box(
        self, corner: tuple[float, float], size: tuple[float, float]
    ) -> tuple[int, int, int, int]:
        ends = (*corner, corner[0] + size[0], corner[1] + size[1])
        left, top, right, bottom = (round(end * self._density) for end in ends)
        return left, top, right, bottom


def _placed(corner: tuple[float, float], size: tuple[float, float]) -> str:
    return f'x="{corner[0]:g}" y="{corner[1]:g}" width="{size[0]:g}" height="{size[1]:g}"'


def _font_for(text: str, size: int, wanted: Path | None) -> Font:
    """The wanted font, or the first that has all letters."""
    if wanted is not None:
        try:
            return ImageFont.truetype(wanted, size)
        except OSError as error:
            raise OutputError(f"a font in {wanted}", str(error), "another font") from error
    plain = ImageFont.load_default(size)
    for font in (plain, *(_named(name, face, size) for name, face in _FONTS)):
        if font is not None and not _missing(text, font):
            return font
    odd = "".join(sorted(_missing(text, plain)))[:20]
    raise OutputError(
        f"a font with the letters {odd!r}",
        "none on this machine",
        "font=FILE, or a name that ends in .svg: its letters are drawn by whoever shows it",
    )


@cache
def _named(name: str, face: int, size: int) -> Font | None:
    try:
        return ImageFont.truetype(name, size, index=face)
    except OSError:
        return None


def _missing(text: str, font: Font) -> set[str]:
    """The letters that a font draws as it draws one that no font has."""
    unknown = _shape(font, _UNKNOWN)
    return {one for one in set(text) if not one.isspace() and _shape(font, one) == unknown}


def _shape(font: Font, letter: str) -> tuple[tuple[int, int], bytes]:
    mask = font.getmask(letter)
    return mask.size, bytes(mask)
