"""Parts that a network has beyond its name's are seen in its weights, and none is made up."""

import dataclasses

import pytest
import torch

from saccade.checkpoints.recognise import default_config
from saccade.checkpoints.structure import parts_of
from saccade.models import build
from saccade.models.catalog import CATALOG

SMALL = {"embed_dim": 48, "depth": 1, "num_heads": 3}
BEHIND = {"global_pool": "avg", "fc_norm": True, "class_token": True}
CASES = [
    ("vit_base_patch16_224", {}),
    ("vit_base_patch16_224", BEHIND),
    ("vit_base_patch16_224", {"global_pool": "avg", "class_token": False}),
    ("vit_base_patch16_224", {"global_pool": "map", "class_token": True}),
    ("vit_base_patch16_224", {"reg_tokens": 4}),
    ("vit_base_patch16_224", {"reg_tokens": 4, "no_embed_class": True}),
    ("vit_base_patch16_224", {"pre_norm": True, "qk_norm": True, "init_values": 1e-5}),
    ("vit_base_patch16_224", {"representation_size": 12}),
    ("vit_medium_patch16_reg4_gap_256", {"fc_norm": False}),
    ("beit_base_patch16_224", {"use_rel_pos_bias": False, "use_shared_rel_pos_bias": True}),
    ("beit_base_patch16_224", {"use_abs_pos_emb": True}),
    ("beit_base_patch16_224", {"fc_norm": False, "global_pool": "token"}),
    ("eva02_base_patch14_224", {"scale_attn_inner": True, "qk_norm": True}),
    ("eva02_base_patch14_224", {"fc_norm": False}),
    ("vit_small_patch16_dinov3", {"qkv_bias": True, "num_reg_tokens": 2}),
]


@pytest.mark.parametrize(("name", "changes"), CASES, ids=str)
def test_the_weights_of_a_network_say_what_differs(name, changes):
    usual = default_config(name)
    told = {field.name: getattr(usual, field.name) for field in dataclasses.fields(usual)}
    with torch.device("meta"):
        state = build(name, **SMALL, **changes).state_dict()
    found = parts_of(state, CATALOG[name].config, told)
    assert found == changes or {**changes, **found} == changes | {"class_token": True}


@pytest.mark.parametrize("lost", ["norm", "cls_token", "blocks.0.attn.qkv.bias", "blocks.0.norm1"])
def test_what_is_missing_is_not_explained_away(lost):
    name = "vit_base_patch16_224"
    usual = default_config(name)
    told = {field.name: getattr(usual, field.name) for field in dataclasses.fields(usual)}
    with torch.device("meta"):
        state = build(name, **SMALL).state_dict()
    state = {key: value for key, value in state.items() if not key.startswith(lost)}
    assert parts_of(state, "ViTConfig", told) == {}


def test_tensors_of_strange_shapes_say_nothing():
    state = {"reg_token": torch.ones(3), "pos_embed": torch.ones(()), "norm.weight": torch.ones(())}
    assert parts_of(state, "ViTConfig", {}) == {"fc_norm": False}
    assert parts_of(state, "EvaConfig", {"use_abs_pos_emb": True}) == {"fc_norm": False}
    assert parts_of(state, "ResNetConfig", {}) == {}
