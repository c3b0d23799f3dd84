"""Two networks side by side, with one of ours as the other's stand-in."""

import copy
import math

import pytest
import torch
from torch import nn

from saccade.checkpoints.parity import blocks_of, compare, difference
from saccade.checkpoints.peer import Peer
from saccade.models import build

IMAGES = torch.randn(2, 3, 8, 8, generator=torch.Generator().manual_seed(1))


@pytest.fixture
def pair(drawn):
    """A small ViT, and a copy of it as its peer."""
    ours = drawn(build("vit_pico_patch2_8", num_classes=3))
    twin = copy.deepcopy(ours)
    return ours, Peer("twin 1.0", "a copy", twin, twin.head, twin)


def test_the_same_network_differs_in_nothing(pair) -> None:
    rows = compare(*pair, IMAGES)
    assert [row.quantity for row in rows] == [
        "logits",
        "features before the head",
        *(f"block {number}" for number in range(3)),
        *(f"attention {number}" for number in range(3)),
    ]
    assert max(row.relative for row in rows) <= 1e-6  # fused and explicit attention round apart


def test_what_differs_is_named(pair) -> None:
    ours, peer = pair
    peer.model.blocks[1].mlp.fc2.bias.data[0] += 0.5
    rows = {row.quantity: row for row in compare(ours, peer, IMAGES)}
    assert rows["block 0"].largest <= 1e-5
    assert rows["block 1"].largest == pytest.approx(0.5, abs=1e-4)
    assert rows["block 1"].peer - rows["block 1"].ours == pytest.approx(0.5, abs=1e-4)
    assert rows["attention 1"].largest <= 1e-5 < rows["attention 2"].largest
    assert rows["logits"].relative > 1e-3


def test_nothing_is_left_behind(pair) -> None:
    ours, peer = pair
    compare(ours, peer, IMAGES)
    for model in (ours, peer.model):
        parts = list(model.modules())
        assert not any(part._forward_hooks or part._forward_pre_hooks for part in parts)


def test_difference_by_hand() -> None:
    row = difference("x", torch.tensor([1.0, 2.0]), torch.tensor([1.5, 4.0]))
    assert (row.ours, row.peer, row.largest, row.relative) == (2.0, 4.0, 2.0, 0.5)
    small = difference("x", torch.tensor([0.1]), torch.tensor([0.2]))
    assert small.relative == small.largest == pytest.approx(0.1)


def test_other_forms_of_the_same_numbers(normal) -> None:
    maps = normal(2, 5, 3, 4)
    for other in (maps.permute(0, 2, 3, 1), maps):
        assert difference("x", maps, other).largest == 0
    tokens = maps.flatten(2).mT
    assert difference("x", tokens, maps).largest == 0
    assert difference("x", tokens, maps.permute(0, 2, 3, 1)).largest == 0
    heads = normal(4, 3, 6, 6)
    assert difference("x", heads.reshape(2, 2, 3, 6, 6), heads).largest == 0
    assert difference("x", tokens, normal(2, 7)) is None


def test_numbers_that_are_none_differ() -> None:
    row = difference("x", torch.tensor([1.0, math.nan]), torch.tensor([1.0, 2.0]))
    assert row.relative == math.inf


def test_blocks_under_any_name() -> None:
    ours = build("vit_pico_patch2_8")
    assert list(blocks_of(ours)) == ["blocks.0", "blocks.1", "blocks.2"]
    model = nn.Module()
    model.encoder = nn.Module()
    model.encoder.layer = nn.ModuleList([nn.Identity(), nn.Identity()])
    assert list(blocks_of(model)) == ["encoder.layer.0", "encoder.layer.1"]
    assert blocks_of(nn.Linear(1, 1)) == {}
