"""Reading files of text: UTF-8, plain or gzip, line by line, as cells or as JSON."""

import csv
import gzip
import json
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from saccade.data.decode import shown
from saccade.data.folders import PART_NAMES
from saccade.data.sets import BadFile
from saccade.errors import DataError

Row = tuple[int, list[str]]  # line in the file, counted from 1, and its cells

_PARTS = {name: part for part, names in PART_NAMES.items() for name in names}
_PARTS["restval"] = "train"  # of COCO's validation pictures, those that Karpathy's split trains on


def part_of(word: str) -> str | None:
    """Give the part that a word stands for, such as "train" for "restval"; None for no part."""
    return _PARTS.get(word.strip().lower())


def read_text(path: Path, what: str) -> str:
    """Read a text file, unpacked where its name ends in .gz.

    Args:
        path: of the file.
        what: it should be, for the message.

    Raises:
        DataError: it cannot be read, or is not in UTF-8.
    """
    expected = f"{what} at {shown(path)}"
    try:
        data = path.read_bytes()
        data = gzip.decompress(data) if path.suffix.lower() == ".gz" else data
    except (OSError, EOFError, ValueError, zlib.error) as error:
        why = "a folder" if path.is_dir() else getattr(error, "strerror", None) or str(error)
        raise DataError(expected, why, "another path") from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        got = f"bytes in line {line} that are not UTF-8"
        raise DataError(expected, got, "saving it in UTF-8") from error


def lines_of(text: str) -> list[str]:
    """Cut a text at its line feeds only; the last line may end in one."""
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    return lines[:-1] if lines[-1] == "" else lines


def read_rows(path: Path, text: str, problems: list[BadFile]) -> list[Row]:
    """Cut a table into cells: at tabs where the first line has one, else at commas.

    Cells between commas may be in quotes, as in CSV, with line feeds in them. Between tabs a quote
    is a letter like any other, unless the whole cell is in quotes. Empty lines are passed over.

    Args:
        path: of the file, for names.
        text: what it holds.
        problems: lines that cannot be cut are added here.
    """
    lines = lines_of(text)
    if "\t" in next((line for line in lines if line.strip()), ""):
        cells = ((number, line.split("\t")) for number, line in enumerate(lines, start=1))
        rows = [(number, [_unquoted(cell) for cell in row]) for number, row in cells]
    else:
        rows = _comma_rows(path, lines, problems)
    return [(number, row) for number, row in rows if any(cell.strip() for cell in row)]


def read_json(path: Path, what: str) -> object:
    """Read a JSON file.

    Args:
        path: of the file.
        what: it should be, for the message.

    Raises:
        DataError: it cannot be read, or is no JSON.
    """
    text = read_text(path, what)
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        got = f"no JSON ({error})"
        raise DataError(f"{what} at {shown(path)}", got, "another file") from error


def read_json_lines(
    path: Path, what: str, problems: list[BadFile]
) -> Iterator[tuple[int, dict[str, object]]]:
    """Read the JSON object of each line, with the number of the line.

    Args:
        path: of the file.
        what: it should be, for the message.
        problems: lines without an object are added here.
    """
    for number, line in enumerate(lines_of(read_text(path, what)), start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            record = None
        if isinstance(record, dict):
            yield number, record
        else:
            problems.append(at_line(path, number, "no JSON object"))


def at_line(path: Path, line: int, reason: str) -> BadFile:
    """Name a line that cannot be used."""
    return BadFile(f"{shown(path.name)} line {line}", reason)


def _unquoted(cell: str) -> str:
    """Take off the quotes that a program put around a whole cell."""
    inner = cell[1:-1]
    whole = len(cell) > 1 and cell[0] == cell[-1] == '"' and '"' not in inner.replace('""', "")
    return inner.replace('""', '"') if whole and ('""' in inner or "," in inner) else cell


def _comma_rows(path: Path, lines: Sequence[str], problems: list[BadFile]) -> list[Row]:
    """Read CSV; where its quotes do not match, line by line."""
    reader = csv.reader((line + "\n" for line in lines), strict=True)
    try:
        return [(reader.line_num, row) for row in reader]
    except csv.Error:
        pass
    rows: list[Row] = []
    for number, line in enumerate(lines, start=1):
        try:
            rows += [(number, row) for row in csv.reader([line], strict=True)]
        except csv.Error as error:
            problems.append(at_line(path, number, f"quotes that do not match ({error})"))
    return rows
