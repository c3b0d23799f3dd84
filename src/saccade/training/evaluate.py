"""How good a classifier is on labelled pictures.

Two halves, so that several processes can share the work: each turns its pictures into rows of
numbers, and the rows of all of them into scores.
Axes: n pictures, K classes.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from saccade.data.batches import Batch, Batches
from saccade.data.sets import BadFile, ImageSet
from saccade.errors import DataError
from saccade.training.measures.calibration import calibration_error
from saccade.training.measures.confusion import (
    ClassScore,
    class_scores,
    confusion_matrix,
    macro,
    weighted,
)
from saccade.training.modes import evaluating

__all__ = [
    "ANSWER",
    "CONFIDENCE",
    "INDEX",
    "IN_TOP5",
    "LABEL",
    "LOSS",
    "Scores",
    "evaluate",
    "evaluating",
    "judged_rows",
    "scores_from_rows",
    "unique_rows",
]

# What a row of `judged_rows` holds. Float64, in which whole numbers are exact.
INDEX, LABEL, ANSWER, IN_TOP5, LOSS, CONFIDENCE = range(6)
Judge = Callable[[Tensor, Batch], Tensor]


@dataclass(frozen=True, slots=True)
class Scores:
    """What was measured; a picture that cannot be read is counted nowhere but in `bad`.

    Args:
        accuracy: share of the pictures whose likeliest class is right, 0-1.
        top5: share whose class is among the five likeliest, 0-1.
        loss: mean cross-entropy, without smoothing.
        per_class: accuracy of each class; None for a class without pictures.
        count: pictures that were read.
        bad: pictures that could not be read.
        table: precision, recall, F1 and pictures of each class.
        calibration_error: expected, over 15 bins of confidence, 0-1.
        rows: index, label, answer, right among five, loss and confidence of each picture (n 6).
    """

    accuracy: float
    top5: float
    loss: float
    per_class: tuple[float | None, ...]
    count: int
    bad: tuple[BadFile, ...]
    table: tuple[ClassScore, ...] = ()
    calibration_error: float = 0.0
    rows: Tensor = field(default_factory=lambda: torch.zeros(0, 6), repr=False, compare=False)

    @property
    def macro(self) -> ClassScore:
        """The mean over classes; its recall is the balanced accuracy."""
        return macro(self.table)

    @property
    def weighted(self) -> ClassScore:
        """The mean over classes by their pictures."""
        return weighted(self.table)

    def confusion(self) -> Tensor:
        """Count the pictures of each class (rows) by what they are taken for (columns), (K K)."""
        return confusion_matrix(self.rows[:, LABEL], self.rows[:, ANSWER], len(self.per_class))

    def to_dict(self) -> dict[str, Any]:
        """Write the scores as plain values, fit for JSON; the rows are left out."""
        return {
            "accuracy": self.accuracy,
            "top5": self.top5,
            "loss": self.loss,
            "macro_accuracy": self.macro.recall,
            "macro_f1": self.macro.f1,
            "weighted_f1": self.weighted.f1,
            "calibration_error": self.calibration_error,
            "per_class": list(self.per_class),
            "table": [own.to_dict() for own in self.table],
            "count": self.count,
            "bad": [asdict(file) for file in self.bad],
        }


def evaluate(
    model: nn.Module, batches: Batches, *, tick: Callable[[int], None] | None = None
) -> Scores:
    """Measure a classifier; it is left in the mode it was in.

    Args:
        model: turns images (b c h w) into logits (b classes).
        batches: labelled pictures, prepared for the model.
        tick: called after each batch with its position.

    Raises:
        DataError: a picture has no label, a label is no output of the model, or none can be read.
    """
    rows, bad = judged_rows(model, batches, tick=tick)
    return scores_from_rows(rows, batches.images, bad=bad)


def judged_rows(
    model: nn.Module,
    batches: Batches,
    *,
    tick: Callable[[int], None] | None = None,
    judge: Judge | None = None,
) -> tuple[Tensor, list[BadFile]]:
    """Measure each picture: one row of numbers that begins with its index, and who was broken.

    Args:
        model: turns images (b c h w) into logits (b classes); it is left in the mode it was in.
        batches: pictures, prepared for the model: all of a set or a share of them.
        tick: called after each batch with its position.
        judge: turns logits (b classes) and their batch into rows (b numbers); by default into
            index, label, answer, right among the first five, loss and confidence.

    Returns:
        Rows in float64 (n numbers), (0 6) when no picture can be read; and the broken pictures.

    Raises:
        DataError: a picture has no label, or a label is no output of the model.
    """
    device = next(model.parameters()).device
    rows: list[Tensor] = []
    bad: list[BadFile] = []
    with evaluating(model), torch.no_grad():
        for batch in batches.epoch(0):
            bad += batch.bad
            if len(batch):
                images = batches.preprocessing.normalize(batch.images.to(device))
                rows.append((judge or _judged)(model(images).float().cpu(), batch))
            if tick is not None:
                tick(batch.position)
    return torch.cat(rows) if rows else torch.zeros(0, 6, dtype=torch.float64), bad


def scores_from_rows(rows: Tensor, images: ImageSet, *, bad: Sequence[BadFile] = ()) -> Scores:
    """Sum up the rows of `judged_rows`, of one process or of several.

    Args:
        rows: of all processes, in any order (n 6); a picture that comes twice counts once.
        images: the whole set.
        bad: pictures that could not be read; one that comes twice is named once.

    Raises:
        DataError: there are no rows.
    """
    rows = unique_rows(rows)
    if len(rows) == 0:
        raise DataError(f"pictures in {images.name}", "none that can be read")
    correct = (rows[:, LABEL] == rows[:, ANSWER]).double()
    matrix = confusion_matrix(rows[:, LABEL], rows[:, ANSWER], len(images.classes))
    table = class_scores(matrix)
    return Scores(
        accuracy=correct.mean().item(),
        top5=rows[:, IN_TOP5].mean().item(),
        loss=rows[:, LOSS].mean().item(),
        per_class=tuple(own.recall for own in table[: len(images.classes)]),
        count=len(rows),
        bad=tuple(dict.fromkeys(bad)),
        table=table,
        calibration_error=calibration_error(rows[:, CONFIDENCE], correct),
        rows=rows,
    )


def unique_rows(rows: Tensor) -> Tensor:
    """Sort rows by the picture's index, their first number, and keep one for each picture."""
    rows = rows[rows[:, INDEX].argsort(stable=True)]
    first = torch.ones(len(rows), dtype=torch.bool)
    first[1:] = rows[1:, INDEX] != rows[:-1, INDEX]
    return rows[first]


def _judged(logits: Tensor, batch: Batch) -> Tensor:
    """Give a row for each picture (b 6)."""
    classes, labels = logits.shape[1], batch.labels
    if int(labels.min()) < 0 or int(labels.max()) >= classes:
        raise DataError(
            f"labels from 0 to {classes - 1}",
            f"{int(labels.min())} to {int(labels.max())}",
            "the data that the model was trained for",
        )
    best = logits.topk(min(5, classes), dim=1).indices
    loss = F.cross_entropy(logits, labels, reduction="none")
    hits = (best == labels[:, None]).any(dim=1)
    indices = torch.tensor(batch.indices)
    sure = logits.softmax(dim=1).amax(dim=1)
    columns = (indices, labels, best[:, 0], hits, loss, sure)
    return torch.stack([column.double() for column in columns], dim=1)
