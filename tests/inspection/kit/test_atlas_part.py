"""The head atlas as a part of the kit."""

import pytest

from saccade.errors import TraceError
from saccade.inspection.kit.atlas import Effect
from saccade.inspection.kit.atlas_part import AtlasPart
from saccade.inspection.kit.findings import Choice
from tests.inspection.seen import seen


def test_a_row_for_each_head_with_what_muting_it_does() -> None:
    effects = {(layer, head): Effect(0.1, 0.2, 0.5) for layer in range(2) for head in range(2)}
    part = AtlasPart(Choice(effects=effects))
    part.take(seen(3))
    found = part.finish()
    assert len(found.rows) == 4
    rows = [dict(zip(found.header, row, strict=True)) for row in found.rows]
    assert rows[0]["typical"].count(";") == 2
    assert rows[3]["ablation effect"] == 0.1
    assert rows[3]["class changes"] == 0.5
    assert set(found.charts) == {"chart", "heads"}
    plain = AtlasPart(Choice())
    plain.take(seen(3))
    assert plain.finish().charts["heads"].width < found.charts["heads"].width


def test_no_picture() -> None:
    with pytest.raises(TraceError, match="at least one picture, got none"):
        AtlasPart(Choice()).finish()
