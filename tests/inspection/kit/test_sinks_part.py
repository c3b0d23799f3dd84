"""Sinks and norms as a part of the kit."""

import pytest
import torch

from saccade.errors import ShapeError
from saccade.inspection.kit.findings import Choice
from saccade.inspection.kit.sinks_part import SinksPart
from saccade.layers import TokenLayout
from tests.inspection.seen import seen


def test_sinks_and_norms_by_hand() -> None:
    batch = seen(1, heads=1)
    batch.norms[0] = torch.tensor([[9.0, 1, 1.1, 1.2, 1.3, 1.4, 50], [8.0, 1, 2, 3, 4, 5, 6]])
    part = SinksPart(Choice())
    part.take(batch)
    found = part.finish()
    rows = [dict(zip(found.header, row, strict=True)) for row in found.rows]
    received = batch.attention[0, 1, 0].mean(0)
    assert rows[1]["mass on strongest key"] == pytest.approx(float(received.max()), abs=1e-6)
    assert rows[1]["mass on prefix"] == pytest.approx(float(received[0]), abs=1e-6)
    assert [row["norm of prefix"] for row in rows] == [9.0, 8.0]
    assert [row["patches of high norm"] for row in rows] == [1.0, 0.0]
    assert rows[0]["largest norm of patches"] == 50.0
    before = "mass on high norms of the block before"
    assert rows[0][before] == 0.0
    assert rows[1][before] == pytest.approx(float(received[6]), abs=1e-6)


def test_without_norms_and_without_prefix() -> None:
    part = SinksPart(Choice())
    part.take(seen(norms=False, layout=TokenLayout((), (2, 3), (4, 4))))
    found = part.finish()
    assert not any("norm" in name for name in found.header)
    assert found.rows[0][found.header.index("mass on prefix")] == ""


def test_norms_of_other_blocks() -> None:
    batch = seen(2)
    part = SinksPart(Choice())
    other = type(batch)(batch.trace, norms=batch.norms[:, :1])
    with pytest.raises(ShapeError, match=r"norms as \(b t n\) of \(2, 2, 7\), got \(2, 1, 7\)"):
        part.take(other)
