"""Google's npz files of ViT, hybrids, MLP-Mixer and BiT: read into our names, and written.

The tables of names are in `google_layouts`. Here stands what no table can say: prefixes of whole
files, blocks that were scanned, and the class token's row of the position table, which `vit_jax`
has and big_vision has not.
"""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor

from saccade.checkpoints import google_layouts as layouts
from saccade.checkpoints.card import Card
from saccade.checkpoints.flax import scan, unscan
from saccade.checkpoints.google_config import (
    GoogleFamily,
    google_config,
    google_family,
    rows_before,
)
from saccade.checkpoints.mapping import Layout, Mapped, read_as, write_as
from saccade.checkpoints.npz import write_npz
from saccade.errors import CheckpointError
from saccade.layers.positions import sincos_positions
from saccade.models.classifier import Classifier

GoogleLayout = Literal["vit_jax", "big_vision"]
_ANCHORS = (
    "embedding/kernel",
    "stem/kernel",
    "resnet/root_block/standardized_conv2d/kernel",
)
_PREFIXES = ("", "opt/target/", "params/img/", "params/")
_INLINED = ("probe", "MlpBlock_0/", "MultiHeadDotProductAttention_0/", "LayerNorm_0/")
_UNIT = re.compile(r"(resnet/block\d+/unit)(\d)/")


@dataclass(frozen=True, slots=True)
class GoogleWeights:
    """What one of Google's files says.

    Args:
        family: what kind of network.
        mapped: weights under our names, and what became of each array of the file.
        config: fields of the network's config that reproduce what Google's code computes.
        notes: sentences on what a user should know of these weights.
    """

    family: GoogleFamily
    mapped: Mapped
    config: Mapping[str, object]
    notes: tuple[str, ...]


def is_google(names: Iterable[str]) -> bool:
    """Tell whether these are names of one of Google's networks, under any known prefix."""
    known = list(names)
    prefix = _prefix(known)
    if prefix is None:
        return False
    short = (name.removeprefix(prefix) for name in known if name.startswith(prefix))
    return (
        google_family(name.replace("encoderblock/", "encoderblock_0/") for name in short)
        is not None
    )


def read_google(
    state: Mapping[str, Tensor], *, img_size: int | tuple[int, int] | None = None
) -> GoogleWeights:
    """Turn the arrays of a file into weights under our names.

    Args:
        state: the arrays, by their names in the file.
        img_size: side in pixels, or (height, width), where the grid of positions is no square.

    Raises:
        CheckpointError: the arrays are those of no network of Google's.
    """
    prefix = _prefix(state) or ""
    inside = {name: value for name, value in state.items() if name.startswith(prefix)}
    plain, origin = unscan({name.removeprefix(prefix): value for name, value in inside.items()})
    plain, origin = _pooled_apart(plain, origin)
    config = google_config(plain, img_size)
    family = google_family(plain)
    mapped = read_as(_layout(plain), plain)
    whole = {
        ours: tuple(dict.fromkeys(prefix + origin[name] for name in theirs))
        for ours, theirs in mapped.origin.items()
    }
    unused = tuple(dict.fromkeys(prefix + origin[name] for name in mapped.unused))
    outside = tuple(name for name in state if name not in inside)
    mapped = replace(mapped, origin=whole, unused=unused, ignored=outside)
    notes = [*_notes(plain)]
    if family in ("vit", "hybrid"):
        notes += _place(mapped.state, config)
    return GoogleWeights(family or "vit", mapped, config, tuple(notes))


def to_google(
    model: Classifier, *, layout: GoogleLayout = "vit_jax", scanned: bool = False
) -> dict[str, Tensor]:
    """Turn the weights of a ViT, hybrid, Mixer or BiT into Google's arrays.

    Args:
        model: whose weights.
        layout: "vit_jax", which timm reads for every model, or "big_vision", whose position table
            has no row for the class token. Mixers and BiT networks have one layout only.
        scanned: put the arrays of all blocks together; of big_vision only.

    Raises:
        CheckpointError: a weight has no place there, such as LayerScale's.
    """
    state = dict(model.state_dict())
    table = _layout_of(state, layout)
    if "patch_embed.proj.weight" in state:
        _write_positions(model, state, layout)
    heads = {"heads": int(getattr(model.config, "num_heads", 1))}
    found = write_as(table, state, heads)
    back = read_as(table, {name: value.to("meta") for name, value in found.items()})
    lost = [name for name in state if name not in back.state]
    if lost:
        more = ", ..." if len(lost) > 3 else ""
        raise CheckpointError(
            f"weights that {table.name} has a name for",
            f"{len(lost)} others ({', '.join(lost[:3])}{more})",
            "safetensors",
        )
    if table is layouts.BIT:
        found = {_UNIT.sub(r"\g<1>0\2/", name): value for name, value in found.items()}
    if not scanned:
        return found
    return {f"params/{name}": value for name, value in scan(found).items()}


def write_google(
    path: Path,
    model: Classifier,
    *,
    layout: GoogleLayout = "vit_jax",
    card: Card | None = None,
) -> None:
    """Write a model as one of Google's npz files, whole or not at all.

    Args:
        path: of the file, NAME.npz.
        model: whose weights.
        layout: "vit_jax" or "big_vision".
        card: what they are; other readers pass over it.

    Raises:
        CheckpointError: a weight has no place there.
        OutputError: the file cannot be written.
    """
    write_npz(path, to_google(model, layout=layout), card)


def _prefix(names: Iterable[str]) -> str | None:
    """What stands before every name of the network; None if there is no network."""
    known = set(names)
    for prefix in _PREFIXES:
        if any(prefix + anchor in known for anchor in _ANCHORS):
            return prefix
    found = {
        name.removesuffix(anchor)
        for name in known
        for anchor in _ANCHORS
        if name.endswith(f"/{anchor}")
    }
    return found.pop() if len(found) == 1 else None


def _pooled_apart(
    state: dict[str, Tensor], origin: dict[str, str]
) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Put the attention pooling in a folder of its own, where it stands among the rest."""
    if "probe" not in state:
        return state, origin
    moved = {name: f"MAPHead_0/{name}" for name in state if name.startswith(_INLINED)}
    return (
        {moved.get(name, name): value for name, value in state.items()},
        {moved.get(name, name): old for name, old in origin.items()},
    )


def _layout(state: Mapping[str, Tensor]) -> Layout:
    """The table for names of theirs."""
    family = google_family(state)
    if family == "bit":
        return layouts.BIT
    if family == "mixer":
        old = any(name.startswith("Mixer/") for name in state)
        return layouts.MIXER_OLD if old else layouts.MIXER
    stem_only = family == "hybrid" and not any(name.startswith("block1/") for name in state)
    if any("/MlpBlock_3/" in name for name in state):
        return layouts.VIT_JAX_STEM if stem_only else layouts.VIT_JAX
    return layouts.BIG_VISION_STEM if stem_only else layouts.BIG_VISION


def _layout_of(state: Mapping[str, Tensor], layout: GoogleLayout) -> Layout:
    """The table for names of ours.

    Raises:
        CheckpointError: Google has no such network.
    """
    stem_only = "patch_embed.backbone.conv.weight" in state
    if "patch_embed.proj.weight" in state and "blocks.0.attn.qkv.weight" in state:
        if layout == "vit_jax":
            return layouts.VIT_JAX_STEM if stem_only else layouts.VIT_JAX
        return layouts.BIG_VISION_STEM if stem_only else layouts.BIG_VISION
    if "blocks.0.mlp_tokens.fc1.weight" in state:
        return layouts.MIXER
    if "stages.0.blocks.0.conv1.weight" in state and "stem.conv.weight" in state:
        return layouts.BIT
    raise CheckpointError("weights of a ViT, hybrid, Mixer or BiT", "others", "safetensors")


def _place(state: dict[str, Tensor], config: dict[str, object]) -> list[str]:
    """Give every patch one position; tell what was done."""
    image, patch = config["img_size"], config["patch_size"]
    if not isinstance(image, tuple) or not isinstance(patch, tuple):
        return []
    layers = config.get("stem")
    shrink = 4 * 2 ** max(len(layers) - 1, 0) if isinstance(layers, tuple) else 1
    grid = (image[0] // (patch[0] * shrink), image[1] // (patch[1] * shrink))
    table = state.get("pos_embed")
    if table is None:
        width = state["norm.weight"].shape[0]
        state["pos_embed"] = sincos_positions(grid, width, rule="big_vision")[None]
        return ["the file has no position table; the fixed sine-cosine one is used"]
    if config["class_token"] or not rows_before(table.shape[-2], grid):
        return []
    state["pos_embed"] = table[:, 1:]
    return ["the position of a class token that the network has not is left out"]


def _notes(state: Mapping[str, Tensor]) -> list[str]:
    notes = []
    for name in ("head/kernel", "resnet/head/conv2d/kernel"):
        if name in state and state[name].device.type != "meta" and not bool(state[name].any()):
            notes.append(
                f"the head ({name}) is all zeros, as in files that are meant to be fine-tuned: "
                "every picture gets the same logits"
            )
    if "pre_logits/kernel" in state:
        notes.append(
            "a tanh layer before the head (pre_logits) is kept; timm leaves it out, and its "
            "logits are others"
        )
    return notes


def _write_positions(model: Classifier, state: dict[str, Tensor], layout: GoogleLayout) -> None:
    """Put one table of positions in the state, with or without the class token's row."""
    patches = model.position_table()
    for name in [name for name in state if name.startswith("pos_embed.")]:
        del state[name]
    if patches is None:
        return
    table, token = state.get("pos_embed"), state.get("cls_token")
    rows = math.prod(model.layout.grid)
    has_row = table is not None and table.shape[1] > rows
    if token is None or len(model.layout.prefix) != 1:
        state["pos_embed"] = patches[None] if table is None else table
    elif layout == "big_vision":
        state["pos_embed"] = patches[None]
        if has_row and table is not None:
            state["cls_token"] = token + table[:, :1]
    elif not has_row:
        state["pos_embed"] = torch.cat([torch.zeros_like(token), patches[None]], dim=1)
