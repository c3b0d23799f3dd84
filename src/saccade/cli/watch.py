"""Watching a run: its choices on stderr, and a live bar where that is a terminal."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

from saccade.cli import output
from saccade.training.journal import Record, Show
from saccade.training.progress import ProgressBar, sentence

_WORTH_A_LINE = ("alarm", "note", "teacher", "rollback")  # also where nobody sees a bar


@contextmanager
def watching() -> Iterator[Show]:
    """Give the function that shows the records of a run on stderr."""
    console = Console(stderr=True, highlight=False)
    with ProgressBar(console) as bar:

        def show(record: Record) -> None:
            if record["event"] == "choices":
                output.reasons(record["choices"])
            if record["event"] == "caution":
                output.note(f"caution: {record['sentence']}")
            bar(record)
            if record["event"] in _WORTH_A_LINE and not console.is_terminal:
                output.note(f"{record['event']}: {sentence(record)}")
            if record["event"] == "interrupted":
                output.note(f"saved; to go on: saccade train --resume {record['folder']}")

        yield show
