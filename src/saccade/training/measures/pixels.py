"""How well pixels are labelled: intersection over union, for each class and in the mean.

Source: Everingham et al., "The Pascal Visual Object Classes Challenge: A Retrospective", IJCV 2015,
section 2.3: pixels of all pictures are counted together, void ones not at all.
Axes: K classes; of the matrix, true classes in rows and answers in columns.
Differs: a class that neither the maps nor the answers have is left out of the mean.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from saccade.data.segmentation.classes import VOID
from saccade.training.measures.confusion import confusion_matrix


@dataclass(frozen=True, slots=True)
class PixelScores:
    """What was counted over a set.

    Args:
        matrix: pixels of each class (rows) by their answers (columns), (K K).
        void: pixels that count nowhere.
        count: pictures.
    """

    matrix: Tensor
    void: int = 0
    count: int = 0

    @classmethod
    def none(cls, classes: int) -> "PixelScores":
        """Start with nothing counted."""
        return cls(torch.zeros(classes, classes, dtype=torch.int64))

    def plus(self, truth: Tensor, answers: Tensor) -> "PixelScores":
        """Count one more picture.

        Args:
            truth: indices of classes or `VOID` (h w).
            answers: indices of classes (h w).
        """
        counts = truth != VOID
        found = confusion_matrix(truth[counts], answers[counts], len(self.matrix))
        return PixelScores(self.matrix + found, self.void + int((~counts).sum()), self.count + 1)

    @property
    def iou(self) -> tuple[float | None, ...]:
        """Intersection over union of each class; None where nothing has it."""
        right = self.matrix.diagonal()
        union = self.matrix.sum(0) + self.matrix.sum(1) - right
        pairs = zip(right.tolist(), union.tolist(), strict=True)
        return tuple(own / both if both else None for own, both in pairs)

    @property
    def miou(self) -> float:
        """The mean of `iou` over the classes that anything has."""
        known = [value for value in self.iou if value is not None]
        return sum(known) / len(known) if known else 0.0

    @property
    def accuracy(self) -> float:
        """Share of the pixels that count which are answered right."""
        return float(self.matrix.diagonal().sum()) / max(int(self.matrix.sum()), 1)

    @property
    def class_accuracy(self) -> float:
        """The mean, over classes, of the share of their pixels that are found."""
        support = self.matrix.sum(1)
        there = support > 0
        found = self.matrix.diagonal()[there].double() / support[there]
        return float(found.mean()) if len(found) else 0.0

    def to_dict(self) -> dict[str, Any]:
        """Write the scores as plain values, fit for JSON."""
        return {
            "count": self.count,
            "miou": self.miou,
            "accuracy": self.accuracy,
            "class_accuracy": self.class_accuracy,
            "iou": list(self.iou),
            "pixels": self.matrix.sum(1).tolist(),
            "void": self.void,
        }
