"""How good a teacher is."""

import pytest
import torch
from torch import nn

from saccade.data.batches import Batches
from saccade.errors import DataError
from saccade.training.distillation.measuring import some, teacher_accuracy
from saccade.training.distillation.teacher import Teacher
from tests.training.conftest import CLASSES, stripes
from tests.training.distillation.conftest import TAUGHT


class Rule(nn.Module):
    """Tells stripes by their brightness along rows and columns."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        rows = images[:, 0].mean(dim=2).std(dim=1)
        columns = images[:, 0].mean(dim=1).std(dim=1)
        return torch.stack([rows, columns, torch.full_like(rows, 0.8)], dim=1)


def teacher(columns=(0, 1, 2), notes=()) -> Teacher:
    return Teacher(
        name="rule",
        network=Rule(),
        preprocessing=TAUGHT,
        columns=torch.tensor(columns),
        notes=notes,
    )


def test_a_teacher_that_knows_all() -> None:
    seen = []
    batches = Batches(stripes(22), TAUGHT, batch_size=8)
    found = teacher_accuracy(teacher(), batches, tick=seen.append)
    assert (found.accuracy, found.count, found.part) == (1.0, 22, "train")
    assert found.cautions == ()
    assert seen == [0, 1, 2]
    assert found.to_dict()["name"] == "rule"


def test_a_teacher_whose_classes_are_in_another_order_gets_a_caution() -> None:
    batches = Batches(stripes(21), TAUGHT, batch_size=8)
    found = teacher_accuracy(teacher(columns=(1, 0, 2), notes=("No names.",)), batches)
    assert found.accuracy == pytest.approx(1 / 3)
    assert found.cautions[0] == "No names."
    assert found.cautions[1].startswith(
        "the teacher rule is right in 33.3% of the pictures, and guessing would be in 33.3%"
    )


def test_a_sample_is_spread_over_the_set() -> None:
    images = stripes(22)
    assert some(images, 30) is images
    few = some(images, 5)
    assert few.labels == [images.labels[i] for i in (0, 4, 8, 13, 17)]
    assert few.classes == CLASSES


def test_no_picture_at_all() -> None:
    empty = Batches(stripes(3).subset("none", []), TAUGHT, batch_size=4)
    with pytest.raises(DataError, match="expected pictures in none, got none that can be read"):
        teacher_accuracy(teacher(), empty)
