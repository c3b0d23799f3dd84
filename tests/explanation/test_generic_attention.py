"""Generic attention and the rollout weighted by gradients."""

import torch

from saccade.explanation.generic_attention import generic_attention
from saccade.explanation.grad_rollout import grad_rollout
from saccade.inspection.graded import graded
from tests.explanation.small import Pixels
from tests.samples import drawn_model

IMAGES = torch.tensor([[[[3.0]]]])


def test_by_hand() -> None:
    # A = 1/2 and ∂y/∂A = (2, 6) in the row of the class token: I + (1, 3) there.
    found = generic_attention(Pixels(), IMAGES)
    assert found.map.tolist() == [[[3.0]]]
    assert (found.scores.tolist(), found.classes.tolist()) == ([4.0], [0])
    # The second class only falls: nothing raises it.
    assert generic_attention(Pixels(), IMAGES, target=1).map.tolist() == [[[0.0]]]
    # Half of (1, 3) and half of (1, 0), divided by their sum 5/2.
    torch.testing.assert_close(grad_rollout(Pixels(), IMAGES).map, torch.tensor([[[0.6]]]))


def test_slowly(normal) -> None:
    model, images = drawn_model().double(), normal(2, 3, 8, 8, dtype=torch.float64)
    layers = graded(model, images, target=2).layers
    for image in range(2):
        relevance = torch.eye(17).double()
        rolled = torch.eye(17).double()
        for layer in layers:
            bar = torch.zeros(17, 17).double()
            for head in range(4):
                bar += (layer.map[image, head] * layer.gradient[image, head]).clamp_min(0) / 4
            relevance = relevance + bar @ relevance
            mixed = (bar + torch.eye(17)) / 2
            rolled = mixed / mixed.sum(1, keepdim=True) @ rolled
        for method, expected in ((generic_attention, relevance), (grad_rollout, rolled)):
            found = method(model, images, target=2).map[image].flatten()
            torch.testing.assert_close(found, expected[0, 1:])


def test_two_tokens_and_a_pool_are_read_together(normal) -> None:
    model, images = drawn_model(class_token=False, global_pool="map"), normal(1, 3, 8, 8)
    layers = graded(model, images, target=0).layers
    bars = [(x.map * x.gradient).clamp_min(0).mean(1) for x in layers]
    eye = torch.eye(16)
    expected = bars[2] @ (eye + bars[1]) @ (eye + bars[0])
    found = generic_attention(model, images, target=0)
    torch.testing.assert_close(found.map.flatten(1), expected[:, 0])
