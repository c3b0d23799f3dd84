import pytest
import torch
from torch import nn

from saccade.training.averaging import WeightAverage


def test_by_hand() -> None:
    layer = nn.Linear(1, 1, bias=False)
    nn.init.constant_(layer.weight, 1.0)
    average = WeightAverage(layer, 0.5)
    nn.init.constant_(layer.weight, 2.0)
    average.update(1)  # decay 2/11
    assert average.weights["weight"].item() == pytest.approx(2 / 11 + 2 * 9 / 11)
    before = average.weights["weight"].item()
    average.update(1000)  # decay 0.5
    assert average.weights["weight"].item() == pytest.approx((before + 2) / 2)


def test_buffers_are_copied() -> None:
    norm = nn.BatchNorm1d(2)
    average = WeightAverage(norm, 0.9)
    norm(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    average.update(1)
    assert torch.equal(average.weights["running_mean"], norm.running_mean)
    assert average.weights["num_batches_tracked"].item() == 1


def test_applied_is_undone_also_after_an_error() -> None:
    layer = nn.Linear(1, 1, bias=False)
    nn.init.constant_(layer.weight, 1.0)
    average = WeightAverage(layer, 0.5)
    nn.init.constant_(layer.weight, 2.0)

    def fail() -> None:
        with average.applied():
            assert layer.weight.item() == 1.0
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert layer.weight.item() == 2.0
    assert average.weights["weight"].item() == 1.0
