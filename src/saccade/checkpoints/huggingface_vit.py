"""ViT, ViTMAE, ViTMSN, DeiT, DINOv2 with and without registers: their config.json.

A DeiT with one head reads its class token alone; its distillation token is then a token that stands
for nothing, so it is a register here. Classifiers of DINOv2 read the class token and the mean of
the patches side by side.
"""

from collections.abc import Callable, Mapping, Set
from typing import Any

from saccade.checkpoints import huggingface_layouts as layouts
from saccade.checkpoints.google_config import ratio
from saccade.checkpoints.huggingface_family import (
    ACTIVATIONS,
    PIXELS,
    Family,
    Fields,
    Json,
    Near,
    State,
    expect_ours,
    expect_theirs,
    square,
    standing,
)
from saccade.checkpoints.huggingface_pixels import side_lengths
from saccade.checkpoints.mapping import Layout
from saccade.errors import CheckpointError

_SIZES = {
    **PIXELS,
    "patch_size": 16,
    "hidden_size": 768,
    "num_hidden_layers": 12,
    "num_attention_heads": 12,
    "qkv_bias": True,
}
SIZES = {**_SIZES, "intermediate_size": 3072, "layer_norm_eps": 1e-12}
_DINO = {**_SIZES, "mlp_ratio": 4, "layer_norm_eps": 1e-6, "layerscale_value": 1.0}


def sizes_of(config: Json) -> Fields:
    """Read the sizes that all vision transformers have.

    Args:
        config: the JSON, whole.
    """
    width, hidden = int(config["hidden_size"]), config.get("intermediate_size")
    share = config.get("mlp_ratio", 4.0) if hidden is None else ratio(int(hidden), width)
    return {
        "img_size": side_lengths(config["image_size"]),
        "patch_size": side_lengths(config["patch_size"]),
        "in_chans": int(config["num_channels"]),
        "embed_dim": width,
        "depth": int(config["num_hidden_layers"]),
        "num_heads": int(config["num_attention_heads"]),
        "mlp_ratio": float(share),
        "qkv_bias": bool(config.get("qkv_bias", True)),
        "norm_eps": float(config["layer_norm_eps"]),
    }


def told_sizes(config: Json) -> Fields:
    """Write the sizes that all vision transformers have.

    Args:
        config: fields of our config.
    """
    return {
        "image_size": square(config["img_size"]),
        "patch_size": square(config["patch_size"]),
        "hidden_size": config["embed_dim"],
        "num_hidden_layers": config["depth"],
        "num_attention_heads": config["num_heads"],
        "intermediate_size": int(config["embed_dim"] * config["mlp_ratio"]),
        "layer_norm_eps": config["norm_eps"],
        "qkv_bias": config.get("qkv_bias", True),
        "hidden_dropout_prob": 0.0,
        "attention_probs_dropout_prob": 0.0,
    }


def told_act(config: Json) -> str:
    """Write the name of the activation.

    Raises:
        CheckpointError: transformers has no word for it.
    """
    words = {"gelu": "gelu", "gelu_tanh": "gelu_pytorch_tanh", "quick_gelu": "quick_gelu"}
    act = str(config.get("act", "gelu"))
    if act not in words:
        raise CheckpointError(f"act {', '.join(words)}", repr(act), "another format")
    return words[act]


def _read(config: Json, names: Set[str]) -> Fields:
    activation = str(config["hidden_act"])
    if activation not in ACTIVATIONS:
        known = ", ".join(ACTIVATIONS)
        raise CheckpointError(f"hidden_act {known}", repr(activation), "another model")
    found = {**sizes_of(config), "act": ACTIVATIONS[activation]}
    found["class_token"] = "cls_token" in names
    if "pre_logits.fc.weight" in names:
        expect_theirs({"pooler_act": "tanh", **config}, pooler_act="tanh")
        found["representation_size"] = int(
            config.get("pooler_output_size") or config["hidden_size"]
        )
    if "reg_token" in names:  # a DeiT with one head
        found |= {"reg_tokens": 1, "no_embed_class": False}
    return found


def _read_dinov2(config: Json, names: Set[str]) -> Fields:
    found = {**_read(config, names), "init_values": float(config["layerscale_value"])}
    if config.get("use_swiglu_ffn"):
        width = int(config["hidden_size"])
        hidden = 2 * _gated(int(width * config["mlp_ratio"]))
        found |= {"mlp": "swiglu_packed", "mlp_ratio": ratio(hidden, width)}
    if "reg_token" in names:
        found |= {"reg_tokens": int(config["num_register_tokens"]), "no_embed_class": True}
    if "head.weight" in names:
        found["global_pool"] = "token_avg"
    return found


def _near_deit(_config: Json, names: Set[str]) -> Near:
    if "dist_token" in names:
        return Near(("deit_*distilled*", "deit_*"))
    return Near(("deit_*",), "ViTConfig")


def _told(kind: str, config: Json) -> Fields:
    """Write a plain vision transformer."""
    if config["num_classes"]:
        expect_ours(config, kind, global_pool="token", representation_size=None)
    _expect_positions(config, kind)
    expect_ours(config, kind, no_embed_class=False, mlp="mlp")
    size = config.get("representation_size") or config["embed_dim"]
    return {
        **told_sizes(config),
        "hidden_act": told_act(config),
        "pooler_output_size": size,
        "pooler_act": "tanh",
    }


def _expect_positions(config: Json, kind: str) -> None:
    """Refuse a network without positions; those that are computed are written as a table."""
    if config.get("pos_embed") not in ("sincos2d", "learn2d"):
        expect_ours(config, kind, pos_embed="learn")


def _told_vit(config: Json) -> Fields:
    expect_ours(config, "vit", reg_tokens=0)
    return _told("vit", config)


def _told_deit(config: Json) -> Fields:
    told = _told("deit", config)
    if config["num_classes"] and not config.get("reg_tokens"):
        told["architectures"] = ["DeiTForImageClassificationWithTeacher"]
    return told


def _told_dinov2(config: Json) -> Fields:
    if config["num_classes"]:
        expect_ours(config, "dinov2", global_pool="token_avg", pool_include_prefix=False)
    registers = int(config.get("reg_tokens", 0))
    kind = "dinov2_with_registers" if registers else "dinov2"
    expect_ours(config, kind, no_embed_class=bool(registers))
    _expect_positions(config, kind)
    gated, share = str(config.get("mlp")).startswith("swiglu"), float(config["mlp_ratio"])
    width = int(config["embed_dim"])
    hidden = int(width * share)
    times = round(hidden * 0.75 / width) if gated else round(share)
    if (2 * _gated(width * times) if gated else width * times) != hidden:
        raise CheckpointError("hidden units as DINOv2 has them", f"mlp_ratio={share}", "--to timm")
    return {
        **told_sizes(config),
        "hidden_act": told_act(config),
        "mlp_ratio": times,
        "use_swiglu_ffn": gated,
        "layerscale_value": 1.0,
        **({"num_register_tokens": registers} if registers else {}),
    }


def _gated(hidden: int) -> int:
    """How many gates DINOv2 has for so many hidden units: two thirds, in eights."""
    return (hidden * 2 // 3 + 7) // 8 * 8


def _layout_vit(state: State, _config: Json) -> Layout | None:
    plain = {"blocks.0.attn.qkv.weight", "cls_token"} <= set(state)
    other = {"blocks.0.ls1.gamma", "blocks.0.gamma_1", "reg_token", "dist_token"} & set(state)
    return layouts.VIT if plain and not other else None


def _layout_deit(state: State, config: Json) -> Layout | None:
    if "dist_token" in state:
        return layouts.DEIT_DISTILLED
    single = "reg_token" in state and config.get("reg_tokens") == 1
    return layouts.DEIT_SINGLE if single and not config.get("no_embed_class") else None


def _layout_dinov2(state: State, config: Json) -> Layout | None:
    if "blocks.0.ls1.gamma" not in state or "reg_token" in state:
        return None
    gated = str(config.get("mlp", "")).startswith("swiglu")
    return layouts.DINOV2_GATED if gated else layouts.DINOV2


def _layout_registers(state: State, config: Json) -> Layout | None:
    if not {"blocks.0.ls1.gamma", "reg_token"} <= set(state):
        return None
    gated = str(config.get("mlp", "")).startswith("swiglu")
    return layouts.REGISTERS_GATED if gated else layouts.REGISTERS


def _not_written(_state: State, _config: Json) -> None:
    return None


def _plain(stem: str, usual: Json, layout: Callable[[State, Json], Layout | None]) -> Family:
    near = standing("vit_*", kind="ViTConfig")
    return Family(stem=stem, usual=usual, near=near, read=_read, layout=layout, told=_told_vit)


def _dinov2(stem: str, pattern: str, usual: Json, layout: Any) -> Family:  # noqa: ANN401
    near = standing(pattern, kind="ViTConfig")
    told = _told_dinov2
    return Family(stem=stem, usual=usual, near=near, read=_read_dinov2, layout=layout, told=told)


FAMILIES: Mapping[str, Family] = {
    "vit": _plain("ViT", SIZES, _layout_vit),
    "vit_mae": _plain("ViTMAE", SIZES, _not_written),
    "vit_msn": _plain("ViTMSN", {**SIZES, "layer_norm_eps": 1e-6}, _not_written),
    "deit": Family(
        stem="DeiT",
        usual=SIZES,
        near=_near_deit,
        read=_read,
        layout=_layout_deit,
        told=_told_deit,
    ),
    "dinov2": _dinov2("Dinov2", "vit_*dinov2*", {**_DINO, "patch_size": 14}, _layout_dinov2),
    "dinov2_with_registers": _dinov2(
        "Dinov2WithRegisters",
        "vit_*reg4_dinov2*",
        {**_DINO, "num_register_tokens": 4},
        _layout_registers,
    ),
}
