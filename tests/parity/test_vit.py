"""Our vision transformers and timm's have the same weights and, with them, the same numbers."""

from functools import partial
from types import ModuleType

import pytest
import torch
from torch import Tensor, nn

from saccade.models import build
from saccade.models.catalog import CATALOG
from saccade.models.entries import deit, vit, vit_contrastive, vit_pretrained
from saccade.models.vit import ViT
from saccade.models.vit_config import ViTConfig

OURS_ONLY = ("vit_pico", "vit_nano", "patch32_gap", "vit_small_patch16_gap")
SHARED = [
    name
    for name in (*vit.ENTRIES, *vit_pretrained.ENTRIES, *vit_contrastive.ENTRIES, *deit.ENTRIES)
    if not any(part in name for part in OURS_ONLY)
]
SMALL = {
    "img_size": (48, 80), "patch_size": 16, "embed_dim": 24, "depth": 3, "num_heads": 3,
    "num_classes": 7,
}  # fmt: skip
VARIANTS = [
    {},
    {"qkv_bias": False, "act": "gelu_tanh", "norm_eps": 1e-5},
    {"patch_size": (16, 8), "in_chans": 1, "mlp_ratio": 2.5},
    {"reg_tokens": 2, "qk_norm": True, "norm_eps": 1e-3},
    {"reg_tokens": 4, "no_embed_class": True, "init_values": 1e-5},
    {"pre_norm": True, "norm_eps": 1e-5, "act": "quick_gelu"},
    {"mlp": "swiglu_packed", "mlp_ratio": 16 / 3, "init_values": 0.1},
    {"global_pool": "avg", "fc_norm": True, "class_token": True},
    {"global_pool": "avg", "class_token": False, "reg_tokens": 1, "no_embed_class": True},
    {"global_pool": "avg", "class_token": True, "pool_include_prefix": True},
    {"global_pool": "avgmax", "class_token": False},
    {"global_pool": "max", "class_token": True, "fc_norm": True},
    {"global_pool": "map", "class_token": False, "act": "gelu_tanh"},
    {"global_pool": "map", "class_token": True, "reg_tokens": 1},
    {"final_norm": False, "pos_embed": "none"},
    {"num_classes": 0, "fc_norm": True},
]
OURS = ("representation_size", "sincos", "weight_init", "zero_head", "head_bias", "img_fit")
CLOSE = {"atol": 1e-5, "rtol": 1e-5}


def drawn(model: nn.Module) -> nn.Module:
    """Give every weight a number that does something."""
    generator = torch.Generator().manual_seed(0)
    for name, parameter in model.named_parameters():
        mean = 1.0 if "norm" in name and name.endswith("weight") else 0.0
        parameter.data.normal_(mean, 0.2, generator=generator)
    return model.eval()


def theirs_of(timm: ModuleType, config: ViTConfig, **more: object) -> dict[str, object]:
    """The same network in timm's keywords."""
    layers = timm.layers
    fields = {
        name: getattr(config, name) for name in ViTConfig.__dataclass_fields__ if name not in OURS
    }
    gated = fields.pop("mlp") == "swiglu_packed"
    bend = fields.pop("act")
    fields["mlp_layer"] = layers.SwiGLUPacked if gated else layers.Mlp
    fields["act_layer"] = nn.SiLU if gated else layers.get_act_layer(bend)
    fields["norm_layer"] = partial(nn.LayerNorm, eps=fields.pop("norm_eps"))
    return {**fields, **more}


def pair(timm: ModuleType, **changes: object) -> tuple[ViT, nn.Module]:
    """Ours and timm's, with one set of weights."""
    ours = ViT(ViTConfig(**{**SMALL, **changes})).eval()
    keywords = theirs_of(timm, ours.config)
    theirs = drawn(timm.models.vision_transformer.VisionTransformer(**keywords))
    ours.load_state_dict(theirs.state_dict(), strict=True)
    return ours, theirs


def noise(model: ViT) -> Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.randn(2, model.config.in_chans, *model.config.image, generator=generator)


@pytest.mark.parametrize("name", SHARED)
def test_names_shapes_and_preprocessing(timm: ModuleType, name: str) -> None:
    with torch.device("meta"):
        ours = build(name)
        theirs = timm.create_model(name, num_classes=ours.config.num_classes)
    shapes = {key: value.shape for key, value in ours.state_dict().items()}
    assert shapes == {key: value.shape for key, value in theirs.state_dict().items()}
    wanted, pixels = theirs.pretrained_cfg, CATALOG[name].preprocessing
    assert pixels["img_size"] == wanted["input_size"][1:]
    for key in ("crop_pct", "interpolation", "mean", "std"):
        assert pixels[key] == wanted[key]
    assert ours.blocks[0].norm1.eps == theirs.blocks[0].norm1.eps
    assert ours.blocks[0].attn.heads == theirs.blocks[0].attn.num_heads


@pytest.mark.parametrize("changes", VARIANTS, ids=str)
@torch.no_grad()
def test_logits_features_and_steps(timm: ModuleType, changes: dict[str, object]) -> None:
    ours, theirs = pair(timm, **changes)
    images = noise(ours)
    torch.testing.assert_close(ours(images), theirs(images), **CLOSE)
    tokens = theirs.forward_features(images)
    torch.testing.assert_close(ours.tokens(images), tokens, **CLOSE)
    wanted = theirs.forward_head(tokens, pre_logits=True)
    torch.testing.assert_close(ours.features(images), wanted, **CLOSE)
    for options in (
        {},
        {"indices": 2, "norm": True, "output_fmt": "NLC"},
        {"indices": [0, -2], "stop_early": True, "return_prefix_tokens": True},
    ):
        found = ours.forward_intermediates(images, **options)
        torch.testing.assert_close(found, theirs.forward_intermediates(images, **options), **CLOSE)


@pytest.mark.parametrize("changes", [{}, {"reg_tokens": 2}, {"no_embed_class": True}], ids=str)
@torch.no_grad()
def test_off_resolution(timm: ModuleType, changes: dict[str, object]) -> None:
    ours, theirs = pair(timm, **changes)
    ours.set_input_size((96, 64))
    theirs.set_input_size((96, 64))
    torch.testing.assert_close(ours(noise(ours)), theirs(noise(ours)), **CLOSE)
