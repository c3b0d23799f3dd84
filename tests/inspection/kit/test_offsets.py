"""Pairs of patches by offset."""

import pytest
import torch

from saccade.errors import ShapeError
from saccade.inspection.kit.offsets import (
    count_by_offset,
    mean_by_offset,
    pair_offsets,
    sum_by_offset,
)


def test_slowly(normal) -> None:
    pairs = normal(2, 6, 6)
    expected, count = torch.zeros(2, 3, 5), torch.zeros(3, 5)
    for i in range(6):
        for j in range(6):
            down, right = j // 3 - i // 3, j % 3 - i % 3
            expected[:, 1 + down, 2 + right] += pairs[:, i, j]
            count[1 + down, 2 + right] += 1
    torch.testing.assert_close(sum_by_offset(pairs, (2, 3)), expected)
    torch.testing.assert_close(count_by_offset((2, 3)).float(), count)
    torch.testing.assert_close(mean_by_offset(pairs, (2, 3)), expected / count)


def test_the_middle_is_no_offset() -> None:
    found = mean_by_offset(torch.eye(12), (3, 4))
    assert found[2, 3] == 1
    assert float(found.sum()) == 1
    assert pair_offsets((1, 2)).tolist() == [[1, 2], [0, 1]]


def test_pairs_of_another_grid() -> None:
    with pytest.raises(ShapeError, match=r"the 6 patches of a 2x3 grid as \(... i j\), got"):
        sum_by_offset(torch.zeros(7, 7), (2, 3))
