"""Attention over keys and values that were kept."""

import pytest
import torch
from torch import Tensor

from saccade.attention import MultiHeadAttention
from saccade.attention.reading import whole
from saccade.errors import ShapeError
from saccade.models.words.recalling import RecallingAttention

MASK = torch.tensor([[True, True, False, True, False], [True] * 5])


@pytest.mark.parametrize("bias", [True, False, "qv"])
def test_kept_keys_give_what_the_memory_gives(drawn, normal, bias) -> None:
    ours = drawn(RecallingAttention(8, 2, qkv_bias=bias, qk_norm=True).double())
    plain = MultiHeadAttention(8, 2, qkv_bias=bias, qk_norm=True).double()
    plain.load_state_dict(ours.state_dict())
    query, memory = normal(2, 3, 8, dtype=torch.float64), normal(2, 5, 8, dtype=torch.float64)
    kept = ours.remember(memory)
    assert kept.shape == (2, 2, 2, 5, 4)  # b 2 heads j d
    expected = plain(query, memory, MASK)
    torch.testing.assert_close(ours(query, memory, MASK), expected, atol=1e-12, rtol=0)
    torch.testing.assert_close(ours(query, kept, MASK), expected, atol=1e-12, rtol=0)
    torch.testing.assert_close(ours(query), plain(query), atol=1e-12, rtol=0)


def test_words_may_be_remembered_one_by_one(drawn, normal) -> None:
    attention, memory = drawn(RecallingAttention(8, 2)), normal(2, 5, 8)
    parts = [attention.remember(memory[:, j : j + 1]) for j in range(5)]
    torch.testing.assert_close(torch.cat(parts, dim=3), attention.remember(memory))


@pytest.mark.parametrize("mask", [None, MASK])
def test_a_look_is_the_mean_of_the_tapped_map(drawn, normal, mask: Tensor | None) -> None:
    attention, query = drawn(RecallingAttention(8, 2)), normal(2, 3, 8)
    kept = attention.remember(normal(2, 5, 8))
    seen: list[Tensor] = []
    attention.tap.listeners.append(lambda _, map_, __: seen.append(whole(map_)))
    attention(query, kept, mask)
    weights = attention.look(query, kept, mask)
    assert len(seen) == 1
    torch.testing.assert_close(weights, seen[0].mean(1), atol=1e-6, rtol=0)
    torch.testing.assert_close(weights.sum(-1), torch.ones(2, 3))
    assert mask is None or (weights[0, :, [2, 4]] == 0).all()


def test_a_query_that_may_read_nothing(drawn, normal) -> None:
    attention = drawn(RecallingAttention(8, 2))
    kept = attention.remember(normal(1, 5, 8))
    nothing = torch.zeros(1, 5, dtype=torch.bool)
    weights = attention.look(normal(1, 3, 8), kept, nothing)
    assert (weights == 0).all()
    (weights.sum() + attention(normal(1, 3, 8), kept, nothing).sum()).backward()
    assert all(one.grad is None or one.grad.isfinite().all() for one in attention.parameters())


def test_a_memory_of_another_width(drawn, normal) -> None:
    with pytest.raises(ShapeError) as error:
        drawn(RecallingAttention(4, 2)).remember(normal(2, 3, 6))
    assert str(error.value).startswith("expected the memory as (b j d), d=4, got (2, 3, 6); try")
