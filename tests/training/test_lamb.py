import pytest
import torch
from torch import nn

from saccade.training.lamb import Lamb, trust_ratio
from saccade.training.optimizers import make_optimizer
from tests.foreign import foreign
from tests.training.conftest import small_model


def test_a_step_by_hand() -> None:
    # The first step of Adam is the sign, (1, -1); with a decay of 0.5 of (3, 4) the update is
    # (2.5, 1); the tensor is 5 long, the update sqrt(7.25).
    weight = nn.Parameter(torch.tensor([3.0, 4.0]))
    weight.grad = torch.tensor([0.2, -0.7])
    Lamb([weight], lr=0.1, weight_decay=0.5).step()
    update = torch.tensor([1.0, -1.0]) + 0.5 * torch.tensor([3.0, 4.0])
    by_hand = torch.tensor([3.0, 4.0]) - 0.1 * 5.0 / 7.25**0.5 * update
    torch.testing.assert_close(weight.detach(), by_hand, atol=1e-5, rtol=0)


def test_slowly() -> None:
    generator = torch.Generator().manual_seed(0)
    weight = nn.Parameter(torch.randn(3, generator=generator))
    optimizer = Lamb([weight], lr=0.01, betas=(0.8, 0.9), eps=1e-3, weight_decay=0.1)
    slow, mean, square = weight.tolist(), [0.0] * 3, [0.0] * 3
    for step in range(1, 6):
        weight.grad = torch.randn(3, generator=generator)
        gradient = weight.grad.tolist()
        optimizer.step()
        mean = [0.8 * m + 0.2 * g for m, g in zip(mean, gradient, strict=True)]
        square = [0.9 * s + 0.1 * g * g for s, g in zip(square, gradient, strict=True)]
        update = [
            (m / (1 - 0.8**step)) / ((s / (1 - 0.9**step)) ** 0.5 + 1e-3) + 0.1 * w
            for m, s, w in zip(mean, square, slow, strict=True)
        ]
        length, of_update = (sum(v * v for v in values) ** 0.5 for values in (slow, update))
        slow = [w - 0.01 * length / of_update * u for w, u in zip(slow, update, strict=True)]
    torch.testing.assert_close(weight.detach(), torch.tensor(slow), atol=1e-6, rtol=1e-5)


def test_a_step_is_as_long_as_the_tensor() -> None:
    # Whatever the gradient's size, a tensor moves by lr times its own length.
    for size in (1e-3, 1.0, 1e3):
        weight = nn.Parameter(torch.full((4,), 2.0))
        weight.grad = size * torch.tensor([1.0, -2.0, 3.0, -4.0])
        Lamb([weight], lr=0.1, weight_decay=1e-9, eps=1e-12).step()
        moved = torch.linalg.vector_norm(weight.detach() - 2.0).item()
        assert moved == pytest.approx(0.1 * 4.0, rel=1e-5)
    zero = torch.zeros(2)
    assert trust_ratio(zero, torch.ones(2)) == 1
    assert trust_ratio(torch.ones(2), zero) == 1


def test_a_closure_is_called_and_a_state_is_gone_on_with() -> None:
    weight = nn.Parameter(torch.ones(2))
    optimizer = Lamb([weight], lr=0.1)

    def closure() -> float:
        loss = weight.square().sum()
        optimizer.zero_grad()
        loss.backward()
        return loss.item()

    assert optimizer.step(closure) == 2.0
    other = Lamb([weight], lr=0.1)
    other.load_state_dict(optimizer.state_dict())
    assert other.state[weight]["step"] == 1


@pytest.mark.parity
def test_steps_are_timms() -> None:
    optim = foreign("timm.optim")
    ours, theirs = (small_model().eval().double() for _ in range(2))  # keys' biases: noise
    mine = make_optimizer(ours, opt="lamb", lr=0.02, weight_decay=0.05)
    groups = [
        {"params": [dict(theirs.named_parameters())[name] for name in names], "weight_decay": decay}
        for names, decay in _names(ours, mine)
    ]
    its = optim.Lamb(groups, lr=0.02, max_grad_norm=None)
    images = torch.rand(4, 1, 6, 6, generator=torch.Generator().manual_seed(0)).double()
    for _ in range(5):
        for model, optimizer in ((ours, mine), (theirs, its)):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(images), torch.tensor([0, 1, 2, 0])).backward()
            optimizer.step()
    for name, value in ours.state_dict().items():
        torch.testing.assert_close(value, theirs.state_dict()[name], atol=1e-9, rtol=1e-7)


def _names(model: nn.Module, optimizer: torch.optim.Optimizer) -> list[tuple[list[str], float]]:
    names = {id(p): name for name, p in model.named_parameters()}
    groups = optimizer.param_groups
    return [([names[id(p)] for p in group["params"]], group["weight_decay"]) for group in groups]
