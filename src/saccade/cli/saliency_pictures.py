"""What `saccade saliency` draws: maps over their picture, the path of looks, sheets of both."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from PIL import Image
    from torch import Tensor

Points = Sequence[tuple[float, float]]
Tile = tuple[str, "Image.Image"]

_COLUMNS, _WIDTH, _GAP, _LINE = 4, 300, 14, 26  # of a sheet, in its units
_DENSITY = 2
_GROUND, _INK = "#ffffff", "#101216"
_PATH, _NUMBER = (255, 255, 255), (16, 18, 22)


def bare_map(values: Tensor, size: tuple[int, int]) -> Image.Image:
    """Make a grey picture of a map (h w), black at 0 and white at its maximum.

    Args:
        values: not negative.
        size: (width, height) of the picture.
    """
    from PIL import Image

    from saccade.classic.pixels import of_largest

    grey = (of_largest(values[None])[0] * 255).round().byte().cpu().numpy()
    return Image.fromarray(grey).resize(size, Image.Resampling.BILINEAR)


def overlaid_map(picture: Image.Image, values: Tensor, path: Points = ()) -> Image.Image:
    """Lay a map (h w) over its picture, and number the looks on it."""
    from saccade.inspection.render import overlay

    drawn = overlay(picture, values, (0, 0, *picture.size), opacity=0.6, resample="bilinear")
    return with_path(drawn, path)


def with_path(picture: Image.Image, path: Points) -> Image.Image:
    """Join points by lines and number them from 1, on a copy of the picture."""
    from PIL import ImageDraw, ImageFont

    drawn = picture.copy()
    if not path:
        return drawn
    pen = ImageDraw.Draw(drawn)
    radius = max(4.0, max(picture.size) / 45)
    pen.line([*path, path[-1]], fill=_NUMBER, width=max(1, round(radius / 3)) + 2)
    pen.line([*path, path[-1]], fill=_PATH, width=max(1, round(radius / 3)))
    font = ImageFont.load_default(size=1.3 * radius)
    # The first looks lie on top.
    for number, (x, y) in reversed(list(enumerate(path, start=1))):
        circle = (x - radius, y - radius, x + radius, y + radius)
        pen.ellipse(circle, fill=_PATH, outline=_NUMBER, width=max(1, round(radius / 8)))
        pen.text((x, y), str(number), fill=_NUMBER, font=font, anchor="mm")
    return drawn


def write_sheet(path: Path, tiles: Sequence[Tile], *, kind: Literal["png", "svg"]) -> None:
    """Write pictures of one size side by side, each below its name.

    Raises:
        OutputError: the file cannot be written.
    """
    import numpy as np

    from saccade.viewer.figure_pens import PngPen, SvgPen, shortened

    width, height = tiles[0][1].size
    inner = (_WIDTH, max(1, round(_WIDTH * height / width)))
    columns = min(_COLUMNS, len(tiles))
    step = (inner[0] + _GAP, inner[1] + _LINE + _GAP)
    size = columns * step[0] + _GAP, math.ceil(len(tiles) / columns) * step[1] + _GAP
    pen = SvgPen(size, _GROUND, _INK) if kind == "svg" else PngPen(size, _GROUND, _INK)
    for place, (name, picture) in enumerate(tiles):
        left = _GAP + place % columns * step[0]
        top = _GAP + place // columns * step[1]
        pen.text((left, top + 16), shortened(name, 14, _WIDTH))
        sharp = picture.convert("RGB").resize((_DENSITY * inner[0], _DENSITY * inner[1]))
        pen.picture((left, top + _LINE), inner, np.asarray(sharp))
    pen.save(path)
