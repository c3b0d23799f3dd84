"""DINO as a lesson: who learns from whom, and how it is judged."""

import copy
import math
from pathlib import Path

import pytest
import torch

from saccade.data.batches import Batches
from saccade.data.sets import ArrayImages
from saccade.errors import ShapeError
from saccade.training.config import TrainConfig
from saccade.training.objectives.outcome import Examples
from saccade.training.options import PretrainOptions
from saccade.training.pretraining.dino import head_choices, known_pictures, make
from saccade.training.pretraining.dino_loss import dino_loss, teacher_answers
from saccade.training.setting import Setting
from tests.training.conftest import PIXELS, small_model, stripes
from tests.training.pretraining.small_dino import LATE, batch, lesson, stepped


def test_the_loss_is_the_students_against_the_teachers_other_views():
    made, examples = lesson().eval(), batch()
    made.centre.fill_(0.1)
    large = [examples.images, examples.views[0]]
    outputs = torch.stack([made.teacher_head(made.model.features(x)) for x in large])
    other = copy.deepcopy(made.student)
    other.set_input_size(3, rule="dino")
    features = [made.student.features(x) for x in large] + [other.features(examples.views[1])]
    student = torch.stack([made.student_head(x) for x in features])
    wanted = dino_loss(student, teacher_answers(outputs, made.centre, 0.04), 0.1)
    torch.testing.assert_close(made(examples).loss, wanted.mean())


def test_only_the_student_gets_gradients_and_all_of_it():
    made = lesson()
    made(batch()).loss.backward()
    learning = {n for n, p in made.named_parameters() if p.requires_grad}
    assert {n for n, p in made.named_parameters() if p.grad is not None} == learning
    assert all(name.startswith(("student.", "student_head.")) for name in learning)
    assert not made.model.training
    assert made.student.training


def test_teacher_and_centre_follow_by_hand():
    made, examples = lesson(), batch()
    old, new = made.model.norm.weight.clone(), made.student.norm.weight
    with torch.no_grad():
        large = torch.cat([examples.images, examples.views[0]])
        mean = made.teacher_head(made.model.features(large)).mean(0)
    numbers = stepped(made, examples, LATE)
    kept = 1 - 0.004 * (1 + math.cos(math.pi * 9 / 20)) / 2
    assert numbers["teacher_momentum"] == pytest.approx(kept)
    torch.testing.assert_close(made.model.norm.weight, kept * old + (1 - kept) * new)
    torch.testing.assert_close(made.centre, 0.1 * mean)
    assert int(made.taken) == 1


def test_two_half_batches_make_the_centre_of_the_whole():
    whole, halves = lesson(), lesson()
    examples = batch()
    stepped(whole, examples, LATE)
    for part in (slice(0, 1), slice(1, 4)):
        views = tuple(view[part] for view in examples.views)
        own = Examples(examples.images[part], examples.labels[part], views=views)
        halves(own).loss.backward()
    stand_in = Examples(*[torch.zeros(1, 1, 6, 6)] * 2, indices=(-1,), views=own.views[:0])
    views = (torch.zeros(1, 1, 6, 6), torch.zeros(1, 1, 3, 3))
    halves(Examples(stand_in.images, stand_in.labels, indices=(-1,), views=views))
    halves.before_step(LATE)
    halves.after_step(LATE)
    torch.testing.assert_close(halves.centre, whole.centre)


def test_make_judges_by_neighbours_and_draws_from_the_seed():
    options = {"batch_size": 4, "patch_size": 3, "objective": "dino"}
    setting = Setting(
        model=small_model(),
        config=TrainConfig(pretrain={"prototypes": 8}, **options),
        classes=("rows", "columns", "plain"),
        preprocessing=PIXELS,
        train=stripes(22),
        val=None,
        folder=Path(),
        steps=4,
    )
    made, again = make(setting), make(setting)
    assert torch.equal(made.student_head.mlp[0].weight, again.student_head.mlp[0].weight)
    val = Batches(stripes(9, seed=1), PIXELS, batch_size=4)
    judged = made.judge(val)
    assert judged.goal == judged.numbers["knn"] > 1 / 3
    blank = ArrayImages("blank", (), [-1] * 3, pixels=stripes(3).pixels)
    assert known_pictures(blank) is None
    made.known = None
    assert made.judge(val).goal == 0.0


def test_choices_have_reasons():
    found = head_choices(PretrainOptions(bottleneck=32), width=192, pictures=9000)
    assert [choice.value for choice in found] == [1536, 32, 8192]
    assert [choice.reason[:5] for choice in found] == ["9,000", "as as", "9,000"]


def test_one_view_is_an_error():
    images = batch().images
    with pytest.raises(ShapeError, match=r"second view as large as the first, got none"):
        lesson()(Examples(images, torch.zeros(4)))
