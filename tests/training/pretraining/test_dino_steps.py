"""What DINO does around a step: clipping, a state that goes on exactly."""

import pytest
import torch

from saccade.training.lesson import Moment
from saccade.training.randomness import own_randomness
from tests.training.pretraining.small_dino import LATE, batch, lesson, stepped


def test_gradients_are_clipped_one_by_one_and_prototypes_wait():
    made = lesson()
    for parameter in made.student.parameters():
        parameter.grad = torch.full_like(parameter, 2.0)
    made.student.norm.bias.grad.fill_(0.1)
    made.student_head.prototypes.weight.grad = torch.ones(6, 4)
    made.before_step(Moment(step=1, steps=20, epoch=0, epochs=2))
    assert float(made.student.norm.weight.grad.norm()) == pytest.approx(3.0, rel=1e-5)
    torch.testing.assert_close(made.student.norm.bias.grad, torch.full((8,), 0.1))
    assert made.student_head.prototypes.weight.grad is None
    made.student_head.prototypes.weight.grad = torch.ones(6, 4)
    made.before_step(LATE)
    assert made.student_head.prototypes.weight.grad is not None


def test_it_goes_on_exactly_from_its_state():
    made = lesson()
    other = lesson()
    optimizers = [torch.optim.SGD(one.student.parameters(), lr=0.1) for one in (made, other)]
    stepped(made, batch(), LATE, optimizers[0])
    other.load_state_dict(made.state_dict())
    results = []
    for one, optimizer in zip((made, other), optimizers, strict=True):
        with own_randomness(3, torch.device("cpu")):
            results.append(stepped(one, batch(seed=1), LATE, optimizer))
    assert results[0] == results[1]
    states = made.state_dict(), other.state_dict()
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])
