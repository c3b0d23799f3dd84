"""DINOv3 of transformers: names of its weights and its config.json, read and written.

Source: github.com/huggingface/transformers, `models/dinov3_vit`. It has no classifier there; what
it tells of an image is its class token.
"""

from collections.abc import Mapping, Set

from saccade.checkpoints.google_config import ratio
from saccade.checkpoints.huggingface_family import (
    PIXELS,
    Family,
    Fields,
    Json,
    State,
    expect_ours,
    expect_theirs,
    square,
    standing,
)
from saccade.checkpoints.huggingface_pixels import side_lengths
from saccade.checkpoints.mapping import STACK, Layout, Rule, Stack
from saccade.errors import CheckpointError

_OURS = "blocks.{i}"
_USUAL = {
    **PIXELS,
    "patch_size": 16,
    "hidden_size": 384,
    "intermediate_size": 1536,
    "num_hidden_layers": 12,
    "num_attention_heads": 6,
    "layer_norm_eps": 1e-5,
    "rope_theta": 100.0,
    "query_bias": True,
    "key_bias": False,
    "value_bias": True,
    "proj_bias": True,
    "mlp_bias": True,
    "layerscale_value": 1.0,
    "use_gated_mlp": False,
    "num_register_tokens": 0,
}
_ALIGNED = 8  # gates are rounded up to a multiple of this, but for the largest network


def _block(theirs: str, *, gated: bool) -> tuple[Rule, ...]:
    parts = tuple(f"{theirs}.mlp.{part}_proj.{{p}}" for part in ("gate", "up"))
    gates = (
        Rule(parts[0], f"{_OURS}.mlp.fc1_g.{{p}}"),
        Rule(parts[1], f"{_OURS}.mlp.fc1_x.{{p}}"),
        Rule(parts, f"{_OURS}.mlp.fc1.{{p}}", Stack(2)),
    )
    plain = (Rule(parts[1], f"{_OURS}.mlp.fc1.{{p}}"),)
    return (
        Rule(f"{theirs}.norm{{k}}.{{p}}", f"{_OURS}.norm{{k}}.{{p}}"),
        Rule(
            tuple(f"{theirs}.attention.{letter}_proj.weight" for letter in "qkv"),
            f"{_OURS}.attn.qkv.weight",
            STACK,
        ),
        Rule(f"{theirs}.attention.q_proj.bias", f"{_OURS}.attn.q_bias"),
        Rule(f"{theirs}.attention.v_proj.bias", f"{_OURS}.attn.v_bias"),
        Rule(f"{theirs}.attention.o_proj.{{p}}", f"{_OURS}.attn.proj.{{p}}"),
        Rule(f"{theirs}.layer_scale{{k}}.lambda1", f"{_OURS}.gamma_{{k}}"),
        *(gates if gated else plain),
        Rule(f"{theirs}.mlp.down_proj.{{p}}", f"{_OURS}.mlp.fc2.{{p}}"),
    )


def _table(*, gated: bool) -> Layout:
    return Layout(
        "transformers: DINOv3",
        (
            Rule("embeddings.patch_embeddings.{p}", "patch_embed.proj.{p}"),
            Rule("embeddings.cls_token", "cls_token"),
            Rule("embeddings.register_tokens", "reg_token"),
            Rule("norm.{p}", "norm.{p}"),
            *_block("layer.{i}", gated=gated),
            *_block("model.layer.{i}", gated=gated),  # as version 5 has it in memory
        ),
        ("embeddings.mask_token", "rope_embeddings.inv_freq"),  # only training needs it; computed
    )


PLAIN, GATED = _table(gated=False), _table(gated=True)


def _read(config: Json, _names: Set[str]) -> Fields:
    gated, bias = bool(config["use_gated_mlp"]), bool(config["query_bias"])
    expect_theirs(config, key_bias=False, value_bias=bias, proj_bias=True, mlp_bias=True)
    expect_theirs(config, hidden_act="silu" if gated else "gelu")
    width, hidden = int(config["hidden_size"]), int(config["intermediate_size"])
    aligned = _ALIGNED if hidden % _ALIGNED == 0 else 1
    return {
        "img_size": side_lengths(config["image_size"]),
        "patch_size": side_lengths(config["patch_size"]),
        "in_chans": int(config["num_channels"]),
        "embed_dim": width,
        "depth": int(config["num_hidden_layers"]),
        "num_heads": int(config["num_attention_heads"]),
        "mlp_ratio": ratio(hidden, width),
        "qkv_bias": bias,
        "norm_eps": float(config["layer_norm_eps"]),
        "init_values": float(config["layerscale_value"]),
        "num_reg_tokens": int(config["num_register_tokens"]),
        "swiglu_mlp": gated,
        "swiglu_align_to": aligned if gated else 0,
        "global_pool": "token",
        "fc_norm": False,
        "use_abs_pos_emb": False,
        "use_rot_pos_emb": True,
        "rope_type": "dinov3",
        "rope_rotate_half": True,
        "rope_temperature": float(config["rope_theta"]),
    }


def _told(config: Json) -> Fields:
    if config["num_classes"]:
        raise CheckpointError(
            "a DINOv3 without a head, as transformers has it",
            f"num_classes={config['num_classes']}",
            "num_classes=0",
        )
    expect_ours(config, "dinov3_vit", fc_norm=False, qk_norm=False, scale_mlp=False)
    expect_ours(config, "dinov3_vit", rope_rotate_half=True, use_abs_pos_emb=False)
    if config["init_values"] is None:
        raise CheckpointError("factors on each branch of a DINOv3", "none", "--to timm")
    width, gated = int(config["embed_dim"]), bool(config["swiglu_mlp"])
    hidden, step = int(width * config["mlp_ratio"]), int(config["swiglu_align_to"]) or 1
    return {
        "image_size": square(config["img_size"]),
        "patch_size": square(config["patch_size"]),
        "hidden_size": width,
        "intermediate_size": hidden + (-hidden % step if gated else 0),
        "num_hidden_layers": config["depth"],
        "num_attention_heads": config["num_heads"],
        "hidden_act": "silu" if gated else "gelu",
        "layer_norm_eps": config["norm_eps"],
        "rope_theta": config["rope_temperature"],
        "query_bias": config["qkv_bias"],
        "key_bias": False,
        "value_bias": config["qkv_bias"],
        "proj_bias": True,
        "mlp_bias": True,
        "layerscale_value": config["init_values"],
        "use_gated_mlp": gated,
        "num_register_tokens": config["num_reg_tokens"],
    }


def _layout(state: State, config: Json) -> Layout | None:
    if config.get("rope_type") != "dinov3" or "blocks.0.attn.qkv.weight" not in state:
        return None
    return GATED if config["swiglu_mlp"] else PLAIN


FAMILIES: Mapping[str, Family] = {
    "dinov3_vit": Family(
        stem="DINOv3ViT",
        usual=_USUAL,
        near=standing("vit_*dinov3*", kind="EvaConfig"),
        read=_read,
        layout=_layout,
        told=_told,
    )
}
