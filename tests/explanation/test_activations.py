"""Activations as maps over the image."""

import torch
from torch import nn

from saccade.explanation.activations import Spot, gridded, leaf_at, tokens_of, usual_spot
from saccade.models import build
from tests.explanation.small import Pixels
from tests.samples import drawn_model

IMAGES = torch.zeros(2, 3, 8, 12)


def test_every_form_of_a_map() -> None:
    model = nn.Identity()
    maps = torch.arange(2 * 5 * 2 * 3.0).reshape(2, 5, 2, 3)
    for x in (maps, maps.permute(0, 2, 3, 1), maps.flatten(2).mT):
        assert torch.equal(gridded(x, IMAGES, model), maps)
    special = nn.Module()
    special.cls_token = nn.Parameter(torch.zeros(1, 1, 5))
    tokens = torch.cat([torch.zeros(2, 1, 5), maps.flatten(2).mT], dim=1)
    assert torch.equal(gridded(tokens, IMAGES, special), maps)


def test_what_is_no_map() -> None:
    for x in (torch.zeros(2, 5), torch.zeros(4, 6, 5), torch.zeros(2, 5, 4, 4), IMAGES, "x"):
        assert gridded(x, IMAGES, nn.Identity()) is None


def test_usual_spots() -> None:
    images = torch.zeros(1, 3, 8, 8)
    assert str(usual_spot(drawn_model(), images)) == "the input of blocks.1.attn"
    resnet = build("resnet18", num_classes=2).eval()
    assert usual_spot(resnet, torch.zeros(1, 3, 64, 64)) == Spot("layer4.1")
    assert usual_spot(nn.Flatten(), images) is None


def test_tokens_are_told_or_seen() -> None:
    model = Pixels((2, 3))
    assert tokens_of(model, IMAGES) is model.layout
    assert tokens_of(nn.Identity(), IMAGES) is None
    foreign = nn.Sequential(model).eval()
    assert tokens_of(foreign, torch.zeros(1, 1, 2, 3)) is None
    foreign.cls_token = nn.Parameter(torch.zeros(1, 1, 1))
    assert tokens_of(foreign, torch.zeros(1, 1, 2, 3)).grid == (2, 3)


def test_the_graph_starts_at_a_place() -> None:
    model, images = drawn_model(), torch.zeros(1, 3, 8, 8)
    with leaf_at(model, Spot("blocks.0")) as found:
        logits = model(images)
    assert found[0].is_leaf
    (gradient,) = torch.autograd.grad(logits[0, 0], found)
    assert bool(gradient.any())
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in model.modules())
