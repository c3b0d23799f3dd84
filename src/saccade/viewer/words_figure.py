"""Figures of words and where they looked, without a browser: PNG, or SVG written by hand.

Source: Xu et al., Show, Attend and Tell, ICML 2015, arXiv 1502.03044, figures 2 to 5: one panel a
word over the photograph; Bahdanau et al., arXiv 1409.0473, figure 3: a matrix of written words
(rows) and source words (columns).

Axes: maps (t j), one row a word.

Differs: the map lies over the original photograph and not over the model's crop of it; each map is
drawn from 0 to its own largest value, so that an even map is evenly bright.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from saccade.data.geometry import Geometry
from saccade.errors import ConfigError, DataError
from saccade.files import check_writable
from saccade.inspection.render import colour_map
from saccade.viewer.figure_pens import FIGURES, Pen, Pixels, PngPen, SvgPen, shortened, width_of
from saccade.viewer.word_maps import Floats, over_picture, smooth_map, word_maps

_GAP = 12
_TITLE = 24
_LETTERS = 15.0
# Ground and ink; then the colours of a cell that reads nothing, and of one that reads all.
_THEMES = {
    "light": ("#ffffff", "#1b1e24", (236, 238, 242), (47, 91, 208)),
    "dark": ("#121418", "#e8eaee", (38, 42, 50), (141, 176, 255)),
}
_SLANT = 0.75  # of its length, that a label turned by 45 degrees rises, with its letters


@dataclass(frozen=True, kw_only=True, slots=True)
class FigureOptions:
    """How a figure is drawn.

    Args:
        columns: panels in a row.
        side: longer side of a panel, or of a matrix's cell times 8, in pixels.
        look: "grey" lays a grey map over the photograph as the paper does, "spotlight" darkens
            what was not looked at, "colour" lays a coloured map.
        opacity: of the map, 0-1.
        smooth: bilinear and a Gaussian of a third of a cell; otherwise the cells as they are.
        theme: "light" or "dark" ground.
        density: pixels of a PNG a unit.
        font: a font file for PNG; without one the first of this machine that has the letters.

    Raises:
        ConfigError: a number is out of its range.
    """

    columns: int = 5
    side: int = 224
    look: Literal["grey", "spotlight", "colour"] = "grey"
    opacity: float = 0.8
    smooth: bool = True
    theme: Literal["light", "dark"] = "light"
    density: int = 2
    font: Path | None = None

    def __post_init__(self) -> None:
        ranges = {"columns": (1, 100), "side": (16, 4096), "density": (1, 8), "opacity": (0, 1)}
        for name, (least, most) in ranges.items():
            if not least <= getattr(self, name) <= most:
                raise ConfigError(f"{name} from {least} to {most}", str(getattr(self, name)))
        if self.look not in ("grey", "spotlight", "colour") or self.theme not in _THEMES:
            raise ConfigError(
                "look grey, spotlight or colour, and theme light or dark",
                f"{self.look} and {self.theme}",
            )


def write_caption_figure(
    path: Path,
    picture: Image.Image,
    words: Sequence[str],
    maps: Tensor,
    grid: tuple[int, int],
    *,
    geometry: Geometry | None = None,
    options: FigureOptions | None = None,
) -> None:
    """Write the photograph and one panel a word with its map over it.

    Args:
        path: ends in .png or .svg.
        picture: the upright photograph.
        words: of the caption.
        maps: (t j) weights of each word; a last row of the end, if there, is left out.
        grid: (rows, columns) of the cells j.
        geometry: how the photograph became the model's image; without one the whole of it did.
        options: how it is drawn.

    Raises:
        DataError: the maps do not fit the words, the grid or the photograph.
        OutputError: the file cannot be written, or no font has the letters.
    """
    chosen = options or FigureOptions()
    check_writable(path, FIGURES)
    values = word_maps(maps, len(words), grid[0] * grid[1])[: len(words)]
    lies = geometry or Geometry.of(picture.size)
    if lies.upright != picture.size:
        raise DataError(f"an upright photograph of {lies.upright} pixels", str(picture.size))
    wide, tall = _within(picture.size, chosen.side)
    columns = min(chosen.columns, len(words) + 1)
    rows = -(-(len(words) + 1) // columns)
    size = (columns * (wide + _GAP) + _GAP, rows * (tall + _TITLE + _GAP) + _GAP)
    pen = _pen(path, size, chosen)
    photo = _photo(picture, (wide, tall), chosen)
    for place, word in enumerate(["", *words]):
        left = _GAP + place % columns * (wide + _GAP)
        top = _GAP + place // columns * (tall + _TITLE + _GAP)
        told = shortened(word, _LETTERS, wide)
        pen.text((left + wide / 2, top + _LETTERS), told, size=_LETTERS, anchor="middle")
        shown = photo
        if place > 0:
            shown = panel(photo, values[place - 1].reshape(grid), lies, chosen)
        pen.picture((left, top + _TITLE), (wide, tall), shown)
    pen.save(path)


def panel(photo: Pixels, values: Floats, geometry: Geometry, options: FigureOptions) -> Pixels:
    """Lay the map of one word over a photograph.

    Args:
        photo: (height width 3), the upright photograph at the size of the panel.
        values: (h w) weights.
        geometry: of the photograph.
        options: how it is drawn.
    """
    fine = smooth_map(values) if options.smooth else np.kron(values, np.ones((24, 24)))
    height, width = photo.shape[:2]
    light = over_picture(fine / (fine.max() or 1.0), geometry, (width, height))
    seen = np.isfinite(light)[..., None]
    light = np.nan_to_num(light)[..., None]
    if options.look == "spotlight":
        mixed = photo * (1.0 - options.opacity * (1.0 - light))
    else:
        coloured = 255.0 * light
        if options.look == "colour":
            coloured = colour_map(torch.from_numpy(light[..., 0])).numpy().astype(np.float64)
            coloured = np.where(seen, coloured, 0.0)
        mixed = (1.0 - options.opacity) * photo + options.opacity * coloured
    return mixed.round().clip(0, 255).astype(np.uint8)


def write_alignment_figure(
    path: Path,
    source: Sequence[str],
    words: Sequence[str],
    weights: Tensor,
    options: FigureOptions | None = None,
) -> None:
    """Write the matrix of what each written word (row) read of each source word (column).

    Args:
        path: ends in .png or .svg.
        source: words that were read.
        words: that were written.
        weights: (t j), rows of words, columns of source words; a last row of the end is left out.
        options: how it is drawn.

    Raises:
        DataError: the weights do not fit the words.
        OutputError: the file cannot be written, or no font has the letters.
    """
    chosen = options or FigureOptions()
    check_writable(path, FIGURES)
    values = word_maps(weights, len(words), len(source))[: len(words)]
    cell = chosen.side / 8
    left = max((width_of(word, _LETTERS) for word in words), default=0) + 2 * _GAP
    longest = max((width_of(word, _LETTERS) for word in source), default=0)
    top = _SLANT * longest + _LETTERS + 2 * _GAP
    size = (
        round(left + cell * len(source) + _SLANT * longest + _GAP),
        round(top + cell * len(words) + _GAP),
    )
    pen = _pen(path, size, chosen)
    for column, word in enumerate(source):
        at = (left + cell * (column + 0.5) + _LETTERS / 3, top - _GAP / 2)
        pen.text(at, word, size=_LETTERS, turn=-45)
    for row, word in enumerate(words):
        middle = top + cell * (row + 0.5)
        pen.text((left - _GAP / 2, middle + _LETTERS / 3), word, size=_LETTERS, anchor="end")
        _cells(pen, (left, top + cell * row), cell, values[row], chosen)
    pen.save(path)


def _cells(
    pen: Pen, corner: tuple[float, float], cell: float, values: Floats, options: FigureOptions
) -> None:
    """One row of a matrix."""
    none, full = (np.array(end, dtype=np.float64) for end in _THEMES[options.theme][2:])
    for column, value in enumerate(values):
        colour = (none + (full - none) * min(float(value), 1.0)).round().astype(int)
        place = (corner[0] + cell * column + 0.5, corner[1] + 0.5)
        pen.rectangle(place, (cell - 1, cell - 1), "#{:02x}{:02x}{:02x}".format(*colour))


def _pen(path: Path, size: tuple[int, int], options: FigureOptions) -> Pen:
    ground, ink = _THEMES[options.theme][:2]
    if path.suffix.lower() == ".svg":
        return SvgPen(size, ground, ink)
    return PngPen(size, ground, ink, density=options.density, font=options.font)


def _within(size: tuple[int, int], side: int) -> tuple[int, int]:
    """The size with this longer side and the same shape."""
    factor = side / max(size)
    return max(1, round(size[0] * factor)), max(1, round(size[1] * factor))


def _photo(picture: Image.Image, size: tuple[int, int], options: FigureOptions) -> Pixels:
    """The photograph as fine as a PNG draws it."""
    fine = (size[0] * options.density, size[1] * options.density)
    shown = picture.convert("RGB").resize(fine, Image.Resampling.BICUBIC, reducing_gap=3.0)
    return np.asarray(shown, dtype=np.uint8)
