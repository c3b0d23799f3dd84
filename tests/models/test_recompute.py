"""Blocks that are computed again in the backward pass."""

import copy

import pytest
import torch
from torch import nn

from saccade.models.recompute import recomputed


def net(momentum: float | None = 0.1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(2, 3, 1), nn.BatchNorm2d(3, momentum=momentum), nn.Dropout(0.5), nn.ReLU()
    ).double()


@pytest.mark.parametrize("momentum", [0.1, None])
def test_norms_count_a_batch_once_and_draws_are_repeated(normal, momentum: float | None) -> None:
    plain = net(momentum)
    again, x = copy.deepcopy(plain), normal(4, 2, 3, 3, dtype=torch.float64)
    grads = []
    for block, run in ((plain, plain), (again, lambda x: recomputed(again, x))):
        for step in range(3):
            with torch.random.fork_rng():
                torch.manual_seed(step)
                run(x + step).square().sum().backward()
        grads.append([p.grad for p in block.parameters()])
    for one, other in zip(*grads, strict=True):
        torch.testing.assert_close(other, one)
    for one, other in zip(plain.buffers(), again.buffers(), strict=True):
        torch.testing.assert_close(other, one)
    assert int(again[1].num_batches_tracked) == 3
    assert again[1].momentum == momentum


def test_the_block_runs_twice_and_a_function_will_do(normal) -> None:
    calls = []

    def block(x: torch.Tensor) -> torch.Tensor:
        calls.append(x.shape)
        return x.sin()

    x = normal(2, 3).requires_grad_()
    recomputed(block, x).sum().backward()
    assert len(calls) == 2
    torch.testing.assert_close(x.grad, x.detach().cos())


def test_a_broken_backward_pass_leaves_the_norms_as_they_were(normal) -> None:
    block = net()

    class Once(nn.Module):
        calls = 0

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            self.calls += 1
            if self.calls > 1:
                raise ValueError("no second time")
            return x

    block.insert(2, Once())
    with pytest.raises(ValueError, match="no second time"):
        recomputed(block, normal(4, 2, 3, 3, dtype=torch.float64)).sum().backward()
    assert (block[1].momentum, int(block[1].num_batches_tracked)) == (0.1, 1)
