"""Rollouts weighted by gradients."""

import pytest
import torch

from saccade.errors import ConfigError, ShapeError
from saccade.inspection.kit.gradient_rollout import (
    generic_attention,
    gradient_rollout,
    weighted_maps,
)
from saccade.inspection.kit.rollout import rollout


def test_weights_by_hand() -> None:
    # Head 1: products .2 and -.8 → .2 and 0; head 2: .5·2 and 0. Means .6 and 0.
    attention = torch.tensor([[[0.2, 0.8], [1.0, 0.0]], [[0.5, 0.5], [0.0, 1.0]]])[None, None]
    gradients = torch.tensor([[[1.0, -1.0], [0.0, 3.0]], [[2.0, 0.0], [1.0, 1.0]]])[None, None]
    found = weighted_maps(attention, gradients)
    torch.testing.assert_close(found, torch.tensor([[[[0.6, 0.0], [0.0, 0.5]]]]))
    # Half of it and half of the identity is diagonal, so each row divided by its sum is too.
    torch.testing.assert_close(gradient_rollout(attention, gradients), torch.eye(2)[None])
    relevance = generic_attention(attention, gradients)
    torch.testing.assert_close(relevance, torch.tensor([[[1.6, 0.0], [0.0, 1.5]]]))


def test_generic_attention_slowly(normal) -> None:
    attention = normal(2, 3, 2, 4, 4, dtype=torch.float64).softmax(-1)
    gradients = normal(2, 3, 2, 4, 4, dtype=torch.float64)
    for image in range(2):
        relevance = torch.eye(4, dtype=torch.float64)
        for layer in range(3):
            bar = torch.zeros(4, 4, dtype=torch.float64)
            for head in range(2):
                product = attention[image, layer, head] * gradients[image, layer, head]
                bar += torch.where(product > 0, product, 0.0) / 2
            relevance = relevance + bar @ relevance
        torch.testing.assert_close(generic_attention(attention, gradients)[image], relevance)


def test_gradients_of_one_everywhere_give_the_plain_rollout(normal) -> None:
    attention = normal(2, 3, 2, 5, 5).softmax(-1)
    found = gradient_rollout(attention, torch.ones_like(attention), residual=0.3, start_layer=1)
    torch.testing.assert_close(found, rollout(attention, residual=0.3, start_layer=1))


def test_nothing_that_raises_the_score_leaves_the_identity(normal) -> None:
    attention = normal(1, 2, 2, 3, 3).softmax(-1)
    for method in (gradient_rollout, generic_attention):
        found = method(attention, -torch.ones_like(attention))
        torch.testing.assert_close(found, torch.eye(3)[None])


def test_each_layer_has_its_own_gradient(normal) -> None:
    attention, gradients = normal(1, 2, 1, 3, 3).softmax(-1), torch.zeros(1, 2, 1, 3, 3)
    gradients[:, 1] = 1.0
    last = generic_attention(attention, gradients, start_layer=-1)
    torch.testing.assert_close(generic_attention(attention, gradients), last)
    torch.testing.assert_close(last[0], torch.eye(3) + attention[0, 1, 0])


def test_errors() -> None:
    attention = torch.full((1, 2, 1, 3, 3), 1 / 3)
    with pytest.raises(ShapeError, match="the gradients"):
        weighted_maps(attention, torch.zeros(1, 2, 2, 3, 3))
    with pytest.raises(ShapeError, match="the attention"):
        generic_attention(attention[..., :2], attention)
    with pytest.raises(ConfigError, match="start_layer from -2 to 1, got 2"):
        generic_attention(attention, attention, start_layer=2)
