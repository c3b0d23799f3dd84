"""Teachers from disk."""

import pytest
import torch

from saccade.checkpoints.load import load_model
from saccade.data.batches import Batches
from saccade.errors import CheckpointError, ConfigError
from saccade.models import build
from saccade.training.distillation.teacher import open_teacher
from tests.training.conftest import CLASSES, PIXELS, stripes
from tests.training.distillation.conftest import TAUGHT, examples, network


def test_it_answers_in_the_students_order(teacher_file) -> None:
    folder = teacher_file(classes=("plain", "rows", "columns"))
    teacher = open_teacher(str(folder), CLASSES)
    pixels = TAUGHT.normalize(next(Batches(stripes(22), TAUGHT, batch_size=4).epoch(0)).images)
    own = load_model(folder).model.eval()
    assert torch.equal(teacher.answer(pixels), own(pixels)[:, [1, 2, 0]])
    assert teacher.preprocessing == TAUGHT
    assert teacher.parameters == sum(p.numel() for p in own.parameters())


def test_a_students_pictures_are_prepared_as_it_is_used_to(teacher_file) -> None:
    teacher = open_teacher(str(teacher_file()), CLASSES)
    pixels = TAUGHT.normalize(next(Batches(stripes(22), TAUGHT, batch_size=8).epoch(0)).images)
    told = teacher.told(examples().images, PIXELS)
    assert torch.allclose(told, teacher.answer(pixels), atol=1e-5)


def test_it_is_in_eval_mode_and_learns_nothing(teacher_file) -> None:
    teacher = open_teacher(str(teacher_file()), CLASSES)
    before = teacher.key()
    assert not any(m.training for m in teacher.network.modules())
    answers = teacher.told(examples().images.requires_grad_(), PIXELS)
    assert not answers.requires_grad
    assert answers.dtype == torch.float32
    assert teacher.key() == before


def test_the_key_tells_teachers_apart(teacher_file) -> None:
    one, same = teacher_file("a"), teacher_file("b")
    other = teacher_file("c", model=network(seed=3))
    turned = teacher_file("d", classes=CLASSES[::-1])
    keys = [open_teacher(str(path), CLASSES).key() for path in (one, same, other, turned)]
    assert keys[0] == keys[1]
    assert len(set(keys)) == 3


def test_outputs_without_names_are_taken_in_order_with_a_note(teacher_file) -> None:
    teacher = open_teacher(str(teacher_file(classes=())), CLASSES)
    assert teacher.columns.tolist() == [0, 1, 2]
    assert "they are taken in the order rows to plain" in teacher.notes[0]


def test_errors(teacher_file) -> None:
    strange = str(teacher_file(classes=("cat", "dog", "rows")))
    with pytest.raises(ConfigError, match=r"lacks columns, plain and knows cat, dog, rows"):
        open_teacher(strange, CLASSES)
    nameless = str(teacher_file(classes=()))
    with pytest.raises(ConfigError, match="3 outputs and no names for them"):
        open_teacher(nameless, (*CLASSES, "waves"))
    headless = build("resnet18", img_size=6, in_chans=1, num_classes=0, layers=(1,), widths=(8,))
    with pytest.raises(ConfigError, match="a teacher with a classifier"):
        open_teacher(str(teacher_file("headless", model=headless, classes=())), CLASSES)
    with pytest.raises(CheckpointError):
        open_teacher("no/such/teacher.pth", CLASSES)
    with pytest.raises(ConfigError, match=r"got timm/regnety_160\.x; try timm:regnety_160\.x"):
        open_teacher("timm/regnety_160.x", CLASSES)
