"""How fast a run goes, how long it still takes, and what it has reached, out of its records."""

import time
from collections.abc import Callable, Mapping
from typing import Any

_FORGET = 0.9  # share of the old speed that each step keeps


class Pace:
    """Follows the records of a journal.

    Args:
        now: tells the time in seconds.

    Attributes:
        epochs: of the whole run; 0 until it is known.
        loss: of the last step.
        rate: learning rate of the last step.
        best: highest accuracy on the validation pictures, 0-1.
        skipped: steps that were left out.
        unit: what is learned from: images, words or questions.
        pictures_a_second: such units, while learning, smoothed over about ten steps.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self.epochs, self.skipped = 0, 0
        self.loss: float | None = None
        self.rate = 0.0
        self.best: float | None = None
        self._best_epoch = 0
        self._speed: tuple[float, float] = (0.0, 0.0)  # pictures and seconds, both fading
        self._first: tuple[float, float] | None = None  # when, and how many epochs were done
        self._at = 0.0  # epochs that are done
        self.unit = "images"

    def take(self, record: Mapping[str, Any]) -> None:
        """Follow one record."""
        event = record["event"]
        if event == "start":
            self.epochs = int(record.get("epochs") or 0)
        elif event == "step":
            self._step(record)
        elif event == "skipped":
            self.skipped += 1
        elif event == "epoch":
            self._epoch(record)

    @property
    def pictures_a_second(self) -> float:
        """Pictures a second while learning; 0 until it is known."""
        pictures, seconds = self._speed
        return pictures / seconds if seconds > 0 else 0.0

    @property
    def left(self) -> float | None:
        """Seconds until the end of the run, measuring included; None until it is known.

        What was done since the first step that was seen took so long, and the rest will take as
        long for as much.
        """
        if self._first is None or not self.epochs:
            return None
        begun, before = self._first
        done = self._at - before
        return (self._now() - begun) * (self.epochs - self._at) / done if done > 0 else None

    @property
    def best_words(self) -> str:
        """The best accuracy so far, and when it was."""
        return f"{100 * (self.best or 0):.2f} % in epoch {self._best_epoch}"

    def _step(self, record: Mapping[str, Any]) -> None:
        self.loss, self.rate = float(record["loss"]), float(record.get("lr") or 0.0)
        self._at = record["epoch"] - 1 + record["step"] / max(record["steps"], 1)
        if self._first is None:
            self._first = (self._now(), self._at)
        self.unit = str(record.get("unit") or self.unit)
        pictures, seconds = record.get("pictures"), record.get("seconds")
        if pictures and seconds:
            old = self._speed
            self._speed = (_FORGET * old[0] + pictures, _FORGET * old[1] + seconds)

    def _epoch(self, record: Mapping[str, Any]) -> None:
        self._at = float(record["epoch"])
        self.skipped = int(record.get("skipped") or self.skipped)
        accuracy = record.get("val_accuracy")
        if accuracy is not None and (self.best is None or accuracy > self.best):
            self.best, self._best_epoch = float(accuracy), int(record["epoch"])


def clock_words(seconds: float) -> str:
    """Write a length of time as 1:02:03, or 2:03 when it is less than an hour."""
    whole = max(0, round(seconds))
    hours, minutes = whole // 3600, whole // 60 % 60
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"
