"""Label maps for people: colours laid over the picture, and a legend of what they mean."""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from saccade.data.segmentation.classes import Colour

_FONT = 13
_ROW = 20  # pixels of a line of the legend
_PAPER, _INK, _EDGE = (255, 255, 255), (30, 30, 30), (120, 120, 120)


def coloured(labels: np.ndarray, colours: Sequence[Colour]) -> Image.Image:
    """Colour a label map, uint8 (h w); what is no class is black."""
    table = np.zeros((256, 3), np.uint8)
    table[: len(colours)] = np.array(colours, np.uint8)
    return Image.fromarray(table[labels])


def labelled(
    picture: Image.Image,
    labels: np.ndarray,
    colours: Sequence[Colour],
    names: Sequence[str],
    shares: Sequence[float],
    *,
    opacity: float = 0.55,
) -> Image.Image:
    """Lay a label map over its picture, with a legend of the classes that it has on the right.

    Args:
        picture: upright, RGB.
        labels: indices of classes, uint8 (h w), of the picture's size.
        colours: of the classes.
        names: of the classes.
        shares: of the pixels that have each class, 0-1; the largest stands first in the legend.
        opacity: of the colours, 0-1.
    """
    seen = Image.blend(picture.convert("RGB"), coloured(labels, colours), opacity)
    order = sorted(range(len(names)), key=lambda index: -shares[index])
    rows = [(colours[i], f"{names[i]}  {100 * shares[i]:.1f} %") for i in order if shares[i] > 0]
    legend = _legend(rows)
    size = (seen.width + legend.width, max(seen.height, legend.height))
    sheet = Image.new("RGB", size, _PAPER)
    sheet.paste(seen, (0, 0))
    sheet.paste(legend, (seen.width, 0))
    return sheet


def _legend(rows: Sequence[tuple[Colour, str]]) -> Image.Image:
    font = ImageFont.load_default(_FONT)
    widest = max((font.getlength(text) for _, text in rows), default=0)
    sheet = Image.new("RGB", (round(widest) + 2 * _ROW + 4, _ROW * (len(rows) + 1)), _PAPER)
    draw = ImageDraw.Draw(sheet)
    for place, (colour, text) in enumerate(rows):
        top = _ROW // 2 + place * _ROW
        draw.rectangle((8, top + 3, 20, top + 15), fill=colour, outline=_EDGE)
        draw.text((28, top + 1), text, fill=_INK, font=font)
    return sheet
