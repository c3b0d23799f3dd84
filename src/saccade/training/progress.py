"""The live line of a training run, for a person at a terminal.

Two lines while it runs: a bar of the epoch, and the numbers of the run; below them nothing is left.
Each epoch, alarm and note leaves one line above.
"""

import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import torch
from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar as Bar
from rich.table import Table
from rich.text import Text

from saccade.training.journal import Record
from saccade.training.pace import Pace, clock_words

_EXTRA = {  # further numbers of an epoch: name in the row, what it is called, in percent or not
    "val_miou": ("mean IoU", True),
    "val_class_accuracy": ("classes", True),
    "val_macro_f1": ("macro F1", True),
    "val_balanced_accuracy": ("balanced", True),
    "val_knn": ("k-NN", True),
    "val_probe": ("probe", True),
    "val_class_head": ("class head", True),
    "val_dist_head": ("dist head", True),
    "val_bleu4": ("BLEU-4", True),
    "val_cider": ("CIDEr-D", False),
    "val_loss": ("val loss", False),
}
_BASIC = {"val_accuracy", "val_top5", "val_bleu1", "val_bleu2", "val_bleu3", "val_rouge"}
_TELLING = ("alarm", "note", "teacher", "rollback", "skipped")


class ProgressBar:
    """Shows the records of a journal as a live bar and a line for each epoch.

    Silent where the console is no terminal.

    Args:
        console: where to show it.
        now: tells the time in seconds.
    """

    def __init__(self, console: Console, now: Callable[[], float] = time.monotonic) -> None:
        self._console, self._on = console, console.is_terminal
        self._pace = Pace(now)
        self._doing, self._total, self._done = "reading the pictures", 0, 0
        self._live = Live(
            console=console, transient=True, refresh_per_second=8, get_renderable=self.frame
        )

    def __enter__(self) -> Self:
        if self._on:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._on:
            self._live.stop()

    def __call__(self, record: Record) -> None:
        """Show one record."""
        if not self._on:
            return
        values: dict[str, Any] = dict(record)
        event = values["event"]
        self._pace.take(values)
        if event == "step":
            of = f"/{self._pace.epochs}" if self._pace.epochs else ""
            self._at(f"epoch {values['epoch']}{of}", values["steps"], values["step"])
        elif event == "evaluate":
            self._at(f"measuring {values['part']}", values["batches"], values["batch"])
        elif event == "epoch":
            self._console.print(epoch_line(values), highlight=False)
        elif event in _TELLING:
            style = "bold red" if event == "alarm" else ""
            text = Text.assemble((f"{event}: ", style) if style else "", sentence(values))
            self._console.print(text, highlight=False)

    def frame(self) -> Group:
        """What stands on the terminal at the moment."""
        bar = Table.grid(padding=(0, 1), expand=False)
        done = f"{self._done}/{self._total}" if self._total else ""
        width = max(10, min(40, self._console.width - len(self._doing) - len(done) - 4))
        bar.add_row(self._doing, Bar(self._total or None, self._done, width=width), done)
        return Group(bar, Text(numbers_line(self._pace), style="dim", overflow="ellipsis"))

    def _at(self, doing: str, total: int, done: int) -> None:
        self._doing, self._total, self._done = doing, total, done


def numbers_line(pace: Pace) -> str:
    """The numbers of a run that is under way, the most wanted first."""
    parts, left = [], pace.left
    if pace.loss is not None:
        parts += [f"loss {pace.loss:.3f}", f"lr {pace.rate:.2g}"]
    if pace.pictures_a_second:
        parts.append(f"{pace.pictures_a_second:.0f} {pace.unit}/s")
    if left is not None:
        parts.append(f"{clock_words(left)} left")
    if pace.best is not None:
        parts.append(f"best {pace.best_words}")
    if pace.skipped:
        parts.append(f"{pace.skipped} skipped")
    if parts:
        parts.append(memory_words())
    return "  ".join(part for part in parts if part)


def memory_words() -> str:
    """How much memory this process takes: of the GPU where it uses one; empty if not known."""
    if torch.cuda.is_available() and torch.cuda.memory_allocated():
        return f"{torch.cuda.max_memory_allocated() / (1 << 30):.1f} GiB GPU"
    try:
        with open("/proc/self/status", encoding="ascii") as file:
            held = [line.split()[1] for line in file if line.startswith("VmRSS:")]
        return f"{int(held[0]) / (1 << 20):.1f} GiB"
    except (OSError, LookupError, ValueError):
        return ""


def sentence(values: Record) -> str:
    """Tell an event in one sentence."""
    event = values["event"]
    if event == "skipped":
        return f"step {values['step']} left out: its loss is {values['loss']}"
    if event == "rollback":
        return f"back to step {values['step']}, the last whose weights were numbers"
    if event == "teacher":
        accuracy, count = 100 * values["accuracy"], values["count"]
        return f"teacher {values['name']}: {accuracy:.2f} % on {count} pictures"
    return str(values.get("sentence", ""))


def epoch_line(row: Record) -> str:
    """Tell an epoch in one line."""
    parts = [f"epoch {row['epoch']:>3}", f"loss {row['train_loss']:.4f}"]
    if row.get("train_accuracy") is not None:
        parts.append(f"train {100 * row['train_accuracy']:.1f} %")
    if row.get("val_accuracy") is not None:
        parts.append(f"val {100 * row['val_accuracy']:.2f} %")
    parts += [word for name, value in row.items() if (word := _extra(name, value))]
    return "  ".join([*parts, f"{row['seconds']:.0f} s"])


def _extra(name: str, value: object) -> str:
    """A further number of the validation pictures; empty where it is none, or is told already."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    if not name.startswith("val_") or name in _BASIC:
        return ""
    called, percent = _EXTRA.get(name, (name.removeprefix("val_").replace("_", " "), False))
    return f"{called} {100 * value:.2f} %" if percent else f"{called} {value:.4g}"
