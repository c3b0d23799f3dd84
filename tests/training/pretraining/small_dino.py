"""A small DINO whose teacher and student differ, pictures for it, and a step."""

import torch

from saccade.training.lesson import Moment
from saccade.training.objectives.outcome import Examples
from saccade.training.pretraining.dino import Dino
from saccade.training.pretraining.dino_head import HeadSizes
from saccade.training.pretraining.dino_schedules import DinoSettings
from saccade.training.randomness import own_randomness
from tests.training.conftest import small_model

SIZES = HeadSizes(hidden=8, bottleneck=4, prototypes=6, reason="")
LATE = Moment(step=10, steps=20, epoch=1, epochs=2)


def lesson(**settings) -> Dino:
    with own_randomness(1, torch.device("cpu")):
        made = Dino(small_model(), SIZES, DinoSettings(**settings))
        for part in (made.student, made.student_head):  # teacher and student differ
            for parameter in part.parameters():
                parameter.data += 0.1 * torch.randn_like(parameter)
    return made


def batch(count=4, seed=0, small=1) -> Examples:
    draw = torch.Generator().manual_seed(seed)
    images, second = (torch.randn(count, 1, 6, 6, generator=draw) for _ in range(2))
    views = (second, *[torch.randn(count, 1, 3, 3, generator=draw) for _ in range(small)])
    labels = torch.zeros(count, dtype=torch.int64)
    return Examples(images, labels, indices=tuple(range(count)), views=views)


def stepped(made: Dino, examples: Examples, moment: Moment, optimizer=None) -> dict[str, float]:
    made.zero_grad()
    made(examples).loss.backward()
    made.before_step(moment)
    if optimizer is not None:
        optimizer.step()
    return dict(made.after_step(moment))
