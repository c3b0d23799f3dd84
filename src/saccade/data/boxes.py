"""Where the things in pictures are: boxes, read from the files people have.

A CSV table has a row for each box: the picture's name, x0, y0, x1, y1, with or without a line of
headings. A JSON file is read as COCO lays it out: `images` with `id` and `file_name`, `annotations`
with `image_id` and `bbox` (x, y, width, height).

Points are told as everywhere in the library: pixels of the upright picture, x to the right, y down,
pixel i covers [i, i + 1).
"""

import csv
import json
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from saccade.errors import DataError

Boxes = Mapping[str, NDArray[np.float64]]
_SIDES = ("x0", "y0", "x1", "y1")
_NAMES = ("name", "image", "picture", "file")


def read_boxes(path: Path | str) -> Boxes:
    """Read boxes: name of the picture to x0, y0, x1, y1 of each of its boxes (k 4), in pixels.

    Args:
        path: a .csv or .json file.

    Raises:
        DataError: the file cannot be read, or holds no boxes.
    """
    file = Path(path)
    reader = _READERS.get(file.suffix.lower())
    if reader is None:
        raise DataError("boxes as .csv or COCO's .json", file.name, "saving as CSV")
    try:
        rows = reader(file)
    except OSError as error:
        raise DataError(f"a file {file.name}", error.strerror or str(error)) from error
    except (KeyError, IndexError, TypeError, AttributeError, ValueError) as error:
        words = " ".join(str(error).split()) or type(error).__name__
        hint = "lines name, x0, y0, x1, y1"
        raise DataError(f"boxes with four numbers in {file.name}", words, hint) from error
    if not rows:
        raise DataError(f"boxes in {file.name}", "none", "lines name, x0, y0, x1, y1")
    return _gathered(rows)


def boxes_of(boxes: Boxes, picture: str) -> NDArray[np.float64] | None:
    """Find the boxes of a picture by its path, its name, or its name without the ending."""
    file = Path(picture)
    return next((boxes[key] for key in (picture, file.name, file.stem) if key in boxes), None)


def _read_csv(path: Path) -> list[tuple[str, list[float]]]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        lines = [[cell.strip() for cell in line] for line in csv.reader(file) if line]
    if not lines or _numeric(lines[0][1:5]):
        return [(line[0], [float(cell) for cell in line[1:5]]) for line in lines]
    heads = [cell.lower() for cell in lines[0]]
    name = next(heads.index(one) for one in _NAMES if one in heads) if {*heads} & {*_NAMES} else 0
    places = [heads.index(side) for side in _SIDES]
    return [(line[name], [float(line[place]) for place in places]) for line in lines[1:]]


def _read_coco(path: Path) -> list[tuple[str, list[float]]]:
    found = json.loads(path.read_text(encoding="utf-8"))
    names = {image["id"]: str(image["file_name"]) for image in found["images"]}
    rows = []
    for one in found["annotations"]:
        x, y, width, height = (float(number) for number in one["bbox"])
        rows.append((names[one["image_id"]], [x, y, x + width, y + height]))
    return rows


_READERS: Mapping[str, Callable[[Path], list[tuple[str, list[float]]]]] = {
    ".csv": _read_csv,
    ".json": _read_coco,
}


def _numeric(cells: list[str]) -> bool:
    try:
        return len([float(cell) for cell in cells]) == 4
    except ValueError:
        return False


def _gathered(rows: list[tuple[str, list[float]]]) -> Boxes:
    found: dict[str, list[list[float]]] = {}
    for name, sides in rows:
        flat = not (sides[0] < sides[2] and sides[1] < sides[3])
        if flat or len(sides) != 4 or not np.isfinite(sides).all():
            raise DataError("boxes x0 y0 x1 y1 with x0 < x1 and y0 < y1", f"{name}: {sides}")
        found.setdefault(name, []).append(sides)
    return {name: np.array(sides, dtype=np.float64) for name, sides in found.items()}
