"""Similarity of positions as a part of the kit."""

import pytest
import torch

from saccade.errors import ShapeError, TraceError
from saccade.inspection.kit.positions import position_similarity
from saccade.inspection.kit.similarity_part import similarity_findings
from saccade.layers import sincos_positions


def test_the_matrix_of_cosines(normal) -> None:
    table = normal(6, 4)
    found = similarity_findings(table, (2, 3))
    similar = position_similarity(table, (2, 3)).reshape(6, 6)
    assert found.header[:3] == ["row", "column", "0,0"]
    matrix = torch.tensor([row[2:] for row in found.rows])
    torch.testing.assert_close(matrix, similar, atol=1e-6, rtol=0)
    assert [row[:2] for row in found.rows][4] == [1, 1]
    means = dict(found.brief[1])
    neighbours = [(0, 1), (1, 2), (3, 4), (4, 5), (0, 3), (1, 4), (2, 5)]
    expected = sum(float(similar[pair]) for pair in neighbours) / len(neighbours)
    assert means["next patches (four)"] == pytest.approx(expected, abs=1e-5)


def test_sines_depend_on_the_offset_and_a_line_has_no_columns() -> None:
    found = similarity_findings(sincos_positions((4, 4), 16), (4, 4))
    assert dict(found.brief[1])["share of the spread that the offset explains"] == pytest.approx(1)
    line = similarity_findings(torch.eye(3), (1, 3))
    assert dict(line.brief[1])["others of the same column"] == ""


def test_errors(normal) -> None:
    with pytest.raises(TraceError, match="a table of positions, got a model without one; try kern"):
        similarity_findings(None, (0, 0))
    with pytest.raises(ShapeError, match="the position table"):
        similarity_findings(normal(5, 4), (2, 3))
