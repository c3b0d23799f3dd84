"""Stochastic depth."""

import pytest
import torch

from saccade.errors import ConfigError
from saccade.layers import DropPath, drop_path


def test_whole_images_are_zero_or_scaled(generator) -> None:
    # A kept branch is divided by the chance of keeping: 1 / (1 - 0.75) = 4.
    dropped = drop_path(torch.ones(64, 2, 3), 0.75, generator)
    assert sorted({float(image.min()) for image in dropped}) == [0.0, 4.0]
    assert all(image.min() == image.max() for image in dropped)


@pytest.mark.parametrize("probability", [0.1, 0.5, 0.9])
def test_the_mean_stays(generator, probability: float) -> None:
    draws = 40_000
    dropped = drop_path(torch.ones(draws, 1), probability, generator)
    # Four standard errors of the mean of a scaled coin.
    error = 4 * (probability / (1 - probability) / draws) ** 0.5
    assert float(dropped.mean()) == pytest.approx(1.0, abs=error)


def test_the_generator_decides() -> None:
    first, second = (
        drop_path(torch.ones(32, 1), 0.5, torch.Generator().manual_seed(3)) for _ in range(2)
    )
    assert torch.equal(first, second)


def test_half_precision_stays(generator) -> None:
    dropped = drop_path(torch.ones(32, 2, dtype=torch.bfloat16), 0.5, generator)
    assert dropped.dtype == torch.bfloat16


def test_the_layer_is_the_identity_when_not_training_or_at_zero(normal) -> None:
    x = normal(4, 2)
    assert DropPath(0.5).eval()(x) is x
    assert DropPath(0.0).train()(x) is x
    assert repr(DropPath(0.25)) == "DropPath(0.25)"


@pytest.mark.parametrize("probability", [-0.1, 1.0, 2.0])
def test_a_probability_that_cannot_be(probability: float) -> None:
    with pytest.raises(ConfigError, match=r"a drop probability in \[0, 1\), got .*; try 0.1"):
        DropPath(probability)
