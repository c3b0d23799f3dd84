"""Names tell their origin; names that are ours stay."""

import pytest
import torch

from saccade.checkpoints import swin
from saccade.checkpoints.mapping import write_as
from saccade.checkpoints.origins import ORIGINS, find_origin, read_names
from saccade.models import build, list_models


@pytest.mark.parametrize("name", [*list_models("*tiny*"), "resnet18", "resnetv2_50x1_bit"])
def test_our_own_names_are_nobody_else_s(name):
    with torch.device("meta"):
        state = build(name).state_dict()
    found, origin = read_names(state)
    assert origin is None
    assert (found.unused, found.ignored) == ((), ())
    assert found.state.keys() == state.keys()


@pytest.mark.parametrize("layout", [swin.AUTHORS, swin.TORCHVISION, swin.TRANSFORMERS])
def test_swins_are_told_apart(layout):
    with torch.device("meta"):
        state = build("swin_tiny_patch4_window7_224").state_dict()
    found = find_origin(write_as(layout, state))
    assert found is not None
    assert found.layout is layout
    assert read_names(write_as(layout, state))[0].state.keys() == state.keys()


def test_what_networks_compute_is_ignored():
    zero = torch.zeros(1)
    names = ["a.attn.relative_position_index", "layers.0.blocks.1.attn_mask", "mask_token"]
    found, origin = read_names({"cls_token": zero, **dict.fromkeys(names, zero)})
    assert origin is None
    assert found.ignored == tuple(names)
    assert list(found.state) == ["cls_token"]


def test_every_origin_has_marks():
    assert all(origin.marks for origin in ORIGINS)
