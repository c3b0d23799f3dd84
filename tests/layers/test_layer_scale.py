"""Learned factors of a branch."""

import torch

from saccade.layers.layer_scale import LayerScale


def test_by_hand() -> None:
    scale = LayerScale(2, 0.5)
    assert torch.equal(scale(torch.tensor([[2.0, 4.0]])), torch.tensor([[1.0, 2.0]]))
    scale.gamma.data = torch.tensor([1.0, -1.0])
    assert torch.equal(scale(torch.tensor([[2.0, 4.0]])), torch.tensor([[2.0, -4.0]]))
    scale.reset_parameters()
    assert scale.gamma.tolist() == [0.5, 0.5]


def test_it_tells_its_width_and_start() -> None:
    assert repr(LayerScale(3)) == "LayerScale(3, init=1e-05)"
