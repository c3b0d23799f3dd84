"""What makes the network of one of Google's npz files, read from names and shapes of its arrays.

Names are those of `google_layouts`. What no array tells is what the authors' code does: GELU by
tanh, 1e-6 in the norms, pixels from -1 to 1.
"""

import math
import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Literal

from torch import Tensor

from saccade.errors import CheckpointError
from saccade.layers.patches import pair

GoogleFamily = Literal["vit", "hybrid", "mixer", "bit"]
# Google's pixels lie in -1 to 1.
PREPROCESSING: Mapping[str, object] = MappingProxyType({"mean": (0.5,) * 3, "std": (0.5,) * 3})
_PATCHES = "embedding/kernel"
_ROOT = "conv_root/kernel"
_BIT_ROOT = "resnet/root_block/standardized_conv2d/kernel"
_TABLES = re.compile(r"(?:Transformer/(?:posembed_input/)?)?pos_embedding")
_Size = int | tuple[int, int] | None


def google_family(names: Iterable[str]) -> GoogleFamily | None:
    """Tell whose arrays these are; None if they are no network of Google's.

    Args:
        names: of the arrays, without a prefix.
    """
    known = set(names)
    if _BIT_ROOT in known:
        return "bit"
    if any(name.startswith(("MixerBlock_0/", "Mixer/encoderblock_0/")) for name in known):
        return "mixer"
    if _PATCHES in known and any(name.startswith("Transformer/") for name in known):
        return "hybrid" if _ROOT in known else "vit"
    return None


def google_config(state: Mapping[str, Tensor], img_size: _Size = None) -> dict[str, object]:
    """Read the fields of a config from the arrays of a file.

    Args:
        state: the arrays, without a prefix, the blocks of the encoder one by one.
        img_size: side in pixels, or (height, width), where the grid of positions is no square.

    Raises:
        CheckpointError: the arrays are those of no such network, or leave the size open.
    """
    family = google_family(state)
    if family is None:
        raise CheckpointError(
            "arrays of a ViT, hybrid, Mixer or BiT of Google's",
            ", ".join(list(state)[:3]) or "no array",
            "another file",
        )
    if family == "bit":
        return _bit(state, img_size)
    return _mixer(state, img_size) if family == "mixer" else _vit(state, img_size)


def position_name(state: Iterable[str]) -> str | None:
    """Find the name of the position table, which has changed twice; None if there is none."""
    return next((name for name in state if _TABLES.fullmatch(name)), None)


def rows_before(rows: int, grid: tuple[int, int]) -> int:
    """How many rows of a position table stand before those of the grid: none, or the class token's.

    Args:
        rows: of the whole table.
        grid: (rows, columns).

    Raises:
        CheckpointError: the table is another grid's.
    """
    if rows - math.prod(grid) not in (0, 1):
        raise _no_square(rows, f" for the grid {grid}")
    return rows - math.prod(grid)


def _no_square(rows: int, grid: str = "") -> CheckpointError:
    return CheckpointError(
        "positions of a square grid, or of a class token and one",
        f"{rows} rows{grid}",
        "img_size=(HEIGHT, WIDTH) of the file",
    )


def _vit(state: Mapping[str, Tensor], img_size: _Size) -> dict[str, object]:
    query = _shape(
        state, r"Transformer/encoderblock_0/MultiHeadDotProductAttention_\d/query/kernel"
    )
    hidden = _shape(state, r"Transformer/encoderblock_0/MlpBlock_\d/Dense_0/kernel")[1]
    width, heads = query[0], query[1]
    pooled = "map" if "MAPHead_0/probe" in state else "token" if "cls" in state else "avg"
    stem = _stem(state)
    patch = (state[_PATCHES].shape[0], state[_PATCHES].shape[1])
    layers = stem.get("stem", ())
    shrink = 4 * 2 ** max(len(layers) - 1, 0) if isinstance(layers, tuple) and stem else 1
    pre_logits = state.get("pre_logits/kernel")
    pixels = (patch[0] * shrink, patch[1] * shrink)
    image = _image(state, pixels, img_size)
    return {
        "img_size": image,
        "patch_size": patch,
        "in_chans": state[_ROOT if _ROOT in state else _PATCHES].shape[2],
        "num_classes": _classes(state),
        "embed_dim": width,
        "depth": _count(state, r"Transformer/encoderblock_(\d+)/.+"),
        "num_heads": heads,
        "mlp_ratio": ratio(hidden, width),
        "class_token": "cls" in state,
        "global_pool": pooled,
        "representation_size": None if pre_logits is None else pre_logits.shape[1],
        "act": "gelu_tanh",
        "norm_eps": 1e-6,
        **_special(state, (image[0] // pixels[0], image[1] // pixels[1])),
        **stem,
    }


def _special(state: Mapping[str, Tensor], grid: tuple[int, int]) -> dict[str, object]:
    """What only some networks have: fixed positions, a class token without one, all tokens read."""
    name = position_name(state)
    found: dict[str, object] = {}
    if name is None:
        found |= {"pos_embed": "sincos2d", "sincos": "big_vision"}
    if "cls" in state and (name is None or not rows_before(state[name].shape[-2], grid)):
        found["no_embed_class"] = True
    if "cls" in state and "MAPHead_0/probe" in state:
        found["pool_include_prefix"] = True
    return found


def _image(state: Mapping[str, Tensor], patch: tuple[int, int], img_size: _Size) -> tuple[int, int]:
    name = position_name(state)
    if name is not None:
        own = "cls" in state and name.endswith("posembed_input/pos_embedding")  # always has a row
        return _square(state[name].shape[-2] - own, patch, img_size, exact=own)
    # Nothing tells; what all were trained with, in whole patches.
    return pair(img_size or (224 // patch[0] * patch[0], 224 // patch[1] * patch[1]))


def _square(
    rows: int, patch: tuple[int, int], img_size: _Size, *, exact: bool = True
) -> tuple[int, int]:
    """The size that so many rows cover: that which was told, or a square.

    Raises:
        CheckpointError: they cover no square, nor one and a class token where that is allowed.
    """
    if img_size is not None:
        return pair(img_size)
    side = math.isqrt(rows)
    if rows - side**2 > (0 if exact else 1):
        raise _no_square(rows)
    return side * patch[0], side * patch[1]


def _stem(state: Mapping[str, Tensor]) -> dict[str, object]:
    if _ROOT not in state:
        return {}
    stages = _count(state, r"block(\d+)/unit\d+/.+")
    depths = (_count(state, rf"block{stage + 1}/unit(\d+)/.+") for stage in range(stages))
    return {"stem": tuple(depths), "stem_width": state[_ROOT].shape[3], "eps": "google"}


def _mixer(state: Mapping[str, Tensor], img_size: _Size) -> dict[str, object]:
    kernel = state["stem/kernel"] if "stem/kernel" in state else state[_PATCHES]
    block = r"(?:MixerBlock|Mixer/encoderblock)_0"
    ends = r"(?:/Dense_0/kernel|_phase_0/kernel1)"
    tokens = [side for side in _shape(state, rf"{block}/token_mixing{ends}") if side > 1]
    channels = [side for side in _shape(state, rf"{block}/channel_mixing{ends}") if side > 1]
    width, patch = kernel.shape[3], (kernel.shape[0], kernel.shape[1])
    return {
        "img_size": _square(tokens[0], patch, img_size),
        "patch_size": patch,
        "in_chans": kernel.shape[2],
        "num_classes": _classes(state),
        "embed_dim": width,
        "num_blocks": _count(state, r"(?:MixerBlock|Mixer/encoderblock)_(\d+)/.+"),
        "mlp_ratio": (ratio(tokens[1], width), ratio(channels[1], width)),
        "act": "gelu_tanh",
        "norm_eps": 1e-6,
    }


def _bit(state: Mapping[str, Tensor], img_size: _Size) -> dict[str, object]:
    root = state[_BIT_ROOT]
    factor = max(root.shape[3] // 64, 1)
    stages = _count(state, r"resnet/block(\d+)/unit\d+/.+")
    numbers = range(1, stages + 1)
    last = [rf"resnet/block{n}/unit0?1/c/standardized_conv2d/kernel" for n in numbers]
    head = state.get("resnet/head/conv2d/kernel")
    return {
        **({} if img_size is None else {"img_size": pair(img_size)}),
        "in_chans": root.shape[2],
        "num_classes": 0 if head is None else head.shape[-1],
        "layers": tuple(_count(state, rf"resnet/block{n}/unit(\d+)/.+") for n in numbers),
        "channels": tuple(_shape(state, name)[3] // factor for name in last),
        "width_factor": factor,
        "stem_chs": root.shape[3] // factor,
        "eps": "bit",
    }


def ratio(hidden: int, width: int) -> float:
    """Give the ratio from which `int(width * ratio)` gives `hidden` back."""
    found = hidden / width
    return found if int(width * found) == hidden else math.nextafter(found, math.inf)


def _classes(state: Mapping[str, Tensor]) -> int:
    return state["head/kernel"].shape[1] if "head/kernel" in state else 0


def _shape(state: Mapping[str, Tensor], pattern: str) -> tuple[int, ...]:
    """The shape of the first array whose name fits.

    Raises:
        CheckpointError: none does.
    """
    for name, value in state.items():
        if re.fullmatch(pattern, name):
            return tuple(value.shape)
    plain = pattern.replace("\\d", "0").replace("(?:", "(")
    raise CheckpointError(f"an array {plain}", "none in the file", "another copy of the file")


def _count(state: Iterable[str], pattern: str) -> int:
    """How many numbers stand in the group of a pattern."""
    found = (re.fullmatch(pattern, name) for name in state)
    return len({int(match[1]) for match in found if match})
