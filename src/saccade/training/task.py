"""What a loop works on."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from torch import nn

from saccade.checkpoints.card import Card
from saccade.training.config import TrainConfig
from saccade.training.journal import Journal
from saccade.training.lesson import Lesson
from saccade.training.presenting import Pictures, Present
from saccade.training.scale.processes import ALONE, World


class Watch(Protocol):
    """What looks at the model between epochs."""

    def record(self, model: nn.Module, epoch: int, step: int) -> None:
        """Look at the model after so many epochs and steps."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """What a loop works on.

    Args:
        lesson: what learns, on its device.
        train: batches to learn from: `Batches`, `StreamBatches` or batches of words.
        val: batches in the order of their set, that choose the best epoch; the last one is the
            best when None.
        config: with nothing left open.
        card: what is known of the weights before training.
        folder: where `last` and `best` go.
        journal: where events go.
        world: the processes of the run.
        present: turns batches into what the lesson is given; pictures as they are when None.
        watch: what looks at the model between epochs.
        unit: what is counted while it learns.
        ready: there is nothing left to learn by steps: the model is only measured and saved.
    """

    lesson: Lesson
    train: Any
    val: Any
    config: TrainConfig
    card: Card
    folder: Path
    journal: Journal
    world: World = ALONE
    present: Present | None = None
    watch: Watch | None = None
    unit: str = "images"
    ready: bool = False

    @property
    def presented(self) -> Present:
        """What turns batches into what the lesson is given."""
        return self.present or Pictures(self.train.preprocessing)

    @property
    def model(self) -> nn.Module:
        """What is kept when the run is over."""
        return self.lesson.model
