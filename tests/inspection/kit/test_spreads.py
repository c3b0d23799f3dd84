"""Means and spreads over pictures."""

import math

import pytest
import torch

from saccade.errors import TraceError
from saccade.inspection.kit.spreads import rounded, stats_of, summarize


def test_by_hand() -> None:
    values = torch.tensor([[[1.0, 4.0]], [[3.0, 4.0]], [[8.0, 4.0]]])
    ((first, second),) = stats_of(values)
    # Mean 4; squares of the distances 9 + 1 + 16 = 26.
    assert first == pytest.approx((4.0, math.sqrt(26 / 3), 1.0, 8.0))
    assert second == (4.0, 0.0, 4.0, 4.0)


def test_a_table_with_four_columns_a_measure() -> None:
    values = torch.tensor([[[1.0], [math.nan]], [[3.0], [math.nan]]])
    summary = summarize(("layer",), [(0,), (1,)], ("x (px)",), values)
    assert summary.pictures == 2
    header, rows = summary.flat()
    assert header == ["layer", "pictures", "x (px)", "x (px) std", "x (px) min", "x (px) max"]
    assert rows == [[0, 2, 2.0, 1.0, 1.0, 3.0], [1, 2, "", "", "", ""]]


def test_one_picture_has_no_spread_and_none_is_refused() -> None:
    ((stat,),) = stats_of(torch.full((1, 1, 1), 2.5))
    assert stat == (2.5, 0.0, 2.5, 2.5)
    with pytest.raises(TraceError, match="at least one picture, got none"):
        stats_of(torch.empty(0, 1, 1))


def test_cells() -> None:
    assert [rounded(cell) for cell in (1 / 3, 2, "a", math.nan)] == [0.333333, 2, "a", ""]
