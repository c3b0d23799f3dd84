"""Tables of labels as text: CSV, TSV or JSON lines, read to one row for each picture.

A header names the columns. The picture is in a column "image" (or file_name, filename, file, path).
Its labels are in "label" (one), in "labels" (several, between ; or |), or in one column of 0 and 1
for each class. A column "split" may say train, val or test. What cannot be used is named with its
line, and left out.
"""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from saccade.data.decode import shown
from saccade.data.sets import BadFile
from saccade.errors import DataError

ENDINGS = (".csv", ".tsv", ".jsonl")

_IMAGE = ("image", "file_name", "filename", "file", "path", "image_path", "picture")
_LABEL, _LABELS, _SPLIT = ("label", "class"), ("labels", "tags"), ("split", "part", "subset")
_PARTS = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "dev"), "val"),
    **dict.fromkeys(("test", "testing"), "test"),
}
_BITS = {"0": False, "1": True, "0.0": False, "1.0": True, "false": False, "true": True}

Cell = str | tuple[str, ...]
Record = tuple[int, dict[str, Cell]]


@dataclass(frozen=True, slots=True)
class LabelRow:
    """What a table says of one picture.

    Args:
        line: in the file, counted from 1.
        image: path of the picture, from the folder of the table.
        labels: names of its classes; one, unless pictures may have several.
        part: "train", "val" or "test"; empty where the table does not say.
    """

    line: int
    image: str
    labels: tuple[str, ...]
    part: str


@dataclass(slots=True)
class LabelTable:
    """A table of labels that was read.

    Args:
        rows: the good ones, each picture once.
        multi: a picture may have several labels, or none.
        columns: the classes, where each has a column; empty elsewhere.
        problems: lines and columns that were left out.
    """

    rows: list[LabelRow]
    multi: bool
    columns: tuple[str, ...] = ()
    problems: list[BadFile] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Columns:
    image: str
    split: str | None
    labels: str | None
    classes: tuple[str, ...]
    multi: bool


def read_label_table(path: Path) -> LabelTable:
    """Read a table of labels; no picture is opened.

    Raises:
        DataError: the file is no such table.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "no UTF-8 text"
        raise DataError(f"a table of labels at {shown(path)}", why, "another path") from error
    lines = path.suffix.lower() == ".jsonl"
    problems: list[BadFile] = []
    names, records = (_json_lines if lines else _cells)(path, text, problems)
    columns = _find_columns(path, names, records, problems)
    table = LabelTable([], columns.multi, columns.classes, problems)
    seen: dict[str, LabelRow] = {}
    for line, record in records:
        row = _row(line, record, columns)
        reason = row if isinstance(row, str) else _repeated(row, seen)
        if reason is not None:
            problems.append(at_line(path, line, reason))
        elif isinstance(row, LabelRow):
            seen[row.image] = row
            table.rows.append(row)
    return table


def at_line(path: Path, line: int, reason: str) -> BadFile:
    """Name a line of a table that cannot be used."""
    return BadFile(f"{shown(path.name)} line {line}", reason)


def _cells(path: Path, text: str, problems: list[BadFile]) -> tuple[Sequence[str], list[Record]]:
    """Read CSV or TSV; the separator is what the header has most of."""
    header = text.split("\n", 1)[0]
    mark = max("\t,;" if path.suffix.lower() == ".tsv" else ",;\t", key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark)
    try:
        names = [name.strip() for name in next(reader, [])]
        records: list[Record] = []
        for cells in reader:
            if len(cells) == len(names):
                pairs = zip(names, cells, strict=True)
                records.append((reader.line_num, {name: cell.strip() for name, cell in pairs}))
            elif cells:
                reason = f"{len(cells)} cells below {len(names)} columns"
                problems.append(at_line(path, reader.line_num, reason))
    except csv.Error as error:
        raise _no_table(path, f"line {reader.line_num}: {error}") from error
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise _no_table(path, f"two columns that are called {', '.join(twice)}")
    return names, records


def _json_lines(
    path: Path, text: str, problems: list[BadFile]
) -> tuple[Sequence[str], list[Record]]:
    """Read one JSON object from each line."""
    names: dict[str, None] = {}
    records: list[Record] = []
    for line, one in enumerate(text.split("\n"), start=1):
        if not one.strip():
            continue
        try:
            values = json.loads(one)
        except (ValueError, RecursionError):
            values = None
        if isinstance(values, dict):
            record = {str(name): _cell(value) for name, value in values.items()}
            names |= dict.fromkeys(record)
            records.append((line, record))
        else:
            problems.append(at_line(path, line, "no JSON object"))
    return list(names), records


def _cell(value: object) -> Cell:
    if isinstance(value, list):
        return tuple(str(entry).strip() for entry in value)
    if value is None:
        return ""
    return str(int(value)) if isinstance(value, bool) else str(value).strip()


def _find_columns(
    path: Path, names: Sequence[str], records: Sequence[Record], problems: list[BadFile]
) -> _Columns:
    """Tell what each column is; those that are nothing are named."""
    by_lower = {name.lower(): name for name in names}

    def first(wanted: Sequence[str]) -> str | None:
        return next((by_lower[name] for name in wanted if name in by_lower), None)

    image, split = first(_IMAGE), first(_SPLIT)
    if image is None:
        raise _no_table(path, f"the columns {', '.join(names[:8]) or 'of an empty file'}")
    several, one = first(_LABELS), first(_LABEL)
    told = several or one
    rest = [name for name in names if name not in (image, split, told)]
    bits = [] if told else [name for name in rest if _is_class(name, records)]
    if not told and not bits:
        raise _no_table(path, f"the columns {', '.join(names[:8])}")
    problems += [
        BadFile(f"{shown(path.name)} column {shown(name)}", "no column of labels, not read")
        for name in rest
        if name not in bits
    ]
    return _Columns(image, split, told, tuple(bits), multi=bool(several or bits))


def _is_class(name: str, records: Sequence[Record]) -> bool:
    """Tell whether most cells of a column are 0 or 1."""
    cells = [cell for _, record in records if isinstance(cell := record.get(name, ""), str)]
    filled = [cell.lower() for cell in cells if cell]
    return 2 * sum(cell in _BITS for cell in filled) > len(filled)


def _row(line: int, record: dict[str, Cell], columns: _Columns) -> LabelRow | str:
    """Read a row, or say why it cannot be used."""
    image = record.get(columns.image, "")
    if not image or not isinstance(image, str):
        return "no name of a picture"
    part = ""
    if columns.split is not None:
        word = str(record.get(columns.split, ""))
        part = _PARTS.get(word.lower(), "")
        if not part:
            return f"{word!r} as the split, not train, val or test"
    if columns.labels is None:
        labels = _from_bits(record, columns.classes)
    else:
        labels = _from_cell(record.get(columns.labels, ""), several=columns.multi)
    return labels if isinstance(labels, str) else LabelRow(line, image, labels, part)


def _from_bits(record: dict[str, Cell], classes: Sequence[str]) -> tuple[str, ...] | str:
    found = {name: str(record.get(name, "")) for name in classes}
    for name, cell in found.items():
        if cell.lower() not in _BITS:
            return f"an empty cell for {name}" if not cell else f"{cell!r} for {name}, not 0 or 1"
    return tuple(name for name, cell in found.items() if _BITS[cell.lower()])


def _from_cell(cell: Cell, *, several: bool) -> tuple[str, ...] | str:
    if isinstance(cell, str):
        pieces = cell.replace("|", ";").split(";") if several else [cell]
    else:
        pieces = list(cell)
    names = tuple(dict.fromkeys(piece.strip() for piece in pieces if piece.strip()))
    if not names:
        return "an empty label"
    if not several and len(names) > 1:
        return f"{len(names)} labels where one is expected"
    return names


def _repeated(row: LabelRow, seen: dict[str, LabelRow]) -> str | None:
    """Say that a picture stands in an earlier line too."""
    before = seen.get(row.image)
    if before is None:
        return None
    same = (before.labels, before.part) == (row.labels, row.part)
    what = "the same as" if same else "another label or split than"
    return f"{shown(row.image)} a second time, {what} in line {before.line}"


def _no_table(path: Path, got: str) -> DataError:
    return DataError(
        f"a table with the columns image and label in {shown(path.name)}",
        got,
        "a first line such as image,label",
    )


def lines_of(rows: Sequence[LabelRow]) -> Iterator[tuple[int, str]]:
    """Give each label with its line."""
    return ((row.line, label) for row in rows for label in row.labels)
