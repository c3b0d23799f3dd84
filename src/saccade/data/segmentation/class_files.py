"""Files that name the classes of pixels: classes.txt, classes.json, class_dict.csv and the like."""

import re
from collections.abc import Mapping
from pathlib import Path

from saccade.data.decode import shown
from saccade.data.segmentation.classes import (
    Colour,
    PixelClass,
    PixelClasses,
    colour_of,
    means_void,
)
from saccade.data.words.reading import lines_of, read_json, read_text
from saccade.errors import DataError

NAMES = (
    *("classes.json", "classes.txt", "classes.csv", "class_dict.csv", "label_colors.txt"),
    *("labels.txt", "codes.txt"),
)
_WHAT = "names of classes"
_HINT = "lines such as 3 Road, or 3 Road 128 64 128"


def find_classes(folder: Path) -> PixelClasses | None:
    """Read the file in a folder that names the classes; None where there is none.

    Raises:
        DataError: there is one that cannot be used.
    """
    path = next((folder / name for name in NAMES if (folder / name).is_file()), None)
    return None if path is None else read_classes(path)


def read_classes(path: Path) -> PixelClasses:
    """Read the classes of pixels.

    A text has a line for each: a name, with its id before it and its colour behind or before it,
    as in "3 Road 128 64 128"; cells may be cut by commas or tabs. Without ids the lines are counted
    from 0. JSON is a list of names or of objects with name, id and color, or ids with their names.
    A name such as void, ignore or unlabelled says that such pixels do not count.

    Raises:
        DataError: it cannot be read, or says something else.
    """
    if path.suffix.lower() == ".json":
        rows = _json_rows(path)
    else:
        lines = enumerate(lines_of(read_text(path, _WHAT)), start=1)
        rows = [
            _row(text, path, number)
            for number, text in lines
            if text.strip() and not text.lstrip().startswith("#") and not _is_header(text)
        ]
    entries = tuple(
        PixelClass(name, place if number is None else number, colour, means_void(name))
        for place, (name, number, colour) in enumerate(rows)
    )
    try:
        return PixelClasses(entries)
    except DataError as error:
        raise DataError(f"{error.expected} in {shown(path)}", error.got, _HINT) from error


def _is_header(text: str) -> bool:
    """Tell a line of headings: it names colours instead of telling them."""
    words = [word.strip().lower() for word in re.split(r"[,\t;]", text)]
    return len(words) > 1 and words[0] in ("name", "class", "id") and not _number(words[-1])


def _row(text: str, path: Path, line: int) -> tuple[str, int | None, Colour | None]:
    """Read a line: numbers before the name, the name, numbers behind it."""
    cells = re.split(r"\s*[,\t;]\s*|\s+", text.strip())
    first = next((i for i, cell in enumerate(cells) if not _number(cell)), len(cells))
    last = next((i for i in range(len(cells), first, -1) if not _number(cells[i - 1])), first)
    before, name, after = cells[:first], " ".join(cells[first:last]), cells[last:]
    numbers = [int(cell) for cell in (*before, *after)]
    if not name or len(after) not in (0, 3) or len(numbers) not in (0, 1, 3, 4):
        got = f"{text.strip()[:60]!r} in line {line}"
        raise DataError(f"a class in each line of {shown(path)}", got, _HINT)
    number = numbers[0] if len(numbers) in (1, 4) else None
    try:
        return name, number, colour_of(numbers[-3:]) if len(numbers) > 1 else None
    except ValueError as error:
        expected = f"colours from 0 to 255 in {shown(path)}"
        raise DataError(expected, f"{error} in line {line}", _HINT) from error


def _json_rows(path: Path) -> list[tuple[str, int | None, Colour | None]]:
    value = read_json(path, _WHAT)
    if isinstance(value, Mapping) and isinstance(value.get("classes"), list):
        value = value["classes"]
    if isinstance(value, Mapping):
        value = [{"id": key, "name": name} for key, name in value.items()]
    if not isinstance(value, list):
        raise DataError(f"a list of classes in {shown(path)}", type(value).__name__)
    return [_json_row(one, path) for one in value]


def _json_row(one: object, path: Path) -> tuple[str, int | None, Colour | None]:
    if isinstance(one, str):
        return one, None, None
    try:
        told = dict(one)  # type: ignore[call-overload]
        number = told.get("id")
        colour = told.get("color", told.get("colour"))
        return str(told["name"]), None if number is None else int(number), colour_of(colour)
    except (KeyError, TypeError, ValueError) as error:
        expected = f"names, or objects with name, id and color in {shown(path)}"
        raise DataError(expected, f"{str(one)[:60]!r}") from error


def _number(cell: str) -> bool:
    return cell.isascii() and cell.isdigit()
