"""Numbers for each head: means and spreads over pictures."""

import pytest
import torch

from saccade.inspection.kit.distance import attention_distance
from saccade.inspection.kit.entropy import row_entropies
from saccade.inspection.kit.findings import Choice
from saccade.inspection.kit.tables import distance_part, entropy_part
from tests.inspection.seen import LAYOUT, seen


def test_distances_are_those_of_the_maps_together() -> None:
    first, second = seen(2), seen(3, seed=1)
    part = distance_part(Choice())
    part.take(first)
    part.take(second)
    found = part.finish()
    assert found.header[:6] == [
        *("layer", "name", "head", "pictures", "distance (px)", "distance (px) std")
    ]
    assert found.header[6:8] == ["distance (px) min", "distance (px) max"]
    whole = torch.cat([first.attention, second.attention])
    for number, again in ((4, False), (8, True)):
        distance = attention_distance(whole, LAYOUT, renormalize=again)
        for row in found.rows:
            own = distance[:, row[0], row[2]].double()
            assert row[3] == 5
            assert row[number] == pytest.approx(float(own.mean()), abs=2e-6)
            assert row[number + 1] == pytest.approx(float(own.std(correction=0)), abs=2e-6)
            assert row[number + 2] == pytest.approx(float(own.min()), abs=2e-6)
            assert row[number + 3] == pytest.approx(float(own.max()), abs=2e-6)


def test_entropy_of_all_rows_and_of_one() -> None:
    batch = seen(2)
    part = entropy_part(Choice(query=3))
    part.take(batch)
    found = part.finish()
    rows = row_entropies(batch.attention)
    column = found.header.index("entropy of query 3 (nats)")
    last = found.rows[-1]
    assert last[:4] == [1, "blocks.1.attn", 1, 2]
    assert last[4] == pytest.approx(float(rows[:, 1, 1].mean()), abs=2e-6)
    assert last[column] == pytest.approx(float(rows[:, 1, 1, 3].mean()), abs=2e-6)
    effective = found.header.index("effective keys")
    assert last[effective] == pytest.approx(float(rows[:, 1, 1].exp().mean()), abs=2e-6)
