"""How weights start."""

import math

import pytest
import torch
from torch import nn

from saccade.layers.initial import lecun_normal, reset_linear


@pytest.fixture(autouse=True)
def same_start():
    """The rules draw from torch's global generator, as torch's own do; leave it as it was."""
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(0)
        yield


def test_trunc() -> None:
    linear = nn.Linear(100, 200)
    reset_linear(linear, "trunc")
    assert float(linear.weight.std()) == pytest.approx(0.02, rel=0.02)
    assert float(linear.weight.mean()) == pytest.approx(0, abs=0.0006)
    assert not linear.bias.any()


@pytest.mark.parametrize("parts", [1, 3])
def test_jax_draws_each_part_by_xavier(parts: int) -> None:
    linear = nn.Linear(100, 100 * parts)
    reset_linear(linear, "jax", parts=parts, bias_std=1e-6)
    bound = math.sqrt(6 / (100 + 100))
    assert 0.99 * bound < float(linear.weight.abs().max()) <= bound
    assert float(linear.weight.std()) == pytest.approx(bound / math.sqrt(3), rel=0.02)
    assert float(linear.bias.std()) == pytest.approx(1e-6, rel=0.2)


def test_a_layer_without_bias() -> None:
    reset_linear(nn.Linear(2, 2, bias=False), "jax")


def test_lecun() -> None:
    kernel = torch.empty(64, 3, 16, 16)
    lecun_normal(kernel)
    std = math.sqrt(1 / (3 * 16 * 16))
    assert float(kernel.std()) == pytest.approx(std, rel=0.02)
    assert float(kernel.abs().max()) <= 2 * std / 0.8796 * 1.001  # cut at two sigmas
