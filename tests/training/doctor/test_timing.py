"""Pace: of a loop on stripes; words of time."""

import pytest
import torch

from saccade.training.doctor.timing import measure_pace, time_words


def test_a_few_steps_are_timed_and_nothing_is_learned(make_loop):
    loop = make_loop(epochs=4)
    before = [value.clone() for value in loop.task.model.parameters()]
    found = measure_pace(loop)
    assert found.steps == 3
    assert found.finite
    assert found.step > 0
    assert found.run == pytest.approx(4 * found.epoch)
    assert found.epoch >= found.step * loop.steps_per_epoch
    after = list(loop.task.model.parameters())
    assert all(torch.equal(old, new) for old, new in zip(before, after, strict=True))


def test_no_step_begins_after_the_limit(make_loop):
    assert measure_pace(make_loop(), limit=0.0).steps == 1


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.123, "0.12 s"), (12.4, "12 s"), (200, "3 min 20 s"), (7260, "2 h 1 min")],
)
def test_words(seconds, words):
    assert time_words(seconds) == words
