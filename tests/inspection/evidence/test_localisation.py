"""A map cut at its mean: pixels, intersection over union, average precision."""

import pytest
import torch

from saccade.errors import ShapeError
from saccade.inspection.evidence.localisation import average_precision, localise


def test_by_hand():
    # Mean 0.5 of 0, 0.25, 0.75, 1: the last two pixels are the thing; the truth has the last
    # three. Three of four pixels are right; background shares 1 of 2, thing 2 of 3.
    maps = torch.tensor([[[0.0, 1.0], [3.0, 4.0]]])
    truth = torch.tensor([[[False, True], [True, True]]])
    found = localise(maps, truth)
    assert found.pixel_accuracy == pytest.approx(0.75)
    assert found.iou.tolist() == [pytest.approx([1 / 2, 2 / 3])]
    assert found.mean_iou == pytest.approx((1 / 2 + 2 / 3) / 2)


def test_the_set_is_joined_before_it_is_divided(normal):
    maps, truth = normal(6, 5, 5), normal(6, 5, 5) > 0
    found = localise(maps, truth)
    ious = []
    for part in (False, True):
        shared = joined = 0
        for image in range(6):
            stretched = maps[image] - maps[image].min()
            thing = stretched > stretched.mean()
            mine, own = (thing, truth[image]) if part else (~thing, ~truth[image])
            shared += int((mine & own).sum())
            joined += int((mine | own).sum())
        ious.append(shared / joined)
    assert found.mean_iou == pytest.approx(sum(ious) / 2)


def test_precision_is_scikit_learn_s(normal):
    metrics = pytest.importorskip("sklearn.metrics")
    scores = normal(4, 40).round(decimals=1)  # many equal ones
    truth = normal(4, 40) > 0.3
    found = average_precision(scores, truth)
    for image in range(4):
        theirs = metrics.average_precision_score(truth[image].numpy(), scores[image].numpy())
        assert float(found[image]) == pytest.approx(theirs)


def test_precision_of_both_parts(normal):
    metrics = pytest.importorskip("sklearn.metrics")
    maps, truth = normal(2, 4, 4), normal(2, 4, 4) > 0
    found = localise(maps, truth)
    for image in range(2):
        flat = maps[image].double().flatten()
        flat = (flat - flat.min()) / (flat.max() - flat.min())
        own = truth[image].flatten()
        theirs = metrics.average_precision_score(
            torch.cat([~own, own]).numpy(), torch.cat([1 - flat, flat]).numpy()
        )
        assert float(found.precision[image]) == pytest.approx(theirs)
    assert found.mean_precision == pytest.approx(float(found.precision.mean()))


def test_stretching_and_moving_a_map_changes_nothing(normal):
    maps, truth = normal(3, 6, 6), normal(3, 6, 6) > 0
    first, second = localise(maps, truth), localise(3 * maps - 7, truth)
    assert first.mean_iou == pytest.approx(second.mean_iou)
    assert first.mean_precision == pytest.approx(second.mean_precision)


def test_nothing_true_is_no_precision():
    assert average_precision(torch.ones(1, 3), torch.zeros(1, 3).bool()).tolist() == [0]


def test_a_truth_of_numbers():
    with pytest.raises(ShapeError, match=r"a truth of booleans, got torch\.float32; try truth > 0"):
        localise(torch.zeros(1, 2, 2), torch.zeros(1, 2, 2))
