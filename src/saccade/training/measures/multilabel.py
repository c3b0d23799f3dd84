"""How good the answers are where a picture may have any number of labels.

Axes: n pictures, K classes.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from saccade.data.sets import BadFile, ImageSet
from saccade.data.tables import many_hot
from saccade.errors import DataError
from saccade.training.measures.confusion import ClassScore, counted, macro
from saccade.training.measures.ranking import average_precisions
from saccade.training.measures.thresholds import DEFAULT, best_thresholds


@dataclass(frozen=True, slots=True)
class AtThresholds:
    """What is right when a class counts as seen from its threshold on.

    Args:
        thresholds: of the classes, 0-1.
        table: precision, recall, F1 and pictures of each class.
        micro_f1: over all pairs of a picture and a class.
        macro_f1: mean over the classes.
        exact_match: share of the pictures whose labels are all right, 0-1.
    """

    thresholds: tuple[float, ...]
    table: tuple[ClassScore, ...]
    micro_f1: float
    macro_f1: float
    exact_match: float

    def to_dict(self) -> dict[str, Any]:
        """Write the scores as plain values, fit for JSON."""
        return {**asdict(self), "table": [own.to_dict() for own in self.table]}


@dataclass(frozen=True, slots=True)
class LabelScores:
    """What was measured of pictures with any number of labels.

    Args:
        mean_average_precision: over the classes that have pictures, 0-1.
        average_precision: of each class; None for a class without pictures.
        loss: mean binary cross-entropy, without smoothing and weights.
        plain: at the threshold 0.5.
        calibrated: at one threshold for each class.
        fitted: the thresholds were found on these pictures, so that `calibrated` flatters.
        count: pictures that were read.
        bad: pictures that could not be read.
        rows: index and probability of each class, for each picture (n 1+K).
    """

    mean_average_precision: float
    average_precision: tuple[float | None, ...]
    loss: float
    plain: AtThresholds
    calibrated: AtThresholds
    fitted: bool
    count: int
    bad: tuple[BadFile, ...]
    rows: Tensor = field(default_factory=lambda: torch.zeros(0, 1), repr=False, compare=False)

    def to_dict(self) -> dict[str, Any]:
        """Write the scores as plain values, fit for JSON; the rows are left out."""
        return {
            "mean_average_precision": self.mean_average_precision,
            "average_precision": list(self.average_precision),
            "loss": self.loss,
            "plain": self.plain.to_dict(),
            "calibrated": self.calibrated.to_dict(),
            "fitted": self.fitted,
            "count": self.count,
            "bad": [asdict(file) for file in self.bad],
        }


def at_thresholds(
    probabilities: Tensor, truths: Tensor, thresholds: Sequence[float]
) -> AtThresholds:
    """Measure yes and no answers.

    Args:
        probabilities: (n K).
        truths: 0 and 1 (n K).
        thresholds: of the classes; a class counts as seen at or above its own.
    """
    said = probabilities >= torch.tensor(thresholds, dtype=probabilities.dtype)
    true = truths > 0.5
    right, support, answered = (x.sum(dim=0).tolist() for x in (said & true, true, said))
    table = tuple(counted(*own) for own in zip(right, support, answered, strict=True))
    return AtThresholds(
        thresholds=tuple(thresholds),
        table=table,
        micro_f1=counted(sum(right), sum(support), sum(answered)).f1 or 0.0,
        macro_f1=macro(table).f1 or 0.0,
        exact_match=float((said == true).all(dim=1).double().mean()),
    )


def label_scores(
    rows: Tensor,
    images: ImageSet,
    *,
    thresholds: Sequence[float] | None = None,
    bad: Sequence[BadFile] = (),
) -> LabelScores:
    """Sum up probabilities of pictures with any number of labels.

    Args:
        rows: index and probability of each class, each picture once (n 1+K).
        images: the whole set, with `multi`.
        thresholds: found on other pictures, one for each class; when None they are found on these.
        bad: pictures that could not be read; one that comes twice is named once.

    Raises:
        DataError: there are no rows, or the model has another number of outputs than the set has
            classes.
    """
    if len(rows) == 0:
        raise DataError(f"pictures in {images.name}", "none that can be read")
    probabilities = rows[:, 1:]
    if probabilities.shape[1] != len(images.classes):
        raise DataError(
            f"a model with {len(images.classes)} outputs for {images.name}",
            f"one with {probabilities.shape[1]}",
            "the data that the model was trained for",
        )
    truths = torch.from_numpy(many_hot(images, [int(i) for i in rows[:, 0].tolist()])).double()
    precisions = average_precisions(probabilities, truths)
    known = [value for value in precisions if value is not None]
    found = best_thresholds(probabilities, truths) if thresholds is None else tuple(thresholds)
    return LabelScores(
        mean_average_precision=sum(known) / len(known) if known else 0.0,
        average_precision=precisions,
        loss=F.binary_cross_entropy(probabilities, truths).item(),
        plain=at_thresholds(probabilities, truths, [DEFAULT] * len(images.classes)),
        calibrated=at_thresholds(probabilities, truths, found),
        fitted=thresholds is None,
        count=len(rows),
        bad=tuple(dict.fromkeys(bad)),
        rows=rows,
    )
