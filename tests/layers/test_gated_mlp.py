"""The gated perceptron with two layers for gates and values."""

from collections.abc import Callable
from types import ModuleType

import pytest
import torch
from torch import Tensor, nn

from saccade.layers.gated_mlp import SplitSwiGLU


def test_by_hand() -> None:
    # silu(0) = 0, and silu(ln 3) = ln 3 · 3/4.
    mlp = SplitSwiGLU(1, 2)
    mlp.fc1_g.weight.data = torch.tensor([[0.0], [1.0]])
    mlp.fc1_x.weight.data = torch.tensor([[5.0], [4.0]])
    mlp.fc2.weight.data = torch.ones(1, 2)
    for layer in (mlp.fc1_g, mlp.fc1_x, mlp.fc2):
        nn.init.zeros_(layer.bias)
    three = torch.tensor(3.0).log()
    torch.testing.assert_close(mlp(three.view(1, 1, 1)).squeeze(), three * 0.75 * 4 * three)


@pytest.mark.parametrize("normed", [False, True])
@torch.no_grad()
def test_equals_timm(
    timm: ModuleType,
    drawn: Callable[..., nn.Module],
    normal: Callable[..., Tensor],
    normed: bool,
) -> None:
    theirs = drawn(timm.layers.SwiGLU(6, 10, norm_layer=nn.LayerNorm if normed else None))
    ours = SplitSwiGLU(6, 10, norm_eps=1e-5 if normed else None).eval()
    ours.load_state_dict(theirs.state_dict())
    x = normal(2, 3, 6)
    torch.testing.assert_close(ours(x), theirs(x), atol=1e-6, rtol=0)


def test_dropout_is_for_training_only(
    drawn: Callable[..., nn.Module], normal: Callable[..., Tensor]
) -> None:
    mlp, x = drawn(SplitSwiGLU(6, 10, dropout=0.5)), normal(2, 3, 6)
    assert torch.equal(mlp(x), mlp(x))
    mlp.train()
    assert not torch.equal(mlp(x), mlp(x))
