"""Swin of transformers: its config.json, read and written.

Source: github.com/huggingface/transformers, `models/swin`. Maps that are no multiple of their
windows are filled up as the authors do it, `windows="hf"`.
"""

import dataclasses
from collections.abc import Mapping, Set

from saccade.checkpoints import swin
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
from saccade.checkpoints.mapping import Layout
from saccade.errors import CheckpointError
from saccade.models.swin_config import SwinConfig

_EPS = 1e-5  # of the norms of patches and mergings, whatever config.json says
_USUAL = {
    **PIXELS,
    "patch_size": 4,
    "embed_dim": 96,
    "depths": (2, 2, 6, 2),
    "num_heads": (3, 6, 12, 24),
    "window_size": 7,
    "mlp_ratio": 4.0,
    "qkv_bias": True,
    "use_absolute_embeddings": False,
    "layer_norm_eps": _EPS,
}


def _read(config: Json, _names: Set[str]) -> Fields:
    expect_theirs(config, hidden_act="gelu", use_absolute_embeddings=False, layer_norm_eps=_EPS)
    image, patch = side_lengths(config["image_size"]), side_lengths(config["patch_size"])
    rest = any(side % step for side, step in zip(image, patch, strict=True))
    return {
        "img_size": image,
        "patch_size": patch,
        **({"img_fit": "pad"} if rest else {}),
        "in_chans": int(config["num_channels"]),
        "embed_dim": int(config["embed_dim"]),
        "depths": tuple(config["depths"]),
        "num_heads": tuple(config["num_heads"]),
        "window_size": int(config["window_size"]),
        "windows": "hf",
        "mlp_ratio": float(config["mlp_ratio"]),
        "qkv_bias": bool(config["qkv_bias"]),
        "norm_eps": _EPS,
    }


def _told(config: Json) -> Fields:
    expect_ours(config, "swin", norm_eps=_EPS)
    return {
        "image_size": square(config["img_size"]),
        "patch_size": square(config["patch_size"]),
        "embed_dim": config["embed_dim"],
        "depths": list(config["depths"]),
        "num_heads": list(config["num_heads"]),
        "window_size": _window(SwinConfig(**config)),
        "mlp_ratio": config["mlp_ratio"],
        "qkv_bias": config["qkv_bias"],
        "drop_path_rate": config["drop_path_rate"],
        "hidden_act": "gelu",
        "hidden_dropout_prob": 0.0,
        "attention_probs_dropout_prob": 0.0,
        "use_absolute_embeddings": False,
        "layer_norm_eps": _EPS,
    }


def _window(config: SwinConfig) -> int:
    """Find the one window of all stages.

    Raises:
        CheckpointError: there are several, or transformers would cut maps otherwise.
    """
    blocks = [(stage, block) for stage, depth in enumerate(config.depths) for block in range(depth)]
    cuts = [config.cut(*block) for block in blocks]
    found = {side for window, _ in cuts for side in window}
    side = max(found)
    theirs = dataclasses.replace(config, windows="hf", window_size=side, ref_img_size=None)
    whole = all(part % side == 0 for stage, _ in blocks for part in config.grid(stage))
    same = [theirs.cut(*block) for block in blocks] == cuts
    if len(found) > 1 or not same or not (whole or config.windows == "hf"):
        raise CheckpointError(
            "one window for all stages of a Swin, of which their maps are multiples",
            f"windows of {', '.join(str(number) for number in sorted(found))} positions",
            "--to timm",
        )
    return side


def _layout(state: State, _config: Json) -> Layout | None:
    return swin.TRANSFORMERS if "layers.0.blocks.0.attn.qkv.weight" in state else None


FAMILIES: Mapping[str, Family] = {
    "swin": Family(
        stem="Swin",
        usual=_USUAL,
        near=standing("swin_*", kind="SwinConfig"),
        read=_read,
        layout=_layout,
        told=_told,
    )
}
