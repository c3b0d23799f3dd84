"""Every part of the kit, over one picture and over batches."""

import pytest

from saccade.errors import TraceError
from saccade.inspection.kit.findings import Choice
from saccade.inspection.kit.parts import PARTS
from tests.inspection.seen import seen


@pytest.mark.parametrize("name", PARTS)
def test_each_part_gives_a_table_and_a_drawing(name: str) -> None:
    part = PARTS[name](Choice(pictures=2))
    part.take(seen(2))
    part.take(seen(1, seed=1))
    found = part.finish()
    assert found.rows
    assert all(len(row) == len(found.header) for row in found.rows)
    assert len(set(found.header)) == len(found.header)
    assert found.charts
    assert len(found.charts) <= 2
    assert found.summary is not None
    assert found.summary.pictures == 3


@pytest.mark.parametrize("name", PARTS)
def test_no_picture(name: str) -> None:
    with pytest.raises(TraceError, match="at least one picture, got none"):
        PARTS[name](Choice()).finish()
