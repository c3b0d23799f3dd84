"""All measures of one map, and their means."""

import pytest
import torch

from saccade.inspection.evidence.gaze import auc_judd, auc_shuffled, nss
from saccade.inspection.evidence.gaze_density import cc, kl, sim
from saccade.inspection.evidence.gaze_scores import MEASURES, intervals, mean_of, measured


@pytest.fixture
def looked(normal):
    """A map, counts, a density and others, of 6x8 pixels."""
    counts, others = torch.zeros(6, 8), torch.zeros(6, 8)
    counts[1, 2] = counts[4, 5] = 2
    others[0, 0] = others[3, 3] = others[5, 7] = 1
    return normal(6, 8), counts, normal(6, 8).abs(), others


def test_each_measure_is_the_function_of_its_name(looked) -> None:
    values, counts, density, others = looked
    found = measured(values, counts, density, others)
    assert tuple(found) == MEASURES
    one, seen, dense = values[None].double(), counts[None], density[None]
    expected = {
        "nss": nss(one, seen),
        "auc_judd": auc_judd(one, seen),
        "cc": cc(one, dense),
        "sim": sim(one, dense),
        "kl": kl(one - one.amin(), dense),
        "auc_shuffled": auc_shuffled(one, seen, others[None], generator=torch.Generator()),
    }
    for name, value in expected.items():
        assert found[name] == pytest.approx(float(value)), name


def test_what_is_not_defined_is_none(looked) -> None:
    _, counts, density, _ = looked
    even = measured(torch.ones(6, 8), counts, density)
    assert "auc_shuffled" not in even
    assert even["nss"] is even["cc"] is even["kl"] is None
    assert even["auc_judd"] == pytest.approx(0.5, abs=0.2)
    unseen = measured(torch.rand(6, 8), torch.zeros(6, 8), density)
    assert unseen["nss"] is unseen["auc_judd"] is None


def test_means_leave_out_what_is_missing() -> None:
    rows = [{"nss": 1.0, "cc": None}, {"nss": 3.0, "cc": None}, {"nss": None, "cc": None}]
    assert mean_of(rows) == {"nss": 2.0, "cc": None}
    found = intervals(rows)
    assert found["cc"] is found["sim"] is None
    assert (found["nss"].mean, found["nss"].count) == (2.0, 2)
    assert found["nss"].low == 1.0
    assert found["nss"].high == 3.0
    assert found == intervals(rows)
