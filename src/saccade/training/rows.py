"""An epoch as a row of a table."""

from typing import Any

from saccade.training.lesson import Judgement
from saccade.training.state import Place


def epoch_row(place: Place, rate: float, judgement: Judgement | None) -> dict[str, Any]:
    """Sum up the epoch that a run has just been through.

    Args:
        place: where the run stands.
        rate: the learning rate of its last step.
        judgement: of the validation pictures, if there are any.
    """
    seen = max(place.seen, 1)
    sums = dict(place.sums)
    correct = sums.pop("correct", None)
    judged = judgement.numbers if judgement else {"loss": None, "accuracy": None, "top5": None}
    return {
        "epoch": place.epoch + 1,
        "step": place.step,
        "lr": rate,
        "train_loss": place.loss / seen if place.seen else None,
        "train_accuracy": None if correct is None else correct / seen,
        **{f"train_{name}": value / seen for name, value in sorted(sums.items())},
        **place.monitors,
        **{f"val_{name}": value for name, value in judged.items()},
        "goal": judgement.goal if judgement else None,
        "skipped": place.skipped,
        "seconds": round(place.seconds, 3),
    }
