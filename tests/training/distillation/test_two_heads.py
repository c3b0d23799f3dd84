"""Judging a model with two heads."""

import pytest
import torch

from saccade.data.batches import Batches
from saccade.errors import DataError
from saccade.training.classification import Classification
from saccade.training.distillation.distil import make
from saccade.training.distillation.two_heads import judged_heads
from saccade.training.evaluate import evaluate
from tests.training.conftest import PIXELS, stripes
from tests.training.distillation.conftest import student


def test_both_heads_their_mean_and_their_agreement(make_setting) -> None:
    model = student().train()
    batches = Batches(stripes(9, seed=1, name="val"), PIXELS, batch_size=4)
    right = torch.zeros(4)
    for batch in batches.epoch(0):
        first, second = model.eval().pair(PIXELS.normalize(batch.images))
        answers = [x.argmax(1) for x in (first, second, first + second)]
        hits = [(answer == batch.labels).sum() for answer in answers]
        right += torch.stack([*hits, (answers[0] == answers[1]).sum()]) / 9
    ticks = []
    found = make(make_setting(model=model.train())).judge(batches, tick=ticks.append)
    names = ("accuracy_cls", "accuracy_dist", "accuracy", "heads_agree")
    assert [found.numbers[name] for name in names] == pytest.approx(right.tolist())
    assert found.goal == found.numbers["accuracy"] == evaluate(model, batches).accuracy
    plain = Classification(model).judge(batches).numbers
    assert {name: found.numbers[name] for name in plain} == plain
    assert ticks == [0, 1, 2]
    assert model.training
    assert not model.head._forward_hooks


def test_one_head_is_judged_as_always(make_setting) -> None:
    lesson = make(make_setting(two_heads=False))
    batches = Batches(stripes(9, seed=1, name="val"), PIXELS, batch_size=4)
    numbers = lesson.judge(batches).numbers
    assert numbers["accuracy"] == evaluate(lesson.model, batches).accuracy
    assert "accuracy_dist" not in numbers


def test_no_picture_at_all() -> None:
    with pytest.raises(DataError, match="none that can be read"):
        judged_heads(student(), Batches(stripes(3).subset("none", []), PIXELS, batch_size=4))
