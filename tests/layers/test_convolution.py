"""The convolution of residual networks."""

import math

import pytest
import torch

from saccade.layers.convolution import Convolution


@pytest.mark.parametrize("kernel", [1, 3, 7])
@pytest.mark.parametrize(("stride", "side"), [(1, 9), (2, 5)])
def test_it_keeps_the_size_or_halves_it_up(kernel: int, stride: int, side: int) -> None:
    layer = Convolution(4, 6, kernel, stride, groups=2)
    assert layer(torch.zeros(1, 4, 9, 9)).shape == (1, 6, side, side)
    assert layer.bias is None
    assert layer.weight.shape == (6, 2, kernel, kernel)


def test_by_hand() -> None:
    layer = Convolution(1, 1, 3)
    layer.weight.data.copy_(torch.arange(9.0).view(1, 1, 3, 3))
    # The map is 1 at its middle only, so the answer is the kernel turned around.
    spot = torch.zeros(1, 1, 3, 3)
    spot[..., 1, 1] = 1.0
    assert layer(spot).flatten().tolist() == [8.0, 7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0, 0.0]


def test_it_is_drawn_by_its_fan_out() -> None:
    torch.manual_seed(0)
    weight = Convolution(64, 128, 3).weight.detach()
    wanted = math.sqrt(2 / (128 * 9))  # 0.0417
    assert float(weight.mean().abs()) < wanted / 50
    assert abs(float(weight.std()) / wanted - 1) < 0.02
