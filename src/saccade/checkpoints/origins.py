"""Whose names these are: each origin is told by a name that only its files have."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from torch import Tensor

from saccade.checkpoints import facebook, swin, timm_names, torchvision
from saccade.checkpoints import huggingface_layouts as transformers
from saccade.checkpoints.mapping import Layout, Mapped, fits, read_as
from saccade.layers.positions import ResizeRule

PLAIN = "timm"  # whose names are ours


@dataclass(frozen=True, slots=True)
class Origin:
    """One kind of file.

    Args:
        marks: templates; a file of this kind has a name for each.
        layout: its table.
        rule: its convention for resizing positions; None where it has none.
    """

    marks: tuple[str, ...]
    layout: Layout
    rule: ResizeRule | None


def _of(layout: Layout, rule: ResizeRule | None, *marks: str) -> Origin:
    return Origin(marks, layout, rule)


_QUERY = "encoder.layer.{i}.attention.attention.query.weight"
_Q = "layers.{i}.attention.q_proj.weight"
_DINO_Q = "encoder.layer.{i}.attention.q_proj.weight"
_REGISTERS = "[dinov2_with_registers.]embeddings.register_tokens"
# The first whose marks are all there; the more special ones stand first.
ORIGINS: tuple[Origin, ...] = (
    _of(transformers.REGISTERS, "hf", _REGISTERS, f"[dinov2_with_registers.]{_QUERY}"),
    _of(transformers.REGISTERS_5, "hf", _REGISTERS, f"[dinov2_with_registers.]{_DINO_Q}"),
    _of(transformers.DINOV2, "hf", "{x}.layer_scale1.lambda1", f"[dinov2.]{_QUERY}"),
    _of(transformers.DINOV2_5, "hf", "{x}.layer_scale1.lambda1", f"[dinov2.]{_DINO_Q}"),
    _of(transformers.BEIT, "hf", "[beit.]encoder.layer.{i}.lambda_1"),
    _of(transformers.BEIT_5, "hf", "[beit.]layers.{i}.lambda_1"),
    _of(transformers.DEIT, "hf", "[deit.]embeddings.distillation_token", f"[deit.]{_QUERY}"),
    _of(transformers.DEIT_5, "hf", "[deit.]embeddings.distillation_token", f"[deit.]{_Q}"),
    _of(transformers.VIT, "hf", f"[vit.]{_QUERY}"),
    _of(transformers.VIT_5, "hf", f"[vit.]{_Q}"),
    _of(swin.TRANSFORMERS, "hf", "[swin.]encoder.layers.{i}.blocks.{j}.attention.{x}query.weight"),
    _of(swin.TRANSFORMERS_5, "hf", "[swin.]encoder.layers.{i}.blocks.{j}.attention.q_proj.weight"),
    _of(torchvision.VIT, "timm", "encoder.layers.encoder_layer_{i}.ln_1.weight"),
    _of(swin.TORCHVISION, None, "features.{i}.{j}.attn.relative_position_bias_table"),
    _of(swin.AUTHORS, None, "layers.0.downsample.reduction.weight", "head.weight"),
    _of(swin.AUTHORS, None, "layers.0.downsample.reduction.weight"),
    _of(facebook.DINOV2_REGISTERS_GATED, "timm", "register_tokens", "{x}.mlp.w12.weight"),
    _of(facebook.DINOV2_REGISTERS, "timm", "register_tokens", "blocks.{x}.ls1.gamma"),
    _of(facebook.DINOV2_GATED, "dino", "{x}.mlp.w12.weight"),
    _of(facebook.DINOV2, "dino", "mask_token", "blocks.{x}.ls1.gamma"),
    _of(facebook.DINOV2, "dino", "blocks.{j}.{i}.ls1.gamma"),
    _of(facebook.DEIT3, "deit", "blocks.{i}.gamma_1", "pos_embed", "blocks.{i}.attn.qkv.bias"),
    _of(timm_names.LEGACY_DEEP, None, "layer0.conv1.weight", "layer0.conv2.weight"),
    _of(timm_names.LEGACY, None, "layer0.conv1.weight"),
)
# What networks compute, or only training needs, under the names that are ours.
_NEEDLESS = (
    "{x}.relative_position_index",
    "{x}.attn_mask",
    "{x}.relative_coords_table",
    "mask_token",
    "decoder_{x}",  # what MAE paints hidden patches with
)


def read_names(state: Mapping[str, Tensor]) -> tuple[Mapped, Origin | None]:
    """Give weights our names, whoever named them.

    Args:
        state: by their names.

    Returns:
        The weights, and the origin whose table was used; None where the names are ours.
    """
    origin = find_origin(state)
    if origin is not None:
        return read_as(origin.layout, state), origin
    ignored = tuple(name for name in state if any(fits(template, name) for template in _NEEDLESS))
    plain = {name: value for name, value in state.items() if name not in ignored}
    return Mapped(plain, {name: (name,) for name in plain}, (), ignored), None


def find_origin(names: Iterable[str]) -> Origin | None:
    """Find whose names these are; None where they are ours.

    Args:
        names: of weights.
    """
    known = list(names)
    for origin in ORIGINS:
        if all(any(fits(mark, name) for name in known) for mark in origin.marks):
            return origin
    return None
