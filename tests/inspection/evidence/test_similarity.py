"""Ranks, and the correlation of maps by them."""

import pytest
import torch

from saccade.errors import ShapeError
from saccade.inspection.evidence.similarity import correlation, rank_correlation, ranks


def test_ranks_by_hand():
    assert ranks(torch.tensor([[3.0, 1.0, 3.0, 7.0]])).tolist() == [[1.5, 0, 1.5, 3]]


def test_any_rising_change_leaves_the_order(normal):
    maps = normal(4, 5, 6)
    torch.testing.assert_close(rank_correlation(maps, maps.exp()), torch.ones(4).double())
    torch.testing.assert_close(rank_correlation(maps, -(maps**3)), -torch.ones(4).double())


def test_as_scipy_says(normal):
    stats = pytest.importorskip("scipy.stats")
    maps, others = normal(3, 4, 5).round(decimals=1), normal(3, 4, 5).round(decimals=1)
    found = rank_correlation(maps, others)
    for image in range(3):
        theirs = stats.spearmanr(maps[image].flatten(), others[image].flatten()).statistic
        assert float(found[image]) == pytest.approx(theirs)


def test_a_constant_map_has_no_order(normal):
    assert rank_correlation(torch.ones(1, 3, 3), normal(1, 3, 3)).isnan().all()


def test_pearson_by_hand():
    # Deviations (-1, 0, 1) and (-1, 1, 0): 1 over sqrt(2 · 2).
    found = correlation(torch.tensor([[1.0, 2, 3]]), torch.tensor([[1.0, 3, 2]]))
    assert float(found) == pytest.approx(0.5)


def test_rows_of_larger_tensors(normal):
    rows = normal(3, 5, 10)[:, 0, 1:].view(3, 3, 3)
    torch.testing.assert_close(rank_correlation(rows, rows), torch.ones(3).double())


def test_maps_of_two_sizes():
    with pytest.raises(ShapeError, match="the other maps"):
        rank_correlation(torch.zeros(1, 2, 2), torch.zeros(1, 2, 3))
