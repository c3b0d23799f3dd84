"""A sheet of pictures: each photograph, where people looked, and the maps side by side.

Its words are English: the font that Pillow brings along has no Hangul.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFont

from saccade.files import write_bytes
from saccade.inspection.render import overlay

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from saccade.explanation.gaze_comparison import GazePictures, GazeRow
    from saccade.explanation.gaze_sources import MapSource

_WIDTH, _GAP, _HEAD = 200, 6, 18  # pixels of a picture, between two, and of a line of text
_DOT = 2
_INK, _PAPER, _LOOK = (30, 32, 38), (255, 255, 255), (255, 77, 109)


def chosen_pictures(rows: Sequence[GazeRow], count: int) -> list[str]:
    """Choose the pictures on which the best map is best, and those on which it is worst."""
    from saccade.cli.gaze_tables import ordered

    best = next((row for row in ordered(rows) if row.kind == "method"), rows[0])
    names = [name for name, _ in best.ranked]
    first = (count + 1) // 2
    return names if len(names) <= count else names[:first] + names[len(names) - count // 2 :]


def write_sheet(
    path: Path,
    names: Sequence[str],
    pictures: GazePictures,
    sources: Mapping[str, MapSource],
    rows: Sequence[GazeRow],
) -> None:
    """Draw a line of pictures for each name, with the NSS of each map below it.

    Args:
        path: of the PNG.
        names: of the pictures.
        pictures: with their fixations.
        sources: name to what gives the map of a picture.
        rows: what `compare_gaze` measured.
    """
    lines = [_line(name, pictures, sources, rows) for name in names]
    size = max(line.width for line in lines), sum(line.height for line in lines)
    sheet, top = Image.new("RGB", size, _PAPER), 0
    for line in lines:
        sheet.paste(line, (0, top))
        top += line.height
    image = io.BytesIO()
    sheet.save(image, "PNG")
    write_bytes(path, image.getvalue())


def _line(
    name: str,
    pictures: GazePictures,
    sources: Mapping[str, MapSource],
    rows: Sequence[GazeRow],
) -> Image.Image:
    from saccade.data.decode import open_picture

    path, viewed = pictures.paths[name], pictures.study.picture(name)
    whole = open_picture(path)[0]
    small = whole.resize((_WIDTH, max(1, round(whole.height * _WIDTH / whole.width))))
    box = (0.0, 0.0, float(small.width), float(small.height))
    photograph = small.copy()
    pen = ImageDraw.Draw(photograph)
    for x, y in (viewed.points * (_WIDTH / viewed.size[1])).tolist():
        pen.ellipse((x - _DOT, y - _DOT, x + _DOT, y + _DOT), outline=_LOOK)
    people = overlay(small, viewed.density, box, resample="bilinear")
    cells = [(f"photograph {name}", photograph), ("people", people)]
    told = {row.name: row.scores[name].get("nss") for row in rows if row.kind == "method"}
    for source, make in sources.items():
        shown = overlay(small, viewed.fitted(make(path, whole)), box, resample="bilinear")
        score = "-" if told[source] is None else f"{told[source]:.2f}"
        cells.append((f"{source} {score}", shown))
    return _beside(cells, small.height)


def _beside(cells: Sequence[tuple[str, Image.Image]], height: int) -> Image.Image:
    line = Image.new(
        "RGB", (len(cells) * (_WIDTH + _GAP) + _GAP, height + _HEAD + 2 * _GAP), _PAPER
    )
    pen, font = ImageDraw.Draw(line), ImageFont.load_default(12)
    for number, (title, picture) in enumerate(cells):
        left = _GAP + number * (_WIDTH + _GAP)
        line.paste(picture, (left, _HEAD + _GAP))
        pen.text((left, _GAP // 2), _short(title, pen), fill=_INK, font=font)
    return line


def _short(title: str, pen: ImageDraw.ImageDraw) -> str:
    """Cut the beginning of a title away until it fits over its picture."""
    font = ImageFont.load_default(12)
    while pen.textlength(title, font=font) > _WIDTH:
        title = "…" + title[2:]
    return title
