"""Rows made of queries and keys, against numbers by hand, loops and the kernel itself."""

import math
from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from saccade.attention.fused_reading import Fused
from saccade.errors import ShapeError
from tests.attention.slow_softmax import slow_map

Draw = Callable[..., Tensor]
B, HEADS, L, J, D = 2, 4, 3, 5, 2
ADDED = {
    "none": lambda normal: None,
    "map": lambda normal: normal(L, J),
    "map of one query": lambda normal: normal(1, J),
    "heads": lambda normal: normal(HEADS, L, J),
    "one for all heads": lambda normal: normal(1, L, J),
    "images": lambda normal: normal(B, 1, 1, J),
    "all": lambda normal: normal(B, HEADS, L, J),
    "one column": lambda normal: normal(B, 1, L, 1),
    "boolean map": lambda normal: normal(L, J) > 0,
    "boolean padding": lambda normal: normal(B, 1, 1, J) > 0,
    "boolean heads": lambda normal: normal(HEADS, L, J) > 0,
    "nothing but -inf": lambda normal: torch.full((L, J), -math.inf),
}


def fused(normal: Draw, *, key_heads: int = HEADS, i: int = L, dtype=torch.float32, **named):
    """A call of the kernel, with what it gives."""
    q = normal(B, HEADS, i, D, dtype=dtype)
    k, v = normal(B, key_heads, J, D, dtype=dtype), normal(B, key_heads, J, D, dtype=dtype)
    added, scale = named.get("added"), named.get("scale")
    causal = named.get("causal", False)
    output = F.scaled_dot_product_attention(
        q, k, v, added, 0.0, causal, scale=scale, enable_gqa=key_heads < HEADS
    )
    return Fused(q, k, v, added, scale, causal, output)


def check(reading: Fused, *, atol: float = 1e-6) -> None:
    wanted = slow_map(reading.queries, reading.keys, reading.added, reading.scale, reading.causal)
    rows = reading.rows()
    assert rows.shape == reading.shape == wanted.shape
    torch.testing.assert_close(rows.double(), wanted, atol=atol, rtol=0)
    assert reading.error(rows) < max(atol, 3e-6)


def test_by_hand() -> None:
    # One feature, scale 1: scores ln 2 and ln 3 beside 0 are shares of 1, 2 and 3 sixths.
    queries = torch.tensor([1.0, 0.0]).reshape(1, 1, 2, 1)
    keys = torch.tensor([0.0, math.log(2), math.log(3)]).reshape(1, 1, 3, 1)
    values = torch.tensor([6.0, 12.0, 0.0]).reshape(1, 1, 3, 1)
    output = torch.tensor([5.0, 6.0]).reshape(1, 1, 2, 1)
    reading = Fused(queries, keys, values, output=output)
    wanted = torch.tensor([[1 / 6, 2 / 6, 3 / 6], [1 / 3, 1 / 3, 1 / 3]])
    torch.testing.assert_close(reading.rows()[0, 0], wanted)
    assert reading.error(reading.rows()) < 1e-6
    # Rows the wrong way round give 6 and 5: wrong by 1, out of 6.
    assert reading.error(reading.rows().flip(2)) == pytest.approx(1 / 6)
    assert Fused(queries, keys, values, scale=0.0).rows().unique().item() == pytest.approx(1 / 3)


@pytest.mark.parametrize("kind", ADDED)
@pytest.mark.parametrize("key_heads", [HEADS, 2, 1])
def test_what_is_added(normal: Draw, kind: str, key_heads: int) -> None:
    check(fused(normal, key_heads=key_heads, added=ADDED[kind](normal)))


@pytest.mark.parametrize("i", [2, 5, 7])  # fewer queries than keys, as many, more
@pytest.mark.parametrize("scale", [None, 0.3, 2.0])
def test_causal_and_scale(normal: Draw, i: int, scale: float | None) -> None:
    check(fused(normal, i=i, causal=True, scale=scale))
    check(fused(normal, i=i, scale=scale))


def test_a_query_that_may_read_nothing(normal: Draw) -> None:
    mask = torch.ones(B, 1, L, J, dtype=torch.bool)
    mask[0, :, 1] = False
    reading = fused(normal, added=mask)
    check(reading)
    assert reading.rows()[0, :, 1].abs().max() == 0
    assert reading.rows([1])[1].sum().item() == pytest.approx(HEADS)
    for image, _, rows, logs in reading.chunks(most=1):
        assert torch.isfinite(logs).all()
        assert torch.isfinite(rows * logs).all(), image


@pytest.mark.parametrize("kind", ["none", "causal", "heads", "all", "images", "boolean heads"])
def test_some_queries_and_heads(normal: Draw, kind: str) -> None:
    causal = kind == "causal"
    added = None if causal else ADDED[kind](normal)
    reading = fused(normal, key_heads=2, added=added, causal=causal)
    every = reading.rows()
    for queries in (None, [1], [-1], [2, 0], [1, 1, -3], range(3), (0,), []):
        for heads in (None, [3], [-1], [2, 0], [1, 1, -4], []):
            some = reading.rows(queries, heads)
            part = every if heads is None else every[:, list(heads)]
            part = part if queries is None else part[:, :, list(queries)]
            torch.testing.assert_close(some, part, atol=1e-6, rtol=0)
            assert reading.error(some, queries, heads) < 3e-6
    wrong = every.roll(1, 1)
    assert reading.error(wrong) > 0.02
    assert reading.error(every[:, [0]], None, [1]) > 0.02
    assert reading.error(every[:, :, [0]], [1]) > 0.02


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_other_types(normal: Draw, dtype: torch.dtype) -> None:
    reading = fused(normal, dtype=dtype, added=normal(L, J).to(dtype))
    fine = torch.float64 if dtype == torch.float64 else torch.float32
    assert (reading.rows().dtype, reading.dtype) == (fine, dtype)
    wanted = slow_map(reading.queries, reading.keys, reading.added)
    torch.testing.assert_close(reading.rows().double(), wanted, atol=1e-6, rtol=0)
    assert reading.error(reading.rows()) < (1e-12 if dtype == torch.float64 else 2e-2)


@pytest.mark.parametrize("most", [1, 7, 20, 21, 40, 10_000])
@pytest.mark.parametrize("kind", ["none", "images", "all", "boolean heads"])
def test_chunks_are_the_rows(normal: Draw, most: int, kind: str) -> None:
    reading = fused(normal, added=ADDED[kind](normal), key_heads=2)
    every, seen = reading.rows(), torch.zeros(B, L)
    for image, first, rows, logs in reading.chunks(most=most):
        part = every[image, :, first : first + rows.shape[1]]
        torch.testing.assert_close(rows, part, atol=1e-6, rtol=0)
        lowest = torch.finfo(rows.dtype).min
        torch.testing.assert_close(logs, part.log().clamp_min(lowest), atol=1e-5, rtol=1e-6)
        assert rows.numel() <= max(most, HEADS * J)
        seen[image, first : first + rows.shape[1]] += 1
    assert bool((seen == 1).all())


def test_no_such_query_or_head(normal: Draw) -> None:
    reading = fused(normal)
    with pytest.raises(ShapeError, match=r"^expected queries from 0 to 2, got 3; try queries="):
        reading.rows([0, 3])
    with pytest.raises(ShapeError, match=r"^expected heads from 0 to 3, got -5; try heads=\[0\]$"):
        reading.rows(None, [-5])
