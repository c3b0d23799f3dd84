"""What DINO is told, and how its teacher slows down and softens."""

import pytest

from saccade.training.lesson import Moment
from saccade.training.options import PretrainOptions
from saccade.training.pretraining.dino_schedules import (
    DinoSettings,
    momentum_at,
    start_momentum,
    temperature_at,
)
from tests.training.pretraining.small_dino import lesson


def test_schedules():
    ends = [momentum_at(Moment(step=s, steps=100, epoch=0, epochs=1), 0.9) for s in (1, 51, 101)]
    assert ends == pytest.approx([0.9, 0.95, 1.0])
    warm = DinoSettings(teacher_temp=0.07, teacher_temp_epochs=2)
    steps = [Moment(step=s, steps=100, epoch=0, epochs=10) for s in (5, 10, 20, 90)]
    found = [temperature_at(moment, warm) for moment in steps]
    assert found == pytest.approx([0.0475, 0.055, 0.07, 0.07])
    made = lesson(teacher_temp=0.07, teacher_temp_epochs=2)
    assert float(made.temperature) == pytest.approx(0.04)


def test_short_runs_have_a_faster_teacher_unless_told():
    assert [start_momentum(steps) for steps in (0, 500, 100_000)] == pytest.approx(
        [0.9, 0.95, 0.996]
    )
    assert DinoSettings.of(PretrainOptions(), steps=100_000) == DinoSettings()
    told = DinoSettings.of(PretrainOptions(momentum=0.99, teacher_temp=0.07), steps=10)
    assert (told.momentum, told.teacher_temp, told.student_temp) == (0.99, 0.07, 0.1)
