"""TensorBoard events of a run, out of the records of its journal.

Names: `train/loss`, `val/accuracy` and so on for an epoch's numbers, `run/lr`, `run/seconds` and
the like for the rest, `step/loss`, `step/lr` and `step/images_per_second` for steps. The x axis is
the step of the optimizer.
"""

import math
import warnings
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from saccade.errors import MissingExtra, OutputError
from saccade.training.journal import Record

FOLDER = "tensorboard"
_NOT_SHOWN = {"event", "time", "epoch", "step"}


class Writer(Protocol):
    """What is used of torch's SummaryWriter."""

    def add_scalar(self, tag: str, scalar_value: float, global_step: int) -> None:
        """Write a number."""

    def add_text(self, tag: str, text_string: str, global_step: int) -> None:
        """Write a sentence."""

    def flush(self) -> None:
        """Bring what was written to the disk."""

    def close(self) -> None:
        """Write no more."""


class TensorBoardLog:
    """Takes the records of a journal and writes events.

    Args:
        folder: of the run; events go into `tensorboard` in it.
        step: of the optimizer that the run goes on from; events after it, of epochs that are done
            again, are dropped. None for a run that begins.
        every: steps between two that are written.

    Raises:
        MissingExtra: the package tensorboard is not installed.
        OutputError: the folder cannot be written to.
    """

    def __init__(self, folder: Path, *, step: int | None = None, every: int = 10) -> None:
        self._every = every
        self._steps_per_epoch = 0
        self._last = step or 0
        self._writer = _writer(folder / FOLDER, None if step is None else step + 1)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Bring everything to the disk."""
        self._writer.close()

    def __call__(self, record: Record) -> None:
        """Write what there is to write of a record.

        Raises:
            OutputError: the events cannot be written.
        """
        values: dict[str, Any] = dict(record)
        event = values["event"]
        try:
            if event == "step":
                self._step(values)
            elif event == "epoch":
                self._epoch(values)
            elif event in ("alarm", "note", "skipped", "rollback"):
                self._writer.add_text(event, _sentence(values), self._last)
            elif event in ("end", "interrupted"):
                self._writer.flush()
        except OSError as error:
            why = error.strerror or str(error)
            raise OutputError("to write TensorBoard events", why, "more disk space") from error

    def _step(self, values: dict[str, Any]) -> None:
        before = (values["epoch"] - 1) * values["steps"]
        self._last = before + values["step"]
        if self._last % self._every:
            return
        numbers = {"loss": values["loss"], "lr": values["lr"]}
        seconds = values.get("seconds")
        if seconds and values.get("pictures"):
            numbers["images_per_second"] = values["pictures"] / seconds
        for name, value in numbers.items():
            self._number(f"step/{name}", value)

    def _epoch(self, values: dict[str, Any]) -> None:
        self._last = values.get("step") or self._last or values["epoch"]
        for name, value in values.items():
            if name not in _NOT_SHOWN:
                self._number(tag_of(name), value)
        self._writer.flush()

    def _number(self, tag: str, value: object) -> None:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return
        if math.isfinite(value):
            self._writer.add_scalar(tag, float(value), self._last)


def tag_of(name: str) -> str:
    """What a number of an epoch is called: its part before the slash, then its name."""
    part, _, rest = name.partition("_")
    return f"{part}/{rest}" if part in ("train", "val", "test") and rest else f"run/{name}"


def _sentence(values: dict[str, Any]) -> str:
    told = values.get("sentence")
    return str(told) if told else ", ".join(f"{k} {v}" for k, v in values.items() if k != "event")


def _writer(folder: Path, purge_step: int | None) -> Writer:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the library
            summary = import_module("torch.utils.tensorboard")
    except ImportError as error:
        reason = str(error).split("\n", maxsplit=1)[0]
        raise MissingExtra(
            "the package tensorboard, for TensorBoard events",
            reason,
            'pip install "saccade[tensorboard]"',
        ) from error
    try:
        made: Writer = summary.SummaryWriter(str(folder), purge_step=purge_step)
    except OSError as error:
        why = error.strerror or str(error)
        raise OutputError(f"to write {folder}", why, "another folder") from error
    return made
