"""The lesson of labels for pixels: what it makes small, and how it is judged.

Axes: b picture, k classes, h height, w width.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from saccade.data.segmentation.classes import VOID
from saccade.data.segmentation.joint import labels_of
from saccade.data.segmentation.pixel_batches import PixelBatch
from saccade.data.transforms import Preprocessing
from saccade.models.ccnet import AUX_WEIGHT, PixelLogits
from saccade.training.lesson import Judgement, Lesson, Tick
from saccade.training.measures.pixels import PixelScores
from saccade.training.objectives.outcome import Outcome
from saccade.training.objectives.segment import pixel_loss


@dataclass(frozen=True, slots=True)
class PixelExamples:
    """A batch as a network of pixels sees it.

    Args:
        images: normalised floats (b c h w).
        labels: indices of classes or `VOID`, int64 (b h w).
    """

    images: Tensor
    labels: Tensor


@dataclass(frozen=True, slots=True)
class Maps:
    """Brings pictures with label maps to the device.

    Args:
        preprocessing: of the model.
    """

    preprocessing: Preprocessing

    def __call__(self, batch: PixelBatch, device: torch.device, chance: str) -> PixelExamples:
        """Bring a batch to the device; one without pictures is stood in for by a void one."""
        images, labels = batch.images, batch.labels
        if not len(batch) or labels is None:
            images = images.new_zeros(1, *images.shape[1:])
            labels = torch.full((1, *images.shape[2:]), VOID, dtype=torch.uint8)
        normal = self.preprocessing.normalize(images.to(device))
        return PixelExamples(normal, labels.to(device).long())


@dataclass(frozen=True, slots=True)
class PixelGoal:
    """What a network of pixels makes small.

    Args:
        weights: of the classes (k); None weighs all alike.
        aux: weight of the second head's loss.
        ohem: as in `pixel_loss`.
    """

    weights: Tensor | None = None
    aux: float = AUX_WEIGHT
    ohem: float = 0.0


class PixelLesson(Lesson):
    """Learns to label pixels.

    Args:
        model: with `forward_with_aux`.
        goal: what it makes small.
        preprocessing: of the model.
        names: of the classes.
    """

    weights: Tensor | None

    def __init__(
        self,
        model: nn.Module,
        goal: PixelGoal,
        preprocessing: Preprocessing,
        names: tuple[str, ...],
    ) -> None:
        super().__init__(model)
        self.goal, self.preprocessing, self.names = goal, preprocessing, names
        self.register_buffer("weights", goal.weights, persistent=False)

    def forward(self, batch: PixelExamples) -> Outcome:  # type: ignore[override]
        """Give the loss of a batch; "correct" sums, over pictures, the share of right pixels."""
        model: Any = self.model
        found: PixelLogits = model.forward_with_aux(batch.images)
        loss = self._loss(found.logits, batch.labels)
        if found.aux is not None and self.goal.aux:
            loss = loss + self.goal.aux * self._loss(found.aux, batch.labels)
        counts = batch.labels != VOID
        right = (found.logits.detach().argmax(1) == batch.labels) & counts
        shares = right.sum((1, 2)) / counts.sum((1, 2)).clamp_min(1)
        return Outcome(loss, {"correct": shares.sum()})

    def judge(self, batches: Any, *, tick: Tick | None = None) -> Judgement:  # noqa: ANN401
        """Measure the model on pictures in their own size; the goal is the mean IoU.

        Args:
            batches: of pictures with label maps, for evaluation.
            tick: called after each batch with its position.
        """
        scores = measure_labels(self.model, batches, tick=tick)
        numbers = {
            "miou": scores.miou,
            "accuracy": scores.accuracy,
            "class_accuracy": scores.class_accuracy,
        }
        each = dict(zip(self.names, scores.iou, strict=True))
        return Judgement(numbers, scores.miou, {"iou": each})

    def _loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        return pixel_loss(logits, labels, weights=self.weights, ohem=self.goal.ohem)


@torch.inference_mode()
def measure_labels(
    model: nn.Module,
    batches: Any,  # noqa: ANN401
    *,
    tick: Callable[[int], None] | None = None,
) -> PixelScores:
    """Measure a network on pictures in their own size, in evaluation mode.

    Args:
        model: that labels pixels.
        batches: `PixelBatches` for evaluation.
        tick: called after each batch with its position.
    """
    model.eval()
    device = next(model.parameters()).device
    scores = PixelScores.none(len(batches.pictures.classes.told))
    for batch in batches.epoch(0):
        if len(batch):
            logits = model(batches.preprocessing.normalize(batch.images.to(device)))
            pairs = zip(logits, batch.truths, batch.geometries, strict=True)
            for own, truth, geometry in pairs:
                scores = scores.plus(truth, labels_of(own, geometry).cpu())
        if tick is not None:
            tick(batch.position)
    return scores
