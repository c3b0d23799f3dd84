"""Additive attention."""

import math

import pytest
import torch

from saccade.attention import AdditiveAttention, additive_attention
from saccade.errors import ConfigError, ShapeError


def test_by_hand() -> None:
    # tanh(0 + ln(3)/2) = 1/2, so the scores are 2 ln(3)·1/2 = ln 3 and 0: weights 3/4 and 1/4.
    queries = torch.zeros(1, 1)
    keys = torch.tensor([[math.log(3) / 2], [0.0]])
    values = torch.tensor([[4.0], [8.0]])
    score = torch.tensor([2 * math.log(3)])
    output, weights = additive_attention(queries, keys, values, score)
    torch.testing.assert_close(weights, torch.tensor([[0.75, 0.25]]))
    torch.testing.assert_close(output, torch.tensor([[5.0]]))


def test_relu_by_hand() -> None:
    # relu(1 - 2) = 0 and relu(1 + ln(3) - 1) = ln 3: weights 1/4 and 3/4.
    queries, keys = torch.tensor([[1.0]]), torch.tensor([[-2.0], [math.log(3) - 1]])
    attended = additive_attention(queries, keys, keys, torch.ones(1), activation="relu")
    torch.testing.assert_close(attended.weights, torch.tensor([[0.25, 0.75]]))


@pytest.mark.parametrize("activation", ["tanh", "relu"])
@torch.no_grad()
def test_slowly(drawn, normal, activation: str) -> None:
    attention = drawn(AdditiveAttention(3, 4, 5, activation=activation).double())
    query, memory = normal(2, 2, 3, dtype=torch.float64), normal(2, 6, 4, dtype=torch.float64)
    output = attention(query, memory)
    bend = math.tanh if activation == "tanh" else lambda x: max(x, 0.0)
    for image in range(2):
        for i, asked in enumerate(query[image]):
            scores = []
            for item in memory[image]:
                inner = attention.query.weight @ asked + attention.key.weight @ item
                inner = inner + attention.key.bias
                bent = [bend(float(x)) for x in inner]
                scores.append(sum(v * x for v, x in zip(attention.score, bent, strict=True)))
            mass = [math.exp(s) for s in scores]
            mixed = sum(m / sum(mass) * x for m, x in zip(mass, memory[image], strict=True))
            torch.testing.assert_close(output[image, i], mixed, atol=1e-12, rtol=0)


def test_the_order_of_the_memory_does_not_matter(drawn, normal) -> None:
    attention, query, memory = drawn(AdditiveAttention(3, 4, 5)), normal(2, 2, 3), normal(2, 6, 4)
    order = torch.tensor([3, 0, 5, 4, 1, 2])
    torch.testing.assert_close(attention(query, memory[:, order]), attention(query, memory))


def test_keys_projected_before_change_nothing(drawn, normal) -> None:
    attention, query, memory = drawn(AdditiveAttention(3, 4, 5)), normal(2, 2, 3), normal(2, 6, 4)
    keys = attention.project(memory)
    torch.testing.assert_close(attention(query, memory, keys=keys), attention(query, memory))
    output, weights = attention(query, memory, need_weights=True)
    torch.testing.assert_close(weights @ memory, output)


def test_a_mask_for_all_queries_alike(drawn, normal) -> None:
    attention, query, memory = drawn(AdditiveAttention(3, 4, 5)), normal(2, 2, 3), normal(2, 6, 4)
    mask = torch.arange(6) < torch.tensor([[6], [4]])
    short = attention(query[1:], memory[1:, :4])
    torch.testing.assert_close(attention(query, memory, mask)[1:], short)


def test_the_score_starts_small() -> None:
    score = AdditiveAttention(3, 4, 100).score
    assert 0.08 < float(score.detach().abs().max()) <= 0.1  # ±1/sqrt(100)


def test_a_query_of_another_size(drawn, normal) -> None:
    with pytest.raises(ShapeError) as error:
        drawn(AdditiveAttention(3, 4, 5))(normal(2, 2, 4), normal(2, 6, 4))
    assert str(error.value) == (
        "expected the query as (b i d), d=3, got (2, 2, 4); "
        "try a tensor whose axes are image, query, feature"
    )


def test_sizes_that_cannot_be() -> None:
    with pytest.raises(ConfigError, match=r"positive sizes, got \(3, 0, 5\)"):
        AdditiveAttention(3, 0, 5)
