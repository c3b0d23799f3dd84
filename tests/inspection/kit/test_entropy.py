"""Entropy of rows."""

import math

import pytest
import torch

from saccade.errors import ConfigError, ShapeError
from saccade.inspection.kit.entropy import effective_keys, row_entropies, spread_of


def test_by_hand() -> None:
    # A half and two quarters: ln 2 / 2 + 2 · ln 4 / 4 = 1.5 ln 2, which is 2^1.5 keys.
    rows = torch.tensor([[0.5, 0.25, 0.25, 0.0], [0.25, 0.25, 0.25, 0.25], [0.0, 1.0, 0.0, 0.0]])
    expected = torch.tensor([1.5, 2.0, 0.0]) * math.log(2)
    torch.testing.assert_close(row_entropies(rows), expected)
    shares = torch.tensor([0.75, 1.0, 0.0])
    torch.testing.assert_close(row_entropies(rows, normalized=True), shares)
    torch.testing.assert_close(effective_keys(rows), torch.tensor([2**1.5, 4.0, 1.0]))


def test_slowly(normal) -> None:
    maps = normal(2, 3, 4, 5, dtype=torch.float64).softmax(-1)
    found = row_entropies(maps)
    for place in torch.cartesian_prod(*(torch.arange(n) for n in maps.shape[:-1])).tolist():
        row = maps[tuple(place)].tolist()
        assert float(found[tuple(place)]) == pytest.approx(-sum(p * math.log(p) for p in row))


def test_spread_tells_the_mean_and_the_class_row() -> None:
    maps = torch.tensor([[[1.0, 0.0], [0.5, 0.5]]])
    spread = spread_of(maps)
    torch.testing.assert_close(spread.mean, torch.tensor([math.log(2) / 2]))
    torch.testing.assert_close(spread.first, torch.tensor([0.0]))
    torch.testing.assert_close(spread.normalized, torch.tensor([0.5]))
    assert spread.most == pytest.approx(math.log(2))
    torch.testing.assert_close(spread_of(maps, query=1).first, torch.tensor([math.log(2)]))


def test_the_order_of_keys_does_not_matter_and_chunks_are_the_whole(normal) -> None:
    maps = normal(2, 6, 6).softmax(-1)
    whole = row_entropies(maps)
    torch.testing.assert_close(row_entropies(maps.flip(-1)), whole)
    chunks = [row_entropies(maps[:, start : start + 4]) for start in (0, 4)]
    assert torch.equal(torch.cat(chunks, dim=1), whole)
    assert bool((whole <= math.log(6) + 1e-6).all())


def test_one_key_alone() -> None:
    assert float(row_entropies(torch.ones(1, 1), normalized=True)) == 0.0
    assert float(spread_of(torch.ones(1, 1)).normalized) == 0.0


def test_errors() -> None:
    with pytest.raises(ShapeError, match=r"weights as \(... i j\) with keys, got \(3, 0\)"):
        row_entropies(torch.zeros(3, 0))
    with pytest.raises(ConfigError, match="a query token from 0 to 1, got 2"):
        spread_of(torch.full((2, 2), 0.5), query=2)
