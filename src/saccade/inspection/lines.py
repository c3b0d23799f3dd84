"""Lines on a picture: warped grids, boxes, the cell of a query; and a chart of bars."""

import math
from collections.abc import Sequence
from itertools import pairwise

import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from saccade.inspection.render import colour_map

Frame = tuple[float, float, float, float]

_DARK, _LIGHT = (16, 18, 22), (255, 255, 255)
_CORNER = (255, 77, 109)
_MOST_LINES = 15
_FAR = 20.0  # half sides of the box; nothing further out is drawn
_ACCENT = (47, 91, 208)


def meshes(picture: Image.Image, points: Tensor, box: Frame) -> Image.Image:
    """Draw warped grids: where each output position was sampled.

    Args:
        picture: the ground.
        points: (parts h w xy) in -1…1 of the box; at most 15 lines each way are drawn, and a dot at
            the upper left corner of the output.
        box: left, top, right, bottom of the model's view, in pixels of the picture.
    """
    canvas = picture.copy()
    for part in points:
        _mesh(canvas, part, box)
    return canvas


def _mesh(canvas: Image.Image, points: Tensor, box: Frame) -> None:
    pen = ImageDraw.Draw(canvas)
    rows, columns = (_some(size) for size in points.shape[:2])
    paths = [points[row] for row in rows] + [points[:, column] for column in columns]
    # A projective warp may look infinitely far away.
    paths = [path.nan_to_num(0.0).clamp(-_FAR, _FAR) for path in paths]
    tracks = [[_on(box, *point) for point in path.tolist()] for path in paths]
    edges = {0, len(rows) - 1, len(rows), len(tracks) - 1}
    width = max(1, max(canvas.size) // 320)
    for colour, more in ((_DARK, 1), (_LIGHT, 0)):
        for number, track in enumerate(tracks):
            thick = width * (2 if number in edges else 1) + more
            pen.line(track if len(track) > 1 else track * 2, fill=colour, width=thick)
    (x, y), away = tracks[0][0], 4 * width
    pen.ellipse((x - away, y - away, x + away, y + away), fill=_CORNER, outline=_LIGHT, width=width)


def boxes(picture: Image.Image, edges: Tensor, box: Frame) -> Image.Image:
    """Draw boxes, from dark to light in the order of time, their centres joined by arrows.

    Args:
        picture: the ground.
        edges: (t s box) as x0 y0 x1 y1 in -1…1 of the box.
        box: left, top, right, bottom of the model's view, in pixels of the picture.
    """
    canvas = Image.blend(picture, Image.new("RGB", picture.size), 0.25)
    pen = ImageDraw.Draw(canvas)
    times = edges.shape[0]
    width = max(2, max(canvas.size) // 240)
    shades = colour_map(torch.linspace(0.35, 1.0, max(times, 1)))
    colours = [(r, g, b) for r, g, b in shades.tolist()]
    track = []
    for time, scales in enumerate(edges.tolist()):
        for x0, y0, x1, y1 in scales:
            corners = [_on(box, x0, y0), _on(box, x1, y1)]
            left, right = sorted(x for x, _ in corners)
            top, bottom = sorted(y for _, y in corners)
            pen.rectangle((left, top, right, bottom), outline=_LIGHT, width=width + 2)
            pen.rectangle((left, top, right, bottom), outline=colours[time], width=width)
        x0, y0, x1, y1 = scales[0]
        track.append(_on(box, (x0 + x1) / 2, (y0 + y1) / 2))
    for start, end in pairwise(track):
        _arrow(pen, start, end, width)
    for time, (x, y) in enumerate(track):
        pen.text(
            (x, y),
            str(time),
            fill=_LIGHT,
            stroke_fill=_DARK,
            stroke_width=3,
            font=ImageFont.load_default(18),
        )
    return canvas


def _arrow(
    pen: ImageDraw.ImageDraw, start: tuple[float, float], end: tuple[float, float], width: int
) -> None:
    """Draw an arrow whose head lies in the middle, where no number hides it."""
    pen.line((start, end), fill=_LIGHT, width=width)
    length = math.dist(start, end)
    if length < 8 * width:
        return
    along = (end[0] - start[0]) / length, (end[1] - start[1]) / length
    middle = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
    tip = middle[0] + 3 * width * along[0], middle[1] + 3 * width * along[1]
    back = tip[0] - 6 * width * along[0], tip[1] - 6 * width * along[1]
    across = -3 * width * along[1], 3 * width * along[0]
    sides = [(back[0] + sign * across[0], back[1] + sign * across[1]) for sign in (1, -1)]
    pen.polygon([tip, *sides], fill=_LIGHT, outline=_DARK)


def cell(
    picture: Image.Image, query: tuple[int, int], grid: tuple[int, int], box: Frame
) -> Image.Image:
    """Frame the cell (row, column) of a grid that covers the box."""
    canvas = picture.copy()
    pen = ImageDraw.Draw(canvas)
    (row, column), (rows, columns) = query, grid
    left, top = _on(box, 2 * column / columns - 1, 2 * row / rows - 1)
    right, bottom = _on(box, 2 * (column + 1) / columns - 1, 2 * (row + 1) / rows - 1)
    (left, right), (top, bottom) = sorted((left, right)), sorted((top, bottom))
    for colour, away in ((_DARK, 3), (_LIGHT, 1)):
        outline = (left - away, top - away, right + away, bottom + away)
        pen.rectangle(outline, outline=colour, width=2)
    return canvas


def bars(values: Tensor, side: int) -> Image.Image:
    """Draw a chart of one value a channel, from zero.

    Args:
        values: (c).
        side: pixels of its width; its height is half of that.
    """
    canvas = Image.new("RGB", (side, side // 2), _LIGHT)
    pen = ImageDraw.Draw(canvas)
    left, top, right, bottom = 52, 16, side - 12, side // 2 - 30
    low, high = min(0.0, float(values.min())), max(0.0, float(values.max()))
    span = (high - low) or 1.0

    def level(value: float) -> float:
        return bottom - (bottom - top) * (value - low) / span

    for tick in (low, (low + high) / 2, high):
        pen.line((left, level(tick), right, level(tick)), fill=(220, 223, 229))
        text = (left - 6, level(tick))
        pen.text(
            text, f"{tick:.3g}", fill=(86, 93, 106), anchor="rm", font=ImageFont.load_default(13)
        )
    wide = (right - left) / len(values)
    for channel, value in enumerate(values.tolist()):
        x, y = left + channel * wide, sorted((level(value), level(0.0)))
        pen.rectangle((x, y[0], x + 0.8 * wide, y[1]), fill=_ACCENT)
    pen.line((left, level(0.0), right, level(0.0)), fill=(86, 93, 106))
    words = f"{len(values)} channels"
    pen.text((left, bottom + 8), words, fill=(86, 93, 106), font=ImageFont.load_default(13))
    return canvas


def _on(box: Frame, x: float, y: float) -> tuple[float, float]:
    """A point in -1…1 of the box, in pixels of the picture."""
    left, top, right, bottom = box
    return left + (x + 1) / 2 * (right - left), top + (y + 1) / 2 * (bottom - top)


def _some(size: int) -> Sequence[int]:
    """At most so many lines of a grid, the first and the last among them."""
    count = min(size, _MOST_LINES)
    return sorted({round(i * (size - 1) / max(count - 1, 1)) for i in range(count)})
