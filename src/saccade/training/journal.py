"""The diary of a run: one JSON line for each event, and a table with a row for each epoch."""

import csv
import io
import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from saccade.errors import OutputError
from saccade.files import write_text

Record = Mapping[str, Any]
Show = Callable[[Record], None]


class Journal:
    """Writes what happens to `metrics.jsonl`, and shows it to whoever watches.

    Args:
        folder: of the run.
        show: called with every record; the library itself prints nothing.
        silent: write and show nothing, as all processes but the first.
    """

    def __init__(self, folder: Path, *, show: Show | None = None, silent: bool = False) -> None:
        self.silent = silent
        self.path = folder / "metrics.jsonl"
        self.table = folder / "metrics.csv"
        self._show = None if silent else show
        if not silent:
            _drop_broken_line(self.path)

    def write(self, event: str, **values: Any) -> None:  # noqa: ANN401
        """Append an event, so that it is on disk before the next thing happens, and show it.

        Raises:
            OutputError: the file cannot be written.
        """
        if self.silent:
            return
        record = {"event": event, "time": round(time.time(), 3), **values}
        try:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(record, ensure_ascii=False) + "\n")
        except OSError as error:
            why = error.strerror or str(error)
            raise OutputError(f"to write {self.path}", why, "more disk space") from error
        self.show(event, **values)

    def show(self, event: str, **values: Any) -> None:  # noqa: ANN401
        """Show something that passes too quickly to be written, such as a step."""
        if self._show is not None:
            self._show({"event": event, **values})

    def write_table(self, rows: Sequence[Record]) -> None:
        """Write the table of epochs anew, whole."""
        if self.silent:
            return
        text = io.StringIO()
        names = dict.fromkeys(name for row in rows for name in row)
        writer = csv.DictWriter(text, list(names), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        write_text(self.table, text.getvalue())


def read_journal(path: Path) -> list[dict[str, Any]]:
    """Read the events of a run; a last line that was cut short is left out."""
    lines = path.read_text(encoding="utf-8").split("\n")
    return [json.loads(line) for line in lines[:-1]]


def _drop_broken_line(path: Path) -> None:
    """Take off a last line that a killed process left unfinished."""
    if not path.exists():
        return
    whole = path.read_bytes().rfind(b"\n") + 1
    if whole < path.stat().st_size:
        os.truncate(path, whole)
