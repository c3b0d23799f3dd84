"""Keywords of timm become fields, change nothing, or are refused; none is passed over."""

import json

import pytest
import torch
from safetensors.torch import save_file

from saccade.checkpoints.load import load_model
from saccade.checkpoints.timm_args import timm_fields
from saccade.errors import CheckpointError
from tests.checkpoints.test_opening import shards

TINY = "vit_tiny_patch16_224"


@pytest.mark.parametrize(
    ("name", "given", "fields"),
    [
        (TINY, {"depth": 2, "img_size": [32, 48]}, {"depth": 2, "img_size": (32, 48)}),
        (
            TINY,
            {"act_layer": "gelu_tanh", "norm_layer": "layernorm"},
            {"act": "gelu_tanh", "norm_eps": 1e-6},
        ),
        (
            TINY,
            {"act_layer": "quick_gelu", "pos_embed": ""},
            {"act": "quick_gelu", "pos_embed": "none"},
        ),
        (TINY, {"patch_drop_rate": 0.5, "weight_init": "jax", "dynamic_img_size": True}, {}),
        (TINY, {"scale_attn_norm": False, "proj_bias": True, "norm_layer": None}, {}),
        ("eva02_tiny_patch14_336", {"use_fc_norm": False, "attn_type": "eva"}, {"fc_norm": False}),
        ("swin_tiny_patch4_window7_224", {"global_pool": "avg", "strict_img_size": False}, {}),
        ("resnet18", {"global_pool": "avg", "act_layer": "relu", "output_stride": 32}, {}),
    ],
)
def test_by_hand(name, given, fields):
    assert timm_fields(name, given) == fields


@pytest.mark.parametrize(
    ("name", "given"),
    [
        (TINY, {"norm_layer": "rmsnorm"}),
        (TINY, {"act_layer": "mish"}),
        (TINY, {"scale_attn_norm": True}),
        (TINY, {"attn_layer": "diff"}),
        (TINY, {"block_fn": "ParallelScalingBlock"}),
        ("eva02_tiny_patch14_336", {"use_post_norm": True}),
        ("swin_tiny_patch4_window7_224", {"global_pool": "max"}),
        ("resnet18", {"output_stride": 16}),
        ("resnet18", {"norm_layer": "groupnorm"}),
        ("mixer_s32_224", {"act_layer": ["gelu"]}),
    ],
)
def test_what_no_network_here_does_is_refused(name, given):
    keyword = next(iter(given))
    expected = rf"keywords of timm that saccade's {name} has, got {keyword}="
    with pytest.raises(CheckpointError, match=expected):
        timm_fields(name, given)


OVERRIDES = [
    {"act_layer": "gelu_tanh", "norm_layer": "layernorm"},
    {"act_layer": "quick_gelu", "qk_norm": True, "drop_path_rate": 0.1},
    {"global_pool": "avg", "reg_tokens": 2},
    {"global_pool": "avg", "fc_norm": False, "class_token": False},
    {"global_pool": "map", "class_token": False, "init_values": 0.1},
    {"mlp_ratio": 2.0, "qkv_bias": False, "no_embed_class": True, "dynamic_img_size": True},
]


@pytest.mark.parametrize("kind", ["safetensors", "bin", "shards"])
@pytest.mark.parametrize("given", OVERRIDES, ids=str)
@torch.no_grad()
def test_folders_of_timm(timm, tmp_path, drawn, given, kind):
    sizes = {"img_size": 48, "embed_dim": 48, "depth": 2, "num_classes": 3}
    theirs = drawn(timm.create_model(TINY, **sizes, **given), std=0.1)
    told = {"architecture": f"{TINY}.tag", "num_classes": 3, "model_args": {**sizes, **given}}
    (tmp_path / "config.json").write_text(json.dumps(told))
    state = theirs.state_dict()
    if kind == "shards":
        shards(tmp_path, state)
    elif kind == "bin":
        torch.save(state, tmp_path / "pytorch_model.bin")
    else:
        save_file(state, tmp_path / "model.safetensors")
    found = load_model(tmp_path)
    assert found.report.complete
    images = torch.randn(2, 3, 48, 48, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(found.model.eval()(images), theirs(images), atol=1e-5, rtol=1e-5)
