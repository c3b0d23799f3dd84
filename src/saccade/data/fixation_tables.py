"""The files that fixations come in, each read as rows: picture, viewer, x, y, milliseconds."""

import csv
import json
from collections.abc import Iterable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from saccade.errors import DataError, MissingExtra

Row = tuple[str, str, float, float, float]

_PICTURE = ("image", "picture", "file", "name")
_SUBJECT = ("subject", "viewer", "participant")
_DURATION = ("duration", "duration_ms")


def read_csv(path: Path) -> list[Row]:
    """Read a table with a line of headings."""
    with path.open(newline="", encoding="utf-8-sig") as file:
        return _rows(csv.DictReader(file), path.stem)


def read_json(path: Path) -> list[Row]:
    """Read a list of objects, or an object of picture to list of [x, y]."""
    found = json.loads(path.read_text(encoding="utf-8"))
    if isinstance(found, dict):
        return [
            (str(name), "0", float(point[0]), float(point[1]), float("nan"))
            for name, points in found.items()
            for point in points
        ]
    return _rows(found, path.stem)


def read_npz(path: Path) -> list[Row]:
    """Read arrays; pickled ones are refused."""
    with np.load(path, allow_pickle=False) as arrays:
        names, offset, x, y = (arrays[key] for key in ("names", "offset", "x", "y"))
        empty = np.full(len(x), np.nan)
        duration = arrays.get("duration_ms", empty)
        subject = arrays.get("subject", np.zeros(len(x), dtype=int))
    if len(offset) != len(names) + 1 or not len(x) == len(y) == len(subject) == offset[-1]:
        raise DataError(
            "an offset for each picture and the end", f"{len(offset)} for {len(names)} pictures"
        )
    picture = np.repeat(names, np.diff(offset))
    columns = (picture, subject, x, y, duration)
    return [
        (str(name), str(who), float(right), float(down), float(time))
        for name, who, right, down, time in zip(*columns, strict=True)
    ]


def read_matlab(path: Path) -> list[Row]:
    """Read OSIE's fixations.mat: a cell of pictures with `img` and `subjects`.

    Raises:
        MissingExtra: scipy is not installed.
    """
    try:
        reader: Any = import_module("scipy.io")
    except ImportError as error:
        raise MissingExtra(
            "scipy, to read MATLAB files", "no scipy", "pip install scipy"
        ) from error
    pictures = reader.loadmat(path, squeeze_me=True, struct_as_record=False)["fixations"]
    rows: list[Row] = []
    for picture in np.atleast_1d(pictures):
        for number, viewer in enumerate(np.atleast_1d(picture.subjects)):
            columns = [
                np.atleast_1d(getattr(viewer, name)) for name in ("fix_x", "fix_y", "fix_duration")
            ]
            rows += [
                (str(picture.img), str(number), float(x), float(y), float(time))
                for x, y, time in zip(*columns, strict=True)
            ]
    return rows


def _rows(table: Iterable[Mapping[str, Any]], picture: str) -> list[Row]:
    found = []
    for line in table:
        row = {str(key).strip().lower(): value for key, value in line.items()}
        duration = _first(row, _DURATION)
        found.append(
            (
                str(_first(row, _PICTURE) or picture),
                str(_first(row, _SUBJECT) or "0"),
                float(row["x"]),
                float(row["y"]),
                float(duration) if duration not in (None, "") else float("nan"),
            )
        )
    return found


def _first(row: Mapping[str, Any], names: tuple[str, ...]) -> str | float | None:
    return next((row[name] for name in names if name in row), None)
