"""A lesson: everything that learns in a run, what it makes small, and how it is judged.

The loop knows nothing else. A lesson is one module, so that an engine can wrap it whole: its
parameters and buffers are saved and gone on with, whatever they are for.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import nn

from saccade.training.evaluate import evaluate
from saccade.training.objectives.outcome import Examples, Outcome

Tick = Callable[[int], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Moment:
    """Where a run stands, as far as a lesson may ask.

    Args:
        step: steps done, this one included.
        steps: of the whole run.
        epoch: of this step, counted from 0.
        epochs: of the whole run.
    """

    step: int
    steps: int
    epoch: int
    epochs: int

    @property
    def share(self) -> float:
        """How much of the run is done, 0 to 1."""
        return min(self.step / max(self.steps, 1), 1.0)


@dataclass(frozen=True, slots=True)
class Judgement:
    """How good the model is after an epoch.

    Args:
        numbers: for the table of epochs, each name without its "val_".
        goal: what chooses the best epoch, more is better.
        detail: for the diary alone.
        kept: to be saved beside the weights, such as thresholds.
    """

    numbers: Mapping[str, float | None]
    goal: float
    detail: Mapping[str, Any] = field(default_factory=dict)
    kept: Mapping[str, Any] = field(default_factory=dict)


class Lesson(nn.Module):
    """A model and an objective; others derive from it that learn with more than the model.

    Args:
        model: what is kept when the run is over.
        objective: turns the model and examples into an outcome.
    """

    shares_judging = False  # each process measures a share of the pictures, and all are gathered

    def __init__(
        self, model: nn.Module, objective: Callable[[nn.Module, Examples], Outcome] | None = None
    ) -> None:
        super().__init__()
        self.model = model
        self.objective = objective

    def forward(self, batch: Examples) -> Outcome:
        """Give the loss of a batch.

        Raises:
            NotImplementedError: there is no objective, and a derived class gives no other way.
        """
        if self.objective is None:
            raise NotImplementedError
        return self.objective(self.model, batch)

    def before_step(self, moment: Moment) -> None:
        """Prepare for a step, with gradients filled in and not yet clipped."""

    def after_step(self, moment: Moment) -> Mapping[str, float]:
        """Follow a step that was taken.

        Returns:
            Numbers to report, such as how sharp a teacher is.
        """
        return {}

    def alarm(self, monitors: Mapping[str, float], moment: Moment) -> str | None:
        """Say in a sentence that learning has gone astray; None while it has not.

        Args:
            monitors: what `after_step` reported last.
            moment: the end of an epoch.
        """
        return None

    def judge(self, batches: Any, *, tick: Tick | None = None) -> Judgement:  # noqa: ANN401
        """Measure the model on pictures that it does not learn from, in evaluation mode.

        Args:
            batches: in the order of the set; of pictures, unless a lesson has others.
            tick: called after each batch with its position.
        """
        scores = evaluate(self.model, batches, tick=tick)
        numbers = {"loss": scores.loss, "accuracy": scores.accuracy, "top5": scores.top5}
        return Judgement(numbers, scores.accuracy, {"per_class": scores.per_class})
