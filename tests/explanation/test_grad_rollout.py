"""Gradient-weighted rollout: its options and what it refuses."""

import pytest
import torch

from saccade.errors import ConfigError, TraceError
from saccade.explanation.grad_rollout import grad_rollout
from tests.samples import drawn_model


def test_the_class_counts(normal) -> None:
    model, images = drawn_model(), normal(1, 3, 8, 8)
    first, second = (grad_rollout(model, images, target=target).map for target in (0, 1))
    assert not torch.allclose(first, second)


def test_a_head_of_zeros_is_refused(normal) -> None:
    model = drawn_model()
    model.head.weight.data.zero_()
    with pytest.raises(TraceError, match="gradients that are all zero; try a trained head"):
        grad_rollout(model, normal(1, 3, 8, 8))


def test_options(normal) -> None:
    model, images = drawn_model(), normal(1, 3, 8, 8)
    assert not torch.allclose(
        grad_rollout(model, images, start_layer=1).map, grad_rollout(model, images).map
    )
    with pytest.raises(ConfigError, match="residual"):
        grad_rollout(model, images, residual=0.0)
