"""Multi-head attention, and dot-product attention below it."""

import math

import pytest
import torch
from torch import Tensor, nn

from saccade.attention import MultiHeadAttention, dot_product_attention
from saccade.attention.reading import whole
from saccade.errors import ConfigError, ShapeError


def test_by_hand() -> None:
    # The scores are q·k = ln 3 and 0, so the weights are 3/4 and 1/4, and 3/4·4 + 1/4·8 = 5.
    queries = torch.tensor([[1.0, 0.0]])
    keys = torch.tensor([[math.log(3), 5.0], [0.0, 7.0]])
    values = torch.tensor([[4.0], [8.0]])
    output, weights = dot_product_attention(queries, keys, values, scale=1.0)
    torch.testing.assert_close(weights, torch.tensor([[0.75, 0.25]]))
    torch.testing.assert_close(output, torch.tensor([[5.0]]))


FOUR_KEYS = [[0.05, 0, 0.998], [0.02, 0.02, 0.999], [0.976, 0.098, 0.195], [0.02, 0.999, 0.02]]
FIVE_KEYS = [[0.1, 0, 0.8], [0.1, 0.9, 0], [0, 0.1, 0.8], [0.2, 0.1, 0.6], [0.9, 0, 0.1]]


@pytest.mark.parametrize(
    ("scale", "first", "second"),
    [
        (1.0, [2.805374, 1.631394, 4.005162], [0.242686, 0.339172, 0.369901]),
        (None, [2.779, 1.572, 4.003], [0.252, 0.284, 0.411]),
    ],
)
def test_published_numbers(scale: float | None, first: list[float], second: list[float]) -> None:
    queries = torch.tensor([[0.990, 0.099, 0.099]])
    values = torch.tensor([[1.0, 2, 5], [1, 1, 5], [3, 2, 4], [6, 1, 2]])
    output, _ = dot_product_attention(queries, torch.tensor(FOUR_KEYS), values, scale=scale)
    near = 1e-6 if scale else 5e-4
    torch.testing.assert_close(output, torch.tensor([first]), atol=near, rtol=0)
    hidden = torch.tensor(FIVE_KEYS)
    output, _ = dot_product_attention(torch.tensor([[0.2, 0.9, 0.0]]), hidden, hidden, scale=scale)
    torch.testing.assert_close(output, torch.tensor([second]), atol=near, rtol=0)


def slowly(attention: MultiHeadAttention, query: Tensor, memory: Tensor) -> Tensor:
    """One image, loop by loop: section 3.2.2 of the paper, plus biases."""
    width, heads = query.shape[1], attention.heads
    size = width // heads
    weight, bias = attention.qkv.weight, attention.qkv.bias
    rows = []
    for token in query:
        mixed = []
        for head in range(heads):
            part = [slice(p * width + head * size, p * width + (head + 1) * size) for p in range(3)]
            q = weight[part[0]] @ token + bias[part[0]]
            keys = [weight[part[1]] @ other + bias[part[1]] for other in memory]
            values = [weight[part[2]] @ other + bias[part[2]] for other in memory]
            scores = [math.exp(sum(q[d] * k[d] for d in range(size)) / size**0.5) for k in keys]
            mixed.append(sum(s / sum(scores) * v for s, v in zip(scores, values, strict=True)))
        rows.append(attention.proj.weight @ torch.cat(mixed) + attention.proj.bias)
    return torch.stack(rows)


@pytest.mark.parametrize("crossed", [False, True])
@torch.no_grad()
def test_slowly(drawn, normal, crossed: bool) -> None:
    attention = drawn(MultiHeadAttention(6, 3).double())
    query = normal(2, 4, 6, dtype=torch.float64)
    memory = normal(2, 5, 6, dtype=torch.float64) if crossed else None
    output = attention(query, memory)
    for image in range(2):
        read = query[image] if memory is None else memory[image]
        expected = slowly(attention, query[image], read)
        torch.testing.assert_close(output[image], expected, atol=1e-12, rtol=0)


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("crossed", [False, True])
@torch.no_grad()
def test_equals_torch(drawn, normal, crossed: bool, masked: bool) -> None:
    ours = drawn(MultiHeadAttention(8, 2))
    theirs = nn.MultiheadAttention(8, 2, batch_first=True).eval()
    theirs.in_proj_weight.data, theirs.in_proj_bias.data = ours.qkv.weight, ours.qkv.bias
    theirs.out_proj.load_state_dict(ours.proj.state_dict())
    query = normal(2, 4, 8)
    memory = normal(2, 5, 8) if crossed else None
    read = query if memory is None else memory
    mask = normal(4, read.shape[1]) > -0.5 if masked else None
    if mask is not None:
        mask[:, 0] = True
    expected, weights = theirs(
        query, read, read, attn_mask=None if mask is None else ~mask, average_attn_weights=False
    )
    torch.testing.assert_close(
        ours(query, memory, None if mask is None else mask[None]), expected, atol=1e-6, rtol=0
    )
    seen = []
    ours.tap.listeners.append(lambda _, map_, __: seen.append(whole(map_)))
    ours(query, memory, None if mask is None else mask[None])
    torch.testing.assert_close(seen[0], weights, atol=1e-6, rtol=0)


def test_the_order_of_keys_does_not_matter(normal) -> None:
    queries, keys, values = normal(3, 4), normal(5, 4), normal(5, 2)
    order = torch.tensor([3, 0, 4, 1, 2])
    plain = dot_product_attention(queries, keys, values)
    moved = dot_product_attention(queries, keys[order], values[order])
    torch.testing.assert_close(moved.output, plain.output)
    torch.testing.assert_close(moved.weights, plain.weights[:, order])


def test_permuting_tokens_permutes_the_output(drawn, normal) -> None:
    attention, tokens = drawn(MultiHeadAttention(6, 2)), normal(1, 5, 6)
    order = torch.tensor([3, 0, 4, 1, 2])
    torch.testing.assert_close(attention(tokens[:, order]), attention(tokens)[:, order])


def test_dropout_is_for_training_only(drawn, normal) -> None:
    attention, tokens = (
        drawn(MultiHeadAttention(6, 2, attn_drop=0.5, proj_drop=0.5)),
        normal(2, 5, 6),
    )
    torch.testing.assert_close(attention(tokens), attention(tokens), atol=0, rtol=0)
    attention.train()
    assert not torch.equal(attention(tokens), attention(tokens))


def test_heads_that_do_not_divide_the_width() -> None:
    with pytest.raises(ConfigError) as error:
        MultiHeadAttention(192, 5)
    assert str(error.value) == (
        "expected a number of heads that divides the width 192, got 5; try 4 heads"
    )


def test_a_memory_of_another_width(drawn, normal) -> None:
    with pytest.raises(ShapeError) as error:
        drawn(MultiHeadAttention(4, 2))(normal(2, 3, 4), normal(2, 3, 6))
    assert str(error.value) == (
        "expected the memory as (b j d), d=4, got (2, 3, 6); "
        "try a tensor whose axes are image, key, feature"
    )
