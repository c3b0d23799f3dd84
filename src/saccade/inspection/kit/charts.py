"""Charts of numbers: dots a layer, tiles of small maps."""

import math
from collections.abc import Sequence

import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from saccade.inspection.render import colour_map
from saccade.shapes import expect

_PAPER, _INK, _LINE, _DOT = (255, 255, 255), (86, 93, 106), (220, 223, 229), (47, 91, 208)
_MARK = (255, 77, 109)


def dots(values: Tensor, *, title: str, level: float | None = None, side: int = 640) -> Image.Image:
    """Draw a dot for each head over its layer, as in figure 7 of the vision transformer.

    Args:
        values: (layers heads); what is no number is left out.
        title: what the values are, with their unit.
        level: a value to compare with, drawn as a line.
        side: pixels of the width; the height is six tenths of it.
    """
    expect(values, "t heads", "the values")
    canvas = Image.new("RGB", (side, side * 6 // 10), _PAPER)
    pen, font = ImageDraw.Draw(canvas), ImageFont.load_default(13)
    left, top, right, bottom = 64, 34, side - 16, side * 6 // 10 - 40
    known = values[values.isfinite()].tolist() + ([] if level is None else [level])
    low, high = min(known, default=0.0), max(known, default=1.0)
    low, high = min(low, 0.0), high if high > min(low, 0.0) else low + 1.0

    def place(value: float) -> float:
        return bottom - (bottom - top) * (value - low) / (high - low)

    for tick in (low, (low + high) / 2, high):
        pen.line((left, place(tick), right, place(tick)), fill=_LINE)
        pen.text((left - 6, place(tick)), f"{tick:.3g}", fill=_INK, anchor="rm", font=font)
    if level is not None:
        pen.line((left, place(level), right, place(level)), fill=_MARK, width=2)
    wide, radius = (right - left) / max(len(values), 1), 4
    every = math.ceil(len(values) / 24)
    for layer, heads in enumerate(values.tolist()):
        x = left + (layer + 0.5) * wide
        if layer % every == 0:
            pen.text((x, bottom + 6), str(layer), fill=_INK, anchor="ma", font=font)
        for value in (value for value in heads if math.isfinite(value)):
            y = place(value)
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), outline=_DOT, width=2)
    pen.text((left, 8), title, fill=_INK, font=ImageFont.load_default(15))
    pen.text(((left + right) / 2, bottom + 22), "layer", fill=_INK, anchor="ma", font=font)
    return canvas


def tiles(
    maps: Sequence[Tensor], words: Sequence[str], *, columns: int, title: str, side: int = 96
) -> Image.Image:
    """Draw small maps in rows, each stretched from its own least to its own largest value.

    Args:
        maps: each (h w); or pictures (h w 3) in 0-1, which are drawn as they are.
        words: what stands below each map.
        columns: maps in a row.
        title: what they are.
        side: pixels of the longer side of a map.
    """
    sizes = [_size(one, side) for one in maps]
    lines = max((word.count("\n") + 1 for word in words), default=1)
    wide, high = side + 12, max((size[1] for size in sizes), default=0) + 8 + 14 * lines
    rows = math.ceil(len(maps) / columns)
    width = max(min(columns, len(maps)) * wide + 12, 12 + 9 * len(title))
    canvas = Image.new("RGB", (width, rows * high + 40), _PAPER)
    pen = ImageDraw.Draw(canvas)
    pen.text((12, 8), title, fill=_INK, font=ImageFont.load_default(15))
    for number, (one, word, size) in enumerate(zip(maps, words, sizes, strict=True)):
        x, y = 12 + number % columns * wide, 34 + number // columns * high
        canvas.paste(_coloured(one).resize(size, Image.Resampling.NEAREST), (x, y))
        pen.text((x, y + size[1] + 2), word, fill=_INK, font=ImageFont.load_default(11))
    return canvas


def sheet(
    pictures: Sequence[Image.Image], words: Sequence[str], *, columns: int = 6
) -> Image.Image:
    """Set pictures of one size in rows, one line below each.

    Args:
        pictures: at least one.
        words: what each is.
        columns: pictures in a row.
    """
    wide, high = pictures[0].width + 8, pictures[0].height + 30
    rows, across = math.ceil(len(pictures) / columns), min(columns, len(pictures))
    canvas = Image.new("RGB", (across * wide + 8, rows * high + 8), _PAPER)
    pen = ImageDraw.Draw(canvas)
    for number, (picture, word) in enumerate(zip(pictures, words, strict=True)):
        x, y = 8 + number % columns * wide, 8 + number // columns * high
        canvas.paste(picture, (x, y))
        below = y + picture.height + 4
        pen.text((x, below), word, fill=_INK, font=ImageFont.load_default(13))
    return canvas


def stretched(values: Tensor) -> Tensor:
    """Values moved to 0-1: the least is 0, the largest 1; all 0 where they are alike."""
    low, high = values.min(), values.max()
    return (values - low) / (high - low).clamp_min(torch.finfo(torch.float32).tiny)


def mosaic(maps: Tensor, *, title: str, side: int = 720) -> Image.Image:
    """Draw a grid of grids, on one scale from -1 to 1, as in figure 7 of the vision transformer.

    Args:
        maps: the tile of row r and column c is maps[r, c] (rows columns h w).
        title: what they are.
        side: pixels of the longer side, about.
    """
    rows, columns, height, width = maps.shape
    cell = max(1, side // max(rows * (height + 1), columns * (width + 1)))
    down, right = (height + 1) * cell, (width + 1) * cell
    size = max(columns * right + 24, 24 + 9 * len(title)), rows * down + 46
    canvas = Image.new("RGB", size, _PAPER)
    ImageDraw.Draw(canvas).text((12, 8), title, fill=_INK, font=ImageFont.load_default(15))
    for row in range(rows):
        for column in range(columns):
            tile = Image.fromarray(colour_map((maps[row, column] + 1) / 2).numpy())
            tile = tile.resize((width * cell, height * cell), Image.Resampling.NEAREST)
            canvas.paste(tile, (12 + column * right, 34 + row * down))
    return canvas


def _coloured(one: Tensor) -> Image.Image:
    if one.dim() == 3:
        return Image.fromarray((one.clamp(0, 1) * 255).round().to(torch.uint8).numpy())
    return Image.fromarray(colour_map(stretched(one)).numpy())


def _size(one: Tensor, side: int) -> tuple[int, int]:
    times = side / max(one.shape[:2])
    return max(1, round(one.shape[1] * times)), max(1, round(one.shape[0] * times))
