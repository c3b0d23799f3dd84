"""Similarity of position embeddings."""

import pytest
import torch

from saccade.errors import ShapeError
from saccade.inspection import position_similarity
from saccade.layers import GridPositions, sincos_positions


def test_slowly(normal) -> None:
    table = normal(6, 4)
    similar = position_similarity(table, (2, 3))
    assert similar.shape == (2, 3, 2, 3)
    for i in range(6):
        for j in range(6):
            cosine = table[i] @ table[j] / (table[i].norm() * table[j].norm())
            found = similar[i // 3, i % 3, j // 3, j % 3]
            torch.testing.assert_close(found, cosine, atol=1e-6, rtol=0)


def test_each_position_is_like_itself(normal) -> None:
    similar = position_similarity(normal(12, 5), (3, 4)).reshape(12, 12)
    torch.testing.assert_close(similar.diagonal(), torch.ones(12))
    torch.testing.assert_close(similar, similar.T)


def test_sinusoids_give_the_same_tile_around_each_position() -> None:
    # sin·sin + cos·cos = cos of the difference: only the offsets of row and column matter.
    similar = position_similarity(sincos_positions((5, 5), 16), (5, 5))
    for r in range(4):
        for c in range(4):
            torch.testing.assert_close(
                similar[r + 1, c + 1, 1:, 1:], similar[r, c, :-1, :-1], atol=1e-6, rtol=0
            )
    assert similar[2, 2, 2, 2] > similar[2, 2, 2, 1]
    assert similar[2, 2, 2, 1] > similar[2, 2, 2, 0]


def test_tables_of_rows_and_columns_give_a_cross() -> None:
    # With orthonormal rows in both tables, half of the features agree on the same row or column.
    tables = GridPositions((3, 4), 8)
    tables.y.data = torch.eye(4)[:3]
    tables.x.data = torch.eye(4)
    similar = position_similarity(tables(), (3, 4))
    for r in range(3):
        for c in range(4):
            expected = torch.zeros(3, 4)
            expected[r] += 0.5
            expected[:, c] += 0.5
            torch.testing.assert_close(similar[r, c], expected)


def test_a_table_of_another_grid() -> None:
    with pytest.raises(ShapeError, match=r"the position table as \(n d\), n=9, got \(8, 4\)"):
        position_similarity(torch.zeros(8, 4), (3, 3))
