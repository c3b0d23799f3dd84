"""Filters as a part of the kit."""

import pytest

from saccade.inspection.kit.filters import embedding_filters
from saccade.inspection.kit.filters_part import COMPONENTS, filter_findings


def test_a_row_for_each_component(normal) -> None:
    kernel = normal(40, 3, 4, 4)
    found = filter_findings(kernel)
    assert len(found.rows) == COMPONENTS == 28
    explained = embedding_filters(kernel).explained
    assert [row[1] for row in found.rows] == pytest.approx(explained.tolist(), abs=1e-6)
    assert found.rows[-1][2] == pytest.approx(float(explained.sum()), abs=2e-6)
    # Four rows of seven, as in the paper.
    assert found.charts["chart"].width == 7 * 108 + 12


@pytest.mark.parametrize("channels", [1, 2, 5])
def test_other_channels_than_colours(normal, channels: int) -> None:
    found = filter_findings(normal(6, channels, 2, 3), components=4)
    assert len(found.rows) == 4
    assert found.charts["chart"].width > 0
