"""Parts that draw each picture."""

import pytest
import torch

from saccade.errors import ConfigError
from saccade.inspection.kit.findings import Choice
from saccade.inspection.kit.flow import attention_flow
from saccade.inspection.kit.heads import head_maps, keep_mass
from saccade.inspection.kit.pictures import FlowPart, HeadsPart
from saccade.layers import TokenLayout
from tests.inspection.seen import LAYOUT, seen


def test_heads_are_those_of_the_last_layer() -> None:
    batch = seen(2)
    part = HeadsPart(Choice(mass=0.7, pictures=1))
    part.take(batch)
    found = part.finish()
    maps = head_maps(batch.attention[:, -1], LAYOUT)
    masks = keep_mass(maps, 0.7)
    assert [row[:2] for row in found.rows] == [
        [name, head] for name in batch.names for head in range(2)
    ]
    last = found.rows[-1]
    assert last[2] == pytest.approx(float(maps[1, 1].sum()), abs=2e-6)
    assert last[3] == int(masks[1, 1].sum())
    assert 0.7 <= last[4] <= 1.0
    assert last[5] * 3 + last[6] == int(maps[1, 1].argmax())
    assert list(found.charts) == ["00_0_0"]
    second = found.summary.lines[1]
    assert second.labels == (1,)
    assert second.stats[0].mean == pytest.approx(float(maps[:, 1].sum((-1, -2)).mean()), abs=1e-6)
    with pytest.raises(ConfigError, match="a query token from 0 to 6, got 7"):
        HeadsPart(Choice(query=7)).take(batch)


def test_flow_warns_when_it_says_nothing_of_the_query() -> None:
    batch = seen(1)
    part = FlowPart(Choice(query=2))
    part.take(batch)
    found = part.finish()
    values = attention_flow(batch.attention, [2]).values[0, 0, 1:]
    flows = [row[3] for row in found.rows]
    torch.testing.assert_close(torch.tensor(flows), values, atol=1e-6, rtol=0)
    assert found.notes == ()
    deep = FlowPart(Choice())
    deep.take(seen(1, depth=12))
    (note,) = deep.finish().notes
    assert note.startswith("in 1 of 1 pictures every flow is at its bound min(1, column sums")
    assert note.endswith("it is the same for every query")


def test_flow_of_the_first_pictures_only() -> None:
    part = FlowPart(Choice(flows=1, pictures=0))
    part.take(seen(3))
    found = part.finish()
    assert found.notes[-1] == "flow was found for 1 of 3 pictures"
    assert (found.summary.pictures, len(found.rows), found.charts) == (1, 6, {})


def test_models_without_a_class_token() -> None:
    batch = seen(1, layout=TokenLayout((), (2, 3), (4, 4)))
    heads = HeadsPart(Choice())
    heads.take(batch)
    mean = batch.attention[0, -1].mean(dim=1)
    assert heads.finish().rows[0][4] <= 1.0
    torch.testing.assert_close(head_maps(batch.attention[:, -1], batch.layout)[0].flatten(1), mean)
    with pytest.raises(ConfigError, match="a token that flow starts from, got a model without"):
        FlowPart(Choice()).take(batch)
    FlowPart(Choice(query=0)).take(batch)
