"""Rollout as a part of the kit."""

import pytest
import torch

from saccade.inspection.kit.findings import Choice
from saccade.inspection.kit.rollout import rollout
from saccade.inspection.kit.rollout_part import RolloutPart, asked_rollout
from saccade.layers import TokenLayout
from tests.inspection.seen import LAYOUT, seen


def test_each_patch_of_each_picture_has_a_row() -> None:
    batch = seen(3)
    part = RolloutPart(Choice(pictures=2))
    part.take(batch)
    found = part.finish()
    maps = rollout(batch.attention)[:, 0, 1:].reshape(3, 2, 3)
    assert found.header == ["picture", "row", "column", "rollout"]
    assert [row[0] for row in found.rows[::6]] == batch.names
    values = torch.tensor([row[3] for row in found.rows]).reshape(3, 2, 3)
    torch.testing.assert_close(values, maps, atol=1e-6, rtol=0)
    assert len(found.charts) == 2
    ((line),) = found.summary.lines
    assert line.stats[0].mean == pytest.approx(float(maps.sum((1, 2)).mean()), abs=1e-6)
    assert 1 <= line.stats[1].least <= line.stats[1].most <= 6


@pytest.mark.parametrize("prefix", [(), ("reg0",)])
def test_without_a_class_token_it_is_the_mean_of_all_patches(normal, prefix) -> None:
    layout = TokenLayout(prefix, (2, 2), (4, 4))
    attention = normal(2, 3, 2, layout.tokens, layout.tokens).softmax(-1)
    whole = rollout(attention)[:, len(prefix) :, len(prefix) :]
    found = asked_rollout(attention, layout)
    torch.testing.assert_close(found, whole.mean(1).reshape(2, 2, 2))
    alone = asked_rollout(attention, layout, layout.tokens - 1)
    torch.testing.assert_close(alone, whole[:, -1].reshape(2, 2, 2))
    assert asked_rollout(seen(1).attention, LAYOUT).shape == (1, 2, 3)
