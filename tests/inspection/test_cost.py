"""What a module costs."""

import pytest
import torch
from torch import nn

from saccade.attention import MultiHeadAttention
from saccade.errors import ConfigError
from saccade.inspection.cost import cost, multiply_adds, peak_bytes


def test_a_convolution_by_hand() -> None:
    # Each of 4x5 outputs of 6 channels takes 2*3*3 multiply-adds.
    found = cost(nn.Conv2d(2, 6, 3, padding=1), torch.rand(3, 2, 4, 5), rounds=2)
    assert found.parameters == 6 * 2 * 9 + 6
    assert found.multiply_adds == 4 * 5 * 6 * 18
    assert 0 < found.spread[0] <= found.seconds <= found.spread[1]
    assert found.peak_bytes >= 3 * 6 * 4 * 5 * 4  # the output of three images, in floats


def test_fused_attention_is_counted_whole() -> None:
    # Five tokens of width 8: four projections of 8x8 each, and two products of 5x5x8.
    attention = MultiHeadAttention(8, 2)
    assert multiply_adds(attention, torch.rand(1, 5, 8)) == 4 * 5 * 8 * 8 + 2 * 5 * 5 * 8
    assert attention.tap.listeners == []


def test_memory_grows_with_the_batch() -> None:
    layer = nn.Conv2d(1, 8, 1)
    small, large = (peak_bytes(layer, torch.rand(n, 1, 8, 8)) for n in (1, 4))
    assert large >= 4 * 8 * 64 * 4
    assert large > small


def test_nothing_to_time() -> None:
    with pytest.raises(ConfigError, match="expected rounds of at least 1, got 0; try rounds=7"):
        cost(nn.Identity(), torch.rand(1), rounds=0)
