"""What DINO is told, and what changes in the course of its run.

Source: Caron et al., "Emerging Properties in Self-Supervised Vision Transformers", ICCV 2021,
arXiv:2104.14294, section 3.2; schedules as in its code.
Differs: in short runs the teacher is a faster average, and the temperature of its warm-up rises
step by step.
"""

import math
from dataclasses import dataclass

from saccade.training.lesson import Moment
from saccade.training.options import PretrainOptions

TURNS = 25  # how often a run's teacher should turn over at its first speed, at least


@dataclass(frozen=True, kw_only=True, slots=True)
class DinoSettings:
    """What DINO is told beside the sizes of its head; the defaults are the paper's.

    Args:
        student_temp: temperature of the student, above 0.
        teacher_temp: temperature of the teacher, above 0.
        teacher_temp_start: its temperature at the first step.
        teacher_temp_epochs: epochs in which it gets from the one to the other; 0 for at once.
        momentum: share of the old teacher that the first step keeps; it rises to 1 on a cosine.
        centre_momentum: share of the old centre that each step keeps.
        frozen_epochs: first epochs in which the prototypes stand still.
        clip: largest norm of the gradient of each parameter by itself.
        neighbours: k of the k-nearest-neighbour classifier that judges the features.
    """

    student_temp: float = 0.1
    teacher_temp: float = 0.04
    teacher_temp_start: float = 0.04
    teacher_temp_epochs: float = 0.0
    momentum: float = 0.996
    centre_momentum: float = 0.9
    frozen_epochs: int = 1
    clip: float = 3.0
    neighbours: int = 20

    @classmethod
    def of(cls, options: PretrainOptions, *, steps: int) -> "DinoSettings":
        """Take over what options give, and the paper's values for the rest.

        In a run of fewer steps than `TURNS` / 0.004 the teacher is a faster average.

        Args:
            options: of the run.
            steps: of the whole run.
        """
        names = ("student_temp", "teacher_temp", "momentum", "frozen_epochs", "neighbours")
        given = {name: getattr(options, name) for name in names}
        found = {name: value for name, value in given.items() if value is not None}
        return cls(**{"momentum": start_momentum(steps), **found})


def start_momentum(steps: int) -> float:
    """Give the share of the old teacher that the first step keeps: 0.996, or less in short runs.

    The paper's teacher turns over once in 250 steps, 500 times in 100 epochs of ImageNet. In a run
    of a few hundred steps it would stay what it was at first, an average over random answers: the
    student learns to be flat, and no difference between pictures can grow.

    Args:
        steps: of the whole run.
    """
    return max(0.9, min(0.996, 1 - TURNS / max(steps, 1)))


def momentum_at(moment: Moment, start: float) -> float:
    """Give the share of the old teacher that a step keeps: from `start` to 1 on a cosine."""
    done = (moment.step - 1) / max(moment.steps, 1)
    return 1.0 - (1.0 - start) * 0.5 * (1.0 + math.cos(math.pi * min(done, 1.0)))


def temperature_at(moment: Moment, settings: DinoSettings) -> float:
    """Give the teacher's temperature for the step after this one."""
    start, end = settings.teacher_temp_start, settings.teacher_temp
    steps = settings.teacher_temp_epochs * moment.steps / max(moment.epochs, 1)
    done = min(moment.step / steps, 1.0) if steps else 1.0
    return start + (end - start) * done
