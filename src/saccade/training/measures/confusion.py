"""Which class is taken for which, and what follows from it for each class.

Axes: n pictures, K classes; of the matrix, true classes in rows and answers in columns.
Differs: a class without pictures has no recall and is left out of the macro recall, where
scikit-learn would count it as 0; all else is scikit-learn's with `zero_division=0`.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class ClassScore:
    """How well one class is told from the others.

    Args:
        precision: share of the answers of this class that are right; None where neither pictures
            nor answers have the class.
        recall: share of the pictures of this class that are found; None without pictures.
        f1: harmonic mean of the two; None where neither pictures nor answers have the class.
        support: pictures of this class.
    """

    precision: float | None
    recall: float | None
    f1: float | None
    support: int

    def to_dict(self) -> dict[str, float | int | None]:
        """Write the score as plain values, fit for JSON."""
        return asdict(self)


def confusion_matrix(labels: Tensor, answers: Tensor, classes: int) -> Tensor:
    """Count the pictures of each class (rows) by what they are taken for (columns), (K K).

    Args:
        labels: true classes (n), whole numbers from 0.
        answers: classes that were answered (n).
        classes: how many there are; more where a label or an answer is higher.
    """
    labels, answers = labels.long(), answers.long()
    if len(labels):
        classes = max(classes, int(labels.max()) + 1, int(answers.max()) + 1)
    counts = torch.bincount(labels * classes + answers, minlength=classes * classes)
    return counts.reshape(classes, classes)


def class_scores(matrix: Tensor) -> tuple[ClassScore, ...]:
    """Score each class of a confusion matrix (K K)."""
    right = matrix.diagonal().tolist()
    support, answered = matrix.sum(dim=1).tolist(), matrix.sum(dim=0).tolist()
    return tuple(counted(*own) for own in zip(right, support, answered, strict=True))


def counted(right: int, support: int, answered: int) -> ClassScore:
    """Score a class by three counts.

    Args:
        right: pictures of the class that were answered so.
        support: pictures of the class.
        answered: answers of the class, right or wrong.
    """
    seen = bool(support or answered)
    return ClassScore(
        precision=(right / answered if answered else 0.0) if seen else None,
        recall=right / support if support else None,
        f1=2 * right / (support + answered) if seen else None,
        support=support,
    )


def macro(scores: Sequence[ClassScore]) -> ClassScore:
    """Average over classes, each counting the same; the recall is the balanced accuracy."""
    return ClassScore(
        precision=_mean([own.precision for own in scores]),
        recall=_mean([own.recall for own in scores]),
        f1=_mean([own.f1 for own in scores]),
        support=sum(own.support for own in scores),
    )


def weighted(scores: Sequence[ClassScore]) -> ClassScore:
    """Average over classes by their pictures; the recall is the plain accuracy."""
    total = sum(own.support for own in scores)

    def mean(values: Sequence[float | None]) -> float | None:
        pairs = zip(values, scores, strict=True)
        return sum((v or 0.0) * own.support for v, own in pairs) / total if total else None

    return ClassScore(
        precision=mean([own.precision for own in scores]),
        recall=mean([own.recall for own in scores]),
        f1=mean([own.f1 for own in scores]),
        support=total,
    )


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
