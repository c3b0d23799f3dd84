"""How good a teacher is, measured before anybody learns from it."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import torch

from saccade.data.batches import Batches
from saccade.data.sets import ImageSet
from saccade.errors import DataError
from saccade.training.distillation.teacher import Teacher

MOST = 1000  # pictures that tell enough: the error of a share is then below 1.6 %


@dataclass(frozen=True, kw_only=True, slots=True)
class Taught:
    """A teacher, measured.

    Args:
        name: of the network.
        parameters: how many it has.
        accuracy: share of the pictures that it classifies right, 0-1.
        count: pictures that were measured.
        part: which part they are of.
        cautions: sentences on what may be wrong.
    """

    name: str
    parameters: int
    accuracy: float
    count: int
    part: str
    cautions: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Write it as plain values, fit for JSON."""
        return {**asdict(self), "cautions": list(self.cautions)}


def teacher_accuracy(
    teacher: Teacher,
    batches: Batches,
    *,
    device: torch.device | None = None,
    tick: Callable[[int], None] | None = None,
) -> Taught:
    """Measure a teacher on labelled pictures that are prepared as it is used to.

    Args:
        teacher: with its outputs in the order of the classes.
        batches: made with the teacher's preprocessing, without augmentation.
        device: to compute on; the CPU when None.
        tick: called after each batch with its position.

    Raises:
        DataError: no picture can be read.
    """
    right = count = 0
    for batch in batches.epoch(0):
        if len(batch):
            pixels = batches.preprocessing.normalize(batch.images.to(device or "cpu"))
            right += int((teacher.answer(pixels).argmax(dim=1).cpu() == batch.labels).sum())
            count += len(batch)
        if tick is not None:
            tick(batch.position)
    if not count:
        raise DataError(f"pictures in {batches.images.name}", "none that can be read")
    caution = _caution(teacher, right / count, len(batches.images.classes))
    return Taught(
        name=teacher.name,
        parameters=teacher.parameters,
        accuracy=right / count,
        count=count,
        part=batches.images.name,
        cautions=(*teacher.notes, *caution),
    )


def some(images: ImageSet, most: int = MOST) -> ImageSet:
    """Take at most so many pictures, spread evenly over the set."""
    if len(images) <= most:
        return images
    return images.subset(images.name, [place * len(images) // most for place in range(most)])


def _caution(teacher: Teacher, accuracy: float, classes: int) -> tuple[str, ...]:
    """Warn of a teacher below twice chance, or, with few classes, below half way from it to 1."""
    chance = 1 / classes
    if accuracy >= min(2 * chance, (1 + chance) / 2):
        return ()
    return (
        f"the teacher {teacher.name} is right in {accuracy:.1%} of the pictures, and guessing "
        f"would be in {chance:.1%}: it teaches little, or its classes are in another order",
    )
