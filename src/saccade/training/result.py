"""What a run of training leaves behind."""

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from saccade.data.sets import BadFile
from saccade.training.choices import Choice
from saccade.training.config import TrainConfig


class Measured(Protocol):
    """Scores of a part."""

    @property
    def count(self) -> int:
        """How many pictures, texts or questions were measured."""

    def to_dict(self) -> dict[str, Any]:
        """Write them as plain values, fit for JSON."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """What a run of training left behind.

    Args:
        folder: with config.json, metrics.jsonl, metrics.csv, last and best.
        config: with nothing left open.
        choices: what was chosen for the user, and why.
        classes: names of the classes, or the answers to choose from.
        finished: all epochs are done.
        metrics: of the best epoch; those of the test part as "test_..." if there is one.
        test: scores of the best weights on the test part, when the run is finished and has one.
        bad: pictures and texts that could not be used, each named once.
        pictures: how many pictures, captions, pairs or questions were found, the bad ones included.
        seconds: spent on epochs, measuring on the validation part included.
        stopped: why the run ended before its last epoch, if it did.
        main: this is the process that speaks for all of the run.
    """

    folder: Path
    config: TrainConfig
    choices: tuple[Choice, ...]
    classes: tuple[str, ...]
    finished: bool
    metrics: dict[str, Any]
    test: Measured | None
    bad: tuple[BadFile, ...]
    pictures: int
    seconds: float
    stopped: str = ""
    main: bool = True

    @property
    def best(self) -> Path:
        """The weights of the best epoch."""
        return self.folder / "best.safetensors"

    @property
    def last(self) -> Path:
        """The weights of the last epoch, and all that is needed to go on."""
        return self.folder / "last.safetensors"

    def to_dict(self) -> dict[str, Any]:
        """Write the run as plain values, fit for JSON."""
        return {
            "folder": str(self.folder),
            "finished": self.finished,
            "seconds": round(self.seconds, 3),
            "pictures": self.pictures,
            "metrics": self.metrics,
            "test": self.test.to_dict() if self.test else None,
            "choices": [choice.to_dict() for choice in self.choices],
            "bad": [dataclasses.asdict(file) for file in self.bad],
        }


def each_once(*lists: Iterable[BadFile]) -> tuple[BadFile, ...]:
    """Name each bad file once."""
    return tuple(dict.fromkeys(file for files in lists for file in files))
