"""What a lesson is made from."""

from dataclasses import dataclass
from pathlib import Path

from saccade.data.sets import ImageSet
from saccade.data.transforms import Preprocessing
from saccade.models.classifier import Classifier
from saccade.training.config import TrainConfig


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    """A run before its first step.

    Args:
        model: that is trained, on its device.
        config: of the run, with nothing left open.
        classes: names of the classes; empty where the pictures have no labels.
        preprocessing: of the model.
        train: the pictures to learn from.
        val: the pictures that choose the best epoch, if there are any.
        folder: of the run.
        steps: of the optimizer in the whole run.
    """

    model: Classifier
    config: TrainConfig
    classes: tuple[str, ...]
    preprocessing: Preprocessing
    train: ImageSet
    val: ImageSet | None
    folder: Path
    steps: int
