"""The block with two learned factors."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from saccade.attention import MultiHeadAttention
from saccade.layers.mlp import Mlp
from saccade.layers.rotary import rotary_turns
from saccade.models.gamma_block import GammaBlock

Draw = Callable[..., Tensor]


def block(drawn: Callable[..., Any], init: float | None, drop_path: float = 0.0) -> GammaBlock:
    parts = MultiHeadAttention(8, 2), Mlp(8, 12)
    return drawn(GammaBlock(8, *parts, init_values=init, drop_path=drop_path))


@torch.no_grad()
def test_slowly(drawn: Callable[..., Any], normal: Draw) -> None:
    part, x, bias = block(drawn, 0.1), normal(2, 1 + 4, 8), normal(2, 5, 5)
    turns = rotary_turns((2, 2), 4)
    middle = x + part.gamma_1 * part.attn(part.norm1(x), bias=bias, rotary=turns)
    wanted = middle + part.gamma_2 * part.mlp(part.norm2(middle))
    torch.testing.assert_close(part(x, bias=bias, rotary=turns), wanted)


@torch.no_grad()
def test_without_factors(drawn: Callable[..., Any], normal: Draw) -> None:
    part, x = block(drawn, None), normal(2, 5, 8)
    assert not [name for name in part.state_dict() if "gamma" in name]
    middle = x + part.attn(part.norm1(x))
    torch.testing.assert_close(part(x), middle + part.mlp(part.norm2(middle)))


@pytest.mark.parametrize("init", [0.1, 0.0])
def test_factors_start_where_they_should(drawn: Callable[..., Any], init: float) -> None:
    part = block(drawn, init)
    part.reset_parameters()
    for factors in (part.gamma_1, part.gamma_2):
        assert torch.equal(factors, torch.full((8,), init))


def test_images_lose_branches_while_training(drawn: Callable[..., Any], normal: Draw) -> None:
    part, x = block(drawn, 0.1, drop_path=0.9), normal(64, 5, 8)
    with torch.no_grad(), torch.random.fork_rng():
        torch.manual_seed(0)
        lost = (part.train()(x) == x).flatten(1).all(dim=1)
    assert 40 < int(lost.sum()) < 60  # 0.9² of 64 is 52
