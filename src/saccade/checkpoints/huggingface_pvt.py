"""PVT of transformers, both versions: names of the weights and config.json, read and written.

Source: github.com/huggingface/transformers, `models/pvt` and `models/pvt_v2`. All norms have the
same small number there.
"""

from collections.abc import Mapping, Set

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
    whole,
)
from saccade.checkpoints.huggingface_pixels import side_lengths
from saccade.checkpoints.mapping import Layout, Rule, Stack
from saccade.errors import CheckpointError

_SIZES = {
    **PIXELS,
    "depths": (2, 2, 2, 2),
    "num_attention_heads": (1, 2, 5, 8),
    "mlp_ratios": (8, 8, 4, 4),
    "layer_norm_eps": 1e-6,
    "qkv_bias": True,
    "strides": (4, 2, 2, 2),
}
_USUAL = {
    **_SIZES,
    "hidden_sizes": (64, 128, 320, 512),
    "sequence_reduction_ratios": (8, 4, 2, 1),
    "patch_sizes": (4, 2, 2, 2),
}
_USUAL_V2 = {
    **_SIZES,
    "hidden_sizes": (32, 64, 160, 256),
    "sr_ratios": (8, 4, 2, 1),
    "patch_sizes": (7, 3, 3, 3),
    "linear_attention": False,
}


def _block(theirs: str, ours: str, attention: str, reduction: str) -> tuple[Rule, ...]:
    """What the blocks of both versions share.

    Args:
        theirs: template of a block.
        ours: template of the same block here.
        attention: what holds the input projections.
        reduction: what they call the convolution that makes the coarse map.
    """
    pair = tuple(f"{theirs}.{attention}.{part}.{{p}}" for part in ("key", "value"))
    return (
        Rule(f"{theirs}.layer_norm_{{k}}.{{p}}", f"{ours}.norm{{k}}.{{p}}"),
        Rule(f"{theirs}.{attention}.query.{{p}}", f"{ours}.attn.q.{{p}}"),
        Rule(pair, f"{ours}.attn.kv.{{p}}", Stack(2)),
        Rule(f"{theirs}.{attention}.{reduction}.{{p}}", f"{ours}.attn.sr.{{p}}"),
        Rule(f"{theirs}.{attention}.layer_norm.{{p}}", f"{ours}.attn.norm.{{p}}"),
        Rule(f"{theirs}.mlp.dense{{k}}.{{p}}", f"{ours}.mlp.fc{{k}}.{{p}}"),
    )


def first_version(stages: int = 4) -> Layout:
    """Make the table of the first version.

    Args:
        stages: how many there are; the class token stands in the last one.
    """
    patches, block = "[pvt.]encoder.patch_embeddings.{i}", "[pvt.]encoder.block.{i}.{j}"
    ours = "block{i+1}.{j}"
    return Layout(
        "transformers: PVT",
        (
            Rule(f"{patches}.projection.{{p}}", "patch_embed{i+1}.proj.{p}"),
            Rule(f"{patches}.layer_norm.{{p}}", "patch_embed{i+1}.norm.{p}"),
            Rule(f"{patches}.position_embeddings", "pos_embed{i+1}"),
            Rule(f"[pvt.]encoder.patch_embeddings.{stages - 1}.cls_token", "cls_token"),
            Rule(f"{patches}.cls_token", "cls_token"),
            *_block(block, ours, "attention.self", "sequence_reduction"),
            Rule(f"{block}.attention.output.dense.{{p}}", f"{ours}.attn.proj.{{p}}"),
            Rule("[pvt.]encoder.layer_norm.{p}", "norm.{p}"),
            Rule("classifier.{p}", "head.{p}"),
        ),
    )


_STAGE, _OURS = "[pvt_v2.]encoder.layers.{i}", "stages.{i}"
_FIRST = "[pvt_v2.]encoder.layers.0.patch_embedding"
V2 = Layout(
    "transformers: PVT v2",
    (
        Rule(f"{_FIRST}.proj.{{p}}", "patch_embed.proj.{p}"),
        Rule(f"{_FIRST}.layer_norm.{{p}}", "patch_embed.norm.{p}"),
        Rule(f"{_STAGE}.patch_embedding.proj.{{p}}", f"{_OURS}.downsample.proj.{{p}}"),
        Rule(f"{_STAGE}.patch_embedding.layer_norm.{{p}}", f"{_OURS}.downsample.norm.{{p}}"),
        *_block(
            f"{_STAGE}.blocks.{{j}}",
            f"{_OURS}.blocks.{{j}}",
            "attention",
            "spatial_reduction",
        ),
        Rule(
            f"{_STAGE}.blocks.{{j}}.attention.proj.{{p}}", f"{_OURS}.blocks.{{j}}.attn.proj.{{p}}"
        ),
        Rule(
            f"{_STAGE}.blocks.{{j}}.mlp.dwconv.dwconv.{{p}}",
            f"{_OURS}.blocks.{{j}}.mlp.dwconv.{{p}}",
        ),
        Rule(f"{_STAGE}.layer_norm.{{p}}", f"{_OURS}.norm.{{p}}"),
        Rule("classifier.{p}", "head.{p}"),
    ),
)


def _sizes(config: Json, ratios: str, kernel: int, step: int) -> Fields:
    """Read what both versions have.

    Args:
        config: the JSON, whole.
        ratios: what the reduction of the keys is called.
        kernel: side of the squares that the first stage embeds.
        step: side of those that the others embed.
    """
    stages = len(config["depths"])
    later = stages - 1
    patches, strides = (kernel, *(step,) * later), (4, *(2,) * later)
    expect_theirs(config, hidden_act="gelu", patch_sizes=patches, strides=strides)
    expect_theirs({"num_encoder_blocks": stages, **config}, num_encoder_blocks=stages)
    eps = float(config["layer_norm_eps"])
    return {
        "img_size": side_lengths(config["image_size"]),
        "in_chans": int(config["num_channels"]),
        "depths": tuple(config["depths"]),
        "embed_dims": tuple(config["hidden_sizes"]),
        "num_heads": tuple(config["num_attention_heads"]),
        "mlp_ratios": tuple(float(number) for number in config["mlp_ratios"]),
        "sr_ratios": tuple(config[ratios]),
        "qkv_bias": bool(config["qkv_bias"]),
        "norm_eps": eps,
        "embed_norm_eps": eps,
    }


def _read(config: Json, _names: Set[str]) -> Fields:
    return _sizes(config, "sequence_reduction_ratios", 4, 2)


def _read_v2(config: Json, _names: Set[str]) -> Fields:
    return {**_sizes(config, "sr_ratios", 7, 3), "linear": bool(config["linear_attention"])}


def _told_sizes(config: Json, kind: str) -> Fields:
    stages = len(config["depths"])
    eps = config["norm_eps"]
    if config["embed_norm_eps"] != eps:
        raise CheckpointError(
            f"one small number in all norms, as transformers computes a {kind}",
            f"norm_eps={eps} and embed_norm_eps={config['embed_norm_eps']}",
            f"convert(..., changes={{'embed_norm_eps': {eps}}}), which changes logits a little",
        )
    return {
        "image_size": square(config["img_size"]),
        "num_encoder_blocks": stages,
        "depths": list(config["depths"]),
        "hidden_sizes": list(config["embed_dims"]),
        "num_attention_heads": list(config["num_heads"]),
        "mlp_ratios": whole("mlp_ratios", config["mlp_ratios"]),
        "strides": [4, *[2] * (stages - 1)],
        "layer_norm_eps": eps,
        "qkv_bias": config["qkv_bias"],
        "hidden_act": "gelu",
        "hidden_dropout_prob": 0.0,
        "attention_probs_dropout_prob": 0.0,
    }


def _told(config: Json) -> Fields:
    height, width = config["img_size"]
    expect_ours({"img_size": (height, width)}, "pvt", img_size=(height, height))
    return {
        **_told_sizes(config, "pvt"),
        "sequence_reduction_ratios": list(config["sr_ratios"]),
        "patch_sizes": [4, *[2] * (len(config["depths"]) - 1)],
        "num_labels": config["num_classes"],  # which is 1000 otherwise, whatever the labels
    }


def _told_v2(config: Json) -> Fields:
    return {
        **_told_sizes(config, "pvt_v2"),
        "sr_ratios": list(config["sr_ratios"]),
        "patch_sizes": [7, *[3] * (len(config["depths"]) - 1)],
        "linear_attention": config["linear"],
    }


def _layout(state: State, config: Json) -> Layout | None:
    return first_version(len(config["depths"])) if "block1.0.attn.q.weight" in state else None


def _layout_v2(state: State, _config: Json) -> Layout | None:
    return V2 if "stages.0.blocks.0.mlp.dwconv.weight" in state else None


FAMILIES: Mapping[str, Family] = {
    "pvt": Family(
        stem="Pvt",
        usual=_USUAL,
        near=standing("pvt_*", kind="PVTConfig"),
        read=_read,
        layout=_layout,
        told=_told,
    ),
    "pvt_v2": Family(
        stem="PvtV2",
        usual=_USUAL_V2,
        near=standing("pvt_v2_*", kind="PVTv2Config"),
        read=_read_v2,
        layout=_layout_v2,
        told=_told_v2,
    ),
}
