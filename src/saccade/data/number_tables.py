"""Tables of numbers with a column of classes: CSV, TSV or npz.

The first line names the columns. Empty cells and NA, NaN, null, none and ? are gaps. An npz file
holds features (n d) as X, x, data, features or values, or as its only matrix, the classes as the
target names them, and maybe names as feature_names or names.

Axes: n rows, d features.
"""

import csv
import io
import math
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saccade.data.decode import shown
from saccade.errors import DataError

TARGETS = ("y", "target", "label", "class", "labels")
_FEATURES = ("X", "x", "data", "features", "values")
_NAMES = ("feature_names", "names")
_GAPS = ("", "na", "nan", "null", "none", "n/a", "?", "-nan")
_MARKS = ",;\t|"


@dataclass(frozen=True, slots=True, eq=False)
class NumberTable:
    """Numbers with a class for each row.

    Args:
        name: of the table, for people.
        names: of the features (d).
        values: float64 (n d); NaN for gaps.
        labels: classes (n), as text.
        target: the name of the column of classes.
    """

    name: str
    names: tuple[str, ...]
    values: NDArray[np.float64]
    labels: NDArray[np.str_]
    target: str


def read_numbers(
    path: Path,
    *,
    target: str | None = None,
    leave_out: Sequence[str] = (),
    delimiter: str | None = None,
) -> NumberTable:
    """Read a table of numbers.

    Args:
        path: of the table, .csv, .tsv, .txt or .npz.
        target: the column of classes; the first of y, target, label, class and labels unless told.
        leave_out: columns that are no features, such as an index.
        delimiter: between the cells; what the first line has most of unless told.

    Raises:
        DataError: it is no such table; the sentence names the line and the column.
    """
    if path.suffix.lower() == ".npz":
        return _npz(path, target, leave_out)
    names, lines = _cells(path, _text(path), delimiter)
    place = _target(path, names, target)
    _check_known(path, names, leave_out)
    columns = [
        column for column, name in enumerate(names) if column != place and name not in leave_out
    ]
    if not columns:
        raise DataError(f"a column of numbers beside {names[place]} in {shown(path.name)}", "none")
    values = np.array(
        [[_number(path, line, names[c], cells[c]) for c in columns] for line, cells in lines]
    )
    labels = [_label(path, line, names[place], cells[place]) for line, cells in lines]
    chosen = tuple(names[column] for column in columns)
    return NumberTable(shown(path.name), chosen, values, np.array(labels), names[place])


def table_text(table: NumberTable, columns: Sequence[int]) -> str:
    """Write some columns of a table and its classes as CSV; gaps are empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*(table.names[column] for column in columns), table.target])
    for row, label in zip(table.values[:, list(columns)], table.labels, strict=True):
        writer.writerow([*("" if math.isnan(cell) else f"{cell:.17g}" for cell in row), label])
    return text.getvalue()


def _text(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "no UTF-8 text"
        raise DataError(f"a table of numbers at {shown(path)}", why, "another path") from error
    if not text.strip():
        raise DataError(f"a table of numbers at {shown(path)}", "an empty file", "another path")
    return text


def _cells(
    path: Path, text: str, delimiter: str | None
) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The names of the columns, and the cells of each line with its number."""
    header = text.split("\n", 1)[0]
    marks = "\t,;|" if path.suffix.lower() == ".tsv" else _MARKS
    mark = delimiter or max(marks, key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, skipinitialspace=True)
    rows: list[tuple[int, list[str]]] = []
    try:
        names = [name.strip() for name in next(reader, [])]
        rows += [(reader.line_num, [cell.strip() for cell in cells]) for cells in reader if cells]
    except csv.Error as error:
        raise DataError(
            f"cells in {shown(path.name)}", f"line {reader.line_num}: {error}"
        ) from error
    _check_names(path, names, mark)
    for line, cells in rows:
        if len(cells) != len(names):
            got = f"{len(cells)} in line {line}"
            raise DataError(f"{len(names)} cells a line in {shown(path.name)}", got)
    if not rows:
        raise DataError(f"lines below the names in {shown(path.name)}", "none")
    return names, rows


def _check_names(path: Path, names: Sequence[str], mark: str) -> None:
    file = shown(path.name)
    if len(names) < 2:
        told = "a tab" if mark == "\t" else repr(mark)
        hint = "--delimiter with what stands between the cells"
        raise DataError(f"columns with {told} between them in {file}", f"only {names[0]!r}", hint)
    if all(_is_number(name) for name in names):
        hint = "a first line such as x1,x2,y"
        raise DataError(f"names of the columns in line 1 of {file}", "numbers", hint)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DataError(f"a name of its own for each column of {file}", f"{twice[0]!r} twice")


def _target(path: Path, names: Sequence[str], target: str | None) -> int:
    """Find the column of classes."""
    found = target or next((name for name in TARGETS if name in names), None)
    if found is None:
        wanted = f"a column of classes in {shown(path.name)}: {', '.join(TARGETS)}"
        raise DataError(wanted, _few(names), f"--target {names[-1]}")
    if found not in names:
        near = get_close_matches(found, names, n=3, cutoff=0.5) or list(names[-1:])
        hint = f"--target {' or '.join(near)}"
        raise DataError(f"a column {found!r} in {shown(path.name)}", _few(names), hint)
    return names.index(found)


def _check_known(path: Path, names: Sequence[str], leave_out: Sequence[str]) -> None:
    for name in leave_out:
        if name not in names:
            near = get_close_matches(name, names, n=3, cutoff=0.5)
            raise DataError(
                f"a column {name!r} to leave out of {shown(path.name)}",
                _few(names),
                " or ".join(near),
            )


def _number(path: Path, line: int, column: str, cell: str) -> float:
    if cell.lower() in _GAPS:
        return math.nan
    try:
        return float(cell)
    except ValueError:
        hint = f"--leave-out {column!r}, or a number"
        if _is_number(cell.replace(",", ".")):
            hint = f"a point in place of the comma: {cell.replace(',', '.')}"
        raise DataError(
            f"a number in column {column!r} of {shown(path.name)}",
            f"{shown(cell[:40])!r} in line {line}",
            hint,
        ) from None


def _label(path: Path, line: int, column: str, cell: str) -> str:
    if cell.lower() in _GAPS:
        raise DataError(
            f"a class in column {column!r} of {shown(path.name)}",
            f"none in line {line}",
            "leaving the line out",
        )
    return cell


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:8]) + (" ..." if len(names) > 8 else "")


def _npz(path: Path, target: str | None, leave_out: Sequence[str]) -> NumberTable:
    file = shown(path.name)
    arrays = _arrays(path)
    place = _target(path, list(arrays), target)
    labels = list(arrays.values())[place]
    chosen = list(arrays)[place]
    matrices = [name for name, one in arrays.items() if one.ndim == 2 and name != chosen]
    named = next((name for name in _FEATURES if name in matrices), None)
    if named is None and len(matrices) != 1:
        hint = f"an array called {_FEATURES[0]}"
        raise DataError(f"one matrix of features in {file}", f"{len(matrices)} matrices", hint)
    values = arrays[named or matrices[0]]
    if values.dtype.kind not in "fiub":
        raise DataError(f"numbers in {named or matrices[0]} of {file}", str(values.dtype))
    if labels.shape != values.shape[:1]:
        wanted = f"a class for each of {len(values)} rows in {chosen} of {file}"
        raise DataError(wanted, str(labels.shape))
    found = next((arrays[name] for name in _NAMES if name in arrays), None)
    names = (
        [f"x{c + 1}" for c in range(values.shape[1])] if found is None else list(map(str, found))
    )
    if len(names) != values.shape[1]:
        raise DataError(f"{values.shape[1]} names of features in {file}", f"{len(names)}")
    _check_known(path, names, leave_out)
    kept = [column for column, name in enumerate(names) if name not in leave_out]
    told = tuple(names[column] for column in kept)
    return NumberTable(file, told, values[:, kept].astype(np.float64), _words(labels), chosen)


def _arrays(path: Path) -> dict[str, NDArray[Any]]:
    """The arrays of a file; pickled ones are refused."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise DataError(f"an npz file of plain arrays at {shown(path)}", why) from error


def _words(labels: NDArray[Any]) -> NDArray[np.str_]:
    """Classes as text, 1.0 as 1."""
    if labels.dtype.kind == "f" and np.all(labels == np.round(labels)):
        labels = labels.astype(np.int64)
    return labels.astype(str)
