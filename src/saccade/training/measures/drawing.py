"""A confusion matrix as a picture: true classes down, answers across, darker is more."""

import io
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

_INK, _PAPER, _LINE = (24, 32, 48), (255, 255, 255), (214, 219, 227)
_RIGHT, _WRONG = (31, 95, 168), (196, 78, 40)  # on the diagonal and beside it, where all are there
_LARGEST = 1800  # pixels of a side, cells alone
_FONT = 13
_THIN = 6  # pixels of a cell below which there are no lines
_LONGEST = 18  # letters of a name

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def draw_confusion(matrix: Tensor, classes: Sequence[str]) -> Image.Image:
    """Draw a confusion matrix (K K); each row is shaded by its share, and holds its counts.

    Counts and names are left out where there are too many classes to read them.

    Args:
        matrix: counts, true classes in the rows.
        classes: their names; numbers where there are fewer names than rows.
    """
    count = len(matrix)
    names = [*classes, *map(str, range(len(classes), count))][:count]
    side = max(1, min(44, _LARGEST // max(count, 1)))
    font = ImageFont.load_default(_FONT)
    named = side >= _FONT + 2
    shown = [_short(name, place) for place, name in enumerate(names)] if named else []
    left = _margin(shown, font) + 2 * _FONT
    top = _margin(shown, font) + 2 * _FONT
    size = (left + count * side + _FONT, top + count * side + _FONT)
    picture = Image.new("RGB", size, _PAPER)
    picture.paste(_cells(matrix, side), (left, top))
    if named:
        _draw_counts(ImageDraw.Draw(picture), matrix, (left, top), side, font)
    _draw_names(picture, shown, (left, top), side, font)
    return picture


def png(picture: Image.Image) -> bytes:
    """Write a picture as PNG."""
    buffer = io.BytesIO()
    picture.save(buffer, format="PNG", optimize=True)
    return buffer.getvalue()


def _cells(matrix: Tensor, side: int) -> Image.Image:
    """Shade each cell by its share of its row; the least wrong answers are still seen."""
    shares = (matrix.double() / matrix.sum(dim=1, keepdim=True).clamp(min=1)).numpy()[..., None]
    count = len(matrix)
    amount = np.where(shares > 0, 0.12 + 0.88 * shares, 0.0)
    ink = np.where(np.eye(count, dtype=bool)[..., None], _RIGHT, _WRONG)
    paper = np.array(_PAPER)
    pixels = (paper + (ink - paper) * amount).round().astype(np.uint8)
    pixels = pixels.repeat(side, axis=0).repeat(side, axis=1)
    if side >= _THIN:
        pixels[::side] = pixels[:, ::side] = _LINE
    return Image.fromarray(pixels) if count else Image.new("RGB", (1, 1), _PAPER)


def _draw_counts(
    draw: ImageDraw.ImageDraw, matrix: Tensor, corner: tuple[int, int], side: int, font: Font
) -> None:
    """Write the counts where they fit."""
    totals = matrix.sum(dim=1).tolist()
    for row, counts in enumerate(matrix.tolist()):
        for column, number in enumerate(counts):
            text = str(number)
            if number and draw.textlength(text, font=font) <= side - 4:
                ink = _PAPER if number > 0.45 * totals[row] else _INK
                place = (corner[0] + (column + 0.5) * side, corner[1] + (row + 0.5) * side)
                draw.text(place, text, fill=ink, font=font, anchor="mm")


def _draw_names(
    picture: Image.Image, names: Sequence[str], corner: tuple[int, int], side: int, font: Font
) -> None:
    """Write true classes at the left, answers upright above, and what the two sides are."""
    draw = ImageDraw.Draw(picture)
    left, top = corner
    draw.text((4, top - 4), "true", fill=_INK, font=font, anchor="ls")
    draw.text((left, 4), "answered", fill=_INK, font=font, anchor="lt")
    for place, name in enumerate(names):
        middle = place * side + side // 2
        draw.text((left - 6, top + middle), name, fill=_INK, font=font, anchor="rm")
        width = int(draw.textlength(name, font=font)) + 2
        label = Image.new("RGB", (width, _FONT + 5), _PAPER)
        ImageDraw.Draw(label).text((0, _FONT), name, fill=_INK, font=font, anchor="ls")
        turned = label.rotate(90, expand=True)
        picture.paste(turned, (left + middle - turned.width // 2, top - 4 - turned.height))


def _short(name: str, place: int) -> str:
    """Cut a long name; one in letters that the font does not have is told by its number."""
    try:
        name.encode("latin-1")
    except UnicodeEncodeError:
        return f"class {place}"
    return name if len(name) <= _LONGEST else name[: _LONGEST - 2] + ".."


def _margin(names: Sequence[str], font: Font) -> int:
    return max((int(font.getlength(name)) for name in names), default=0) + 8
