"""Everything the command line prints: tables for people, JSON and CSV for machines."""

import csv
import io
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol, TextIO

from rich import box
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

_ENDLESS = 100_000  # characters; no row is as long


class BadFile(Protocol):
    """A file that could not be used, and why."""

    @property
    def name(self) -> str:
        """What the file is called."""

    @property
    def reason(self) -> str:
        """Why it could not be used."""


def error(sentence: str) -> None:
    """Print one sentence on stderr."""
    _write(Text.assemble(("error: ", "bold red"), sentence), sys.stderr)


def note(sentence: str) -> None:
    """Print a remark on stderr, so that it never mixes with results."""
    _write(Text(sentence), sys.stderr)


def line(text: str) -> None:
    """Print one line of result on stdout."""
    _write(Text(text), sys.stdout)


def as_json(value: object) -> None:
    """Print one JSON object on stdout."""
    sys.stdout.write(json.dumps(value, ensure_ascii=not _is_utf8(), indent=1) + "\n")


def as_json_line(value: object) -> None:
    """Print one JSON object on one line of stdout."""
    sys.stdout.write(json.dumps(value, ensure_ascii=not _is_utf8()) + "\n")


def as_csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows as CSV on stdout."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)


def table(
    columns: Mapping[str, str], rows: Iterable[Sequence[object]], *, title: str | None = None
) -> None:
    """Print a table on stdout.

    Args:
        columns: heading to "left" or "right".
        rows: cells in the order of the columns.
        title: above the table.
    """
    lines = box.SIMPLE_HEAD if _is_utf8() else box.ASCII_DOUBLE_HEAD
    shown = RichTable(box=lines, pad_edge=False, show_edge=False)
    for heading, side in columns.items():
        shown.add_column(heading, justify="right" if side == "right" else "left", overflow="fold")
    for row in rows:
        shown.add_row(*(Text(str(cell)) for cell in row))
    if title is not None:
        _write(Text(title, style="bold"), sys.stdout)
    _write(shown, sys.stdout)


def reasons(choices: Iterable[Mapping[str, object]]) -> None:
    """Print on stderr what was chosen for the user, and why."""
    shown = RichTable(box=None, pad_edge=False, show_header=False)
    for choice in choices:
        shown.add_row(*(Text(str(choice[part])) for part in ("name", "value", "reason")))
    _write(shown, sys.stderr)


def skipped(files: Sequence[BadFile], *, of: int) -> None:
    """Name on stderr each file that was left out, and why."""
    if not files:
        return
    note(f"{len(files)} of {of} files could not be used and were left out:")
    for file in files:
        note(f"  {file.name}: {file.reason}")


def _write(shown: Text | RichTable, stream: TextIO) -> None:
    """Write text or a table: in colour and as wide as a terminal, else plain and never wrapped.

    The stream is written to here and not by rich, which ends the program when a pipe breaks.
    """
    place, drawn = Console(file=stream), io.StringIO()
    console = Console(
        file=drawn,
        force_terminal=place.is_terminal,
        width=place.width if place.is_terminal else _ENDLESS,
        highlight=False,
    )
    console.print(shown, soft_wrap=isinstance(shown, Text))
    stream.write("\n".join(text.rstrip(" ") for text in drawn.getvalue().split("\n")))


def _is_utf8() -> bool:
    return (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
