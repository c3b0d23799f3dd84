"""Early stopping: a run ends when it has not become better for a while.

Source: Prechelt, "Early Stopping - But When?", in "Neural Networks: Tricks of the Trade", Springer
1998, section 2.2, criterion UP.
Differs: what counts is the goal, which shall rise, such as the accuracy; not the loss.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from saccade.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for a better epoch.

    It looks at the history alone, so a run that is gone on with stops where it would have stopped.

    Args:
        epochs: without a new best one before the run ends, 1 or more.
        least: by which a goal must beat the best one so far, 0 or more.

    Raises:
        ConfigError: a value that cannot work.
    """

    epochs: int
    least: float = 0.0

    def __post_init__(self) -> None:
        if self.epochs < 1:
            raise ConfigError("a patience of 1 epoch or more", str(self.epochs), "patience=10")
        if self.least < 0:
            raise ConfigError("a least gain of 0 or more", str(self.least), "0")

    def reason(self, goals: Sequence[float | None]) -> str | None:
        """Say why to stop after the last of these epochs; None to go on.

        Args:
            goals: of all epochs done, more is better; None or no number where nothing was measured,
                which is never better.
        """
        best, at = float("-inf"), 0
        for epoch, goal in enumerate(goals, start=1):
            if goal is not None and goal > (best + self.least if at else best):
                best, at = goal, epoch
        waited = len(goals) - at
        if waited < self.epochs or not any(goal is not None for goal in goals):
            return None
        if at == 0:
            return f"no epoch gave a number to choose by in {waited} epochs"
        return f"no better epoch than {at} ({best:.4f}) in the {waited} that followed"
