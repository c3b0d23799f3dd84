"""Residual networks of transformers, ResNet and BiT: names of the weights and config.json.

Source: github.com/huggingface/transformers, `models/resnet` and `models/bit`. BiT has the small
numbers of timm there, whichever code trained it.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from torch import Tensor

from saccade.checkpoints.huggingface_family import (
    Family,
    Fields,
    Json,
    State,
    expect_ours,
    expect_theirs,
    standing,
)
from saccade.checkpoints.mapping import Layout, Rule, Sizes
from saccade.errors import CheckpointError

_WIDE = {
    "num_channels": 3,
    "embedding_size": 64,
    "hidden_sizes": (256, 512, 1024, 2048),
    "depths": (3, 4, 6, 3),
    "hidden_act": "relu",
}
_USUAL = {
    **_WIDE,
    "layer_type": "bottleneck",
    "downsample_in_first_stage": False,
    "downsample_in_bottleneck": False,
}
_USUAL_BIT = {
    **_WIDE,
    "layer_type": "preactivation",
    "global_padding": None,
    "num_groups": 32,
    "embedding_dynamic_padding": False,
    "output_stride": 32,
    "width_factor": 1,
}
_STEM = 64  # channels of the first convolution
_BIT = (256, 512, 1024, 2048)


@dataclass(frozen=True, slots=True)
class Pointwise:
    """A matrix (out in) becomes the kernel of a 1x1 convolution (out in 1 1)."""

    def read(self, parts: Sequence[Tensor], sizes: Sizes) -> list[Tensor]:
        """Add two axes."""
        return [part[:, :, None, None] for part in parts]

    def write(self, parts: Sequence[Tensor], sizes: Sizes) -> list[Tensor]:
        """Take them off."""
        return [part[:, :, 0, 0] for part in parts]


_LAYER, _OURS = "[resnet.]encoder.stages.{i}.layers.{j}", "layer{i+1}.{j}"
RESNET = Layout(
    "transformers: ResNet",
    (
        Rule("[resnet.]embedder.embedder.convolution.{p}", "conv1.{p}"),
        Rule("[resnet.]embedder.embedder.normalization.{p}", "bn1.{p}"),
        Rule(f"{_LAYER}.shortcut.convolution.{{p}}", f"{_OURS}.downsample.0.{{p}}"),
        Rule(f"{_LAYER}.shortcut.normalization.{{p}}", f"{_OURS}.downsample.1.{{p}}"),
        Rule(f"{_LAYER}.layer.{{k}}.convolution.{{p}}", f"{_OURS}.conv{{k+1}}.{{p}}"),
        Rule(f"{_LAYER}.layer.{{k}}.normalization.{{p}}", f"{_OURS}.bn{{k+1}}.{{p}}"),
        Rule("classifier.1.{p}", "fc.{p}"),
    ),
)
_BLOCK, _OUR_BLOCK = "[bit.]encoder.stages.{i}.layers.{j}", "stages.{i}.blocks.{j}"
BIT = Layout(
    "transformers: BiT",
    (
        Rule("[bit.]embedder.convolution.{p}", "stem.conv.{p}"),
        Rule(f"{_BLOCK}.downsample.conv.{{p}}", f"{_OUR_BLOCK}.downsample.conv.{{p}}"),
        Rule(f"{_BLOCK}.conv{{k}}.{{p}}", f"{_OUR_BLOCK}.conv{{k}}.{{p}}"),
        Rule(f"{_BLOCK}.norm{{k}}.{{p}}", f"{_OUR_BLOCK}.norm{{k}}.{{p}}"),
        Rule("[bit.]norm.{p}", "norm.{p}"),
        Rule("classifier.1.weight", "head.fc.weight", Pointwise()),
        Rule("classifier.1.bias", "head.fc.bias"),
    ),
)


def _read(config: Json, _names: Set[str]) -> Fields:
    expect_theirs(config, hidden_act="relu")
    expect_theirs(config, downsample_in_first_stage=False, downsample_in_bottleneck=False)
    basic = config["layer_type"] == "basic"
    outputs = tuple(int(width) for width in config["hidden_sizes"])
    widths = outputs if basic else tuple(width // 4 for width in outputs)
    found: Fields = {
        "in_chans": int(config["num_channels"]),
        "block": "basic" if basic else "bottleneck",
        "layers": tuple(config["depths"]),
        "widths": widths,
        "stem": "conv7",
        "stem_chs": int(config["embedding_size"]),
    }
    if not basic and any(width % 4 for width in outputs):
        found["outputs"] = outputs
    return found


def _told(config: Json) -> Fields:
    plain = {"stem": "conv7", "cardinality": 1, "base_width": 64, "down_kernel_size": 1}
    expect_ours(config, "resnet", **plain, caffe=False, reduce_first=1, attention=None)
    times = 1 if config["block"] == "basic" else 4
    wide = config.get("outputs") or [times * width for width in config["widths"]]
    inner = tuple(width // times for width in wide)  # of the 3x3
    expect_ours(config, "resnet", widths=inner)
    return {
        "embedding_size": config["stem_chs"],
        "hidden_sizes": list(wide),
        "depths": list(config["layers"]),
        "layer_type": config["block"],
        "hidden_act": "relu",
        "downsample_in_first_stage": False,
        "downsample_in_bottleneck": False,
    }


def _read_bit(config: Json, _names: Set[str]) -> Fields:
    plain = {"layer_type": "preactivation", "hidden_act": "relu", "global_padding": None}
    expect_theirs(config, **plain, num_groups=32, embedding_dynamic_padding=False, width_factor=1)
    channels = tuple(int(width) for width in config["hidden_sizes"])
    stem, stages = int(config["embedding_size"]), len(channels)
    if stem == channels[0]:
        raise CheckpointError(
            "a BiT whose first stage has other channels than its stem",
            f"embedding_size={stem} and hidden_sizes={list(channels)}",
            "another model",
        )
    if int(config["output_stride"]) <= 2**stages:
        raise CheckpointError(
            f"output_stride={2 ** (stages + 1)} in a BiT of {stages} stages",
            str(config["output_stride"]),
            "another model",
        )
    times = stem // _STEM
    usual = times > 1 and stem == _STEM * times and channels == tuple(times * w for w in _BIT)
    return {
        "in_chans": int(config["num_channels"]),
        "layers": tuple(config["depths"]),
        "channels": _BIT if usual else channels,
        "stem_chs": _STEM if usual else stem,
        "width_factor": times if usual else 1,
        "eps": "timm",
        "pool_padding": "zero",
    }


def _told_bit(config: Json) -> Fields:
    expect_ours(config, "bit", pool_padding="zero")
    if config["eps"] != "bit":  # 1e-10 of a variance instead of 1e-8, which is lost in rounding
        expect_ours(config, "bit", eps="timm")
    times = int(config["width_factor"])
    stem, channels = times * config["stem_chs"], [times * width for width in config["channels"]]
    if stem == channels[0]:
        raise CheckpointError(
            "a BiT whose first stage has other channels than its stem",
            f"{stem} in both",
            "--to timm",
        )
    return {
        "embedding_size": stem,
        "hidden_sizes": channels,
        "depths": list(config["layers"]),
        "layer_type": "preactivation",
        "hidden_act": "relu",
        "num_groups": 32,
        "embedding_dynamic_padding": False,
        "output_stride": 2 ** (len(channels) + 1),
        "width_factor": 1,
        "drop_path_rate": config["drop_path_rate"],
    }


def _layout(state: State, _config: Json) -> Layout | None:
    return RESNET if {"conv1.weight", "layer1.0.conv1.weight"} <= set(state) else None


def _layout_bit(state: State, _config: Json) -> Layout | None:
    return BIT if {"stem.conv.weight", "stages.0.blocks.0.conv1.weight"} <= set(state) else None


FAMILIES: Mapping[str, Family] = {
    "resnet": Family(
        stem="ResNet",
        usual=_USUAL,
        near=standing("resnet*", kind="ResNetConfig"),
        read=_read,
        layout=_layout,
        told=_told,
    ),
    "bit": Family(
        stem="Bit",
        usual=_USUAL_BIT,
        near=standing("resnetv2_*bit*", kind="BiTConfig"),
        read=_read_bit,
        layout=_layout_bit,
        told=_told_bit,
    ),
}
