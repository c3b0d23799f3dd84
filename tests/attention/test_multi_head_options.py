"""Multi-head attention with biases, turns and norms; the fused kernel and the map agree."""

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from saccade.attention import MultiHeadAttention, dot_product_attention
from saccade.attention.multi_head import SplitAttention
from saccade.attention.reading import whole
from saccade.layers.rotary import rotary_turns

Draw = Callable[..., Tensor]
Drawn = Callable[..., Any]
OPTIONS: list[dict[str, Any]] = [
    {},
    {"qkv_bias": "qv"},
    {"qkv_bias": False, "qk_norm": True},
    {"qk_norm": True, "inner_norm": True, "norm_eps": 1e-3},
]
each_option = pytest.mark.parametrize("options", OPTIONS, ids=str)
each_kind = pytest.mark.parametrize("kind", [MultiHeadAttention, SplitAttention])


def listened(attention: nn.Module, *args: Any, **told: Any) -> tuple[Tensor, Tensor]:
    """Run with a listener: the output and the map."""
    seen: list[Tensor] = []
    attention.tap.listeners.append(lambda _, weights, __: seen.append(whole(weights)))
    output = attention(*args, **told)
    attention.tap.listeners.clear()
    return output, seen[0]


def test_a_bias_by_hand() -> None:
    # Equal scores and a bias of ln 3: weights 3/4 and 1/4.
    zero = torch.zeros(1, 2)
    bias = torch.tensor([[math.log(3), 0.0]])
    values = torch.tensor([[4.0], [8.0]])
    output, weights = dot_product_attention(zero, zero.expand(2, 2), values, bias=bias)
    torch.testing.assert_close(weights, torch.tensor([[0.75, 0.25]]))
    torch.testing.assert_close(output, torch.tensor([[5.0]]))


@each_kind
@each_option
@pytest.mark.parametrize("masked", [False, True])
@torch.no_grad()
def test_the_fused_kernel_and_the_map_agree(
    drawn: Drawn, normal: Draw, kind: type, options: dict[str, Any], masked: bool
) -> None:
    attention, x = drawn(kind(16, 2, **options)), normal(3, 2 + 6, 16)
    mask = normal(3, 8, 8) > -0.5 if masked else None
    if mask is not None:
        mask[0, 2] = False  # a query that may read nothing
    for bias in (None, normal(2, 8, 8), normal(1, 2, 8, 8), normal(3, 2, 8, 8)):
        for turns in (None, rotary_turns((2, 3), 8)):
            told = {"mask": mask, "bias": bias, "rotary": turns}
            output, weights = listened(attention, x, **told)
            torch.testing.assert_close(attention(x, **told), output, atol=1e-5, rtol=0)
            whole = torch.ones(3, 2, 8)
            if mask is not None:
                whole[0, :, 2] = 0
                assert not bool(weights.masked_select(~mask[:, None]).any())
            torch.testing.assert_close(weights.sum(-1), whole)


@each_option
@torch.no_grad()
def test_projections_apart_or_together(drawn: Drawn, normal: Draw, options: dict[str, Any]) -> None:
    apart = drawn(SplitAttention(8, 2, **options))
    whole = MultiHeadAttention(8, 2, **options).eval()
    state = {key: value for key, value in apart.state_dict().items() if "_proj" not in key}
    parts = [getattr(apart, f"{letter}_proj") for letter in "qkv"]
    state["qkv.weight"] = torch.cat([part.weight for part in parts])
    if whole.qkv.bias is not None:
        state["qkv.bias"] = torch.cat([part.bias for part in parts])
    elif whole.q_bias is not None:
        state |= {"q_bias": parts[0].bias, "v_bias": parts[2].bias}
        assert parts[1].bias is None
    whole.load_state_dict(state)
    query, memory = normal(2, 4, 8), normal(2, 5, 8)
    torch.testing.assert_close(apart(query), whole(query))
    torch.testing.assert_close(apart(query, memory), whole(query, memory))


@torch.no_grad()
def test_a_bias_of_keys_changes_nothing(drawn: Drawn, normal: Draw) -> None:
    attention, x = drawn(MultiHeadAttention(8, 2)), normal(2, 5, 8)
    plain = attention(x)
    attention.qkv.bias[8:16] = 3.0
    torch.testing.assert_close(attention(x), plain, atol=1e-5, rtol=0)


@torch.no_grad()
def test_norms_are_of_heads_and_of_what_is_mixed(drawn: Drawn, normal: Draw) -> None:
    attention = drawn(MultiHeadAttention(12, 3, qk_norm=True, inner_norm=True))
    shapes = {key: tuple(value.shape) for key, value in attention.state_dict().items()}
    assert (shapes["q_norm.weight"], shapes["k_norm.bias"], shapes["norm.weight"]) == (
        (4,),
        (4,),
        (12,),
    )
    x = normal(2, 5, 12)
    before = attention(x)
    attention.qkv.weight[:12] *= 2  # a norm takes the length of queries away, the mean too
    attention.qkv.bias[:12] *= 2
    torch.testing.assert_close(attention(x), before, atol=1e-4, rtol=0)


def test_names_of_weights_stay() -> None:
    plain = MultiHeadAttention(8, 2).state_dict()
    assert set(plain) == {"qkv.weight", "qkv.bias", "proj.weight", "proj.bias"}
    split = MultiHeadAttention(8, 2, qkv_bias="qv").state_dict()
    assert set(split) == {"qkv.weight", "q_bias", "v_bias", "proj.weight", "proj.bias"}


def test_gradients_reach_the_bias(drawn: Drawn, normal: Draw) -> None:
    attention, bias = drawn(MultiHeadAttention(8, 2)), normal(2, 5, 5).requires_grad_()
    attention(normal(2, 5, 8), bias=bias).square().sum().backward()
    assert bool(bias.grad.any())
