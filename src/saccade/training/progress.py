"""A progress bar of a training run, for a person at a terminal."""

from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from saccade.training.journal import Record


class ProgressBar:
    """Shows the records of a journal as a bar and a line for each epoch.

    Silent where the console is no terminal.

    Args:
        console: where to show it.
    """

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[numbers]}"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._progress.add_task("reading the pictures", total=None, numbers="")

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def __call__(self, record: Record) -> None:
        """Show one record."""
        values: dict[str, Any] = dict(record)
        event = values["event"]
        if event == "step":
            numbers = f"loss {values['loss']:.3f}"
            self._update(f"epoch {values['epoch']}", values["steps"], values["step"], numbers)
        elif event == "evaluate":
            self._update(f"measuring {values['part']}", values["batches"], values["batch"], "")
        elif event == "epoch" and not self._progress.disable:
            self._progress.console.print(epoch_line(values), highlight=False)
        elif event == "skipped" and not self._progress.disable:
            text = f"step {values['step']} left out: its loss is {values['loss']}"
            self._progress.console.print(text, highlight=False)

    def _update(self, text: str, total: int, done: int, numbers: str) -> None:
        self._progress.update(
            self._task, description=text, total=total, completed=done, numbers=numbers
        )


def epoch_line(row: Record) -> str:
    """Tell an epoch in one line."""
    parts = [f"epoch {row['epoch']:>3}", f"loss {row['train_loss']:.4f}"]
    parts.append(f"train {100 * row['train_accuracy']:.1f} %")
    if row.get("val_accuracy") is not None:
        parts.append(f"val {100 * row['val_accuracy']:.2f} %")
    return "  ".join([*parts, f"{row['seconds']:.0f} s"])
