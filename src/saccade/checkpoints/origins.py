"""Whose names these are: each origin is told by a name that only its files have."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from torch import Tensor

from saccade.checkpoints import (
    baai,
    facebook,
    kevinzakka,
    pvt_names,
    pytorch_tutorials,
    swin,
    timm_names,
    torchvision,
    unilm,
)
from saccade.checkpoints import huggingface_dinov3 as dinov3
from saccade.checkpoints import huggingface_layouts as transformers
from saccade.checkpoints import huggingface_pvt as pvt
from saccade.checkpoints import huggingface_resnet as resnet
from saccade.checkpoints.mapping import Layout, Mapped, fits, read_as
from saccade.layers.positions import ResizeRule
from saccade.models.swin_config import Windows

PLAIN = "timm"  # whose names are ours


@dataclass(frozen=True, slots=True)
class Origin:
    """One kind of file.

    Args:
        marks: templates; a file of this kind has a name for each.
        layout: its table.
        rule: its convention for resizing positions; None where it has none.
        fields: of our config, where its library computes otherwise than timm.
    """

    marks: tuple[str, ...]
    layout: Layout
    rule: ResizeRule | None
    fields: Mapping[str, object] = field(default_factory=dict)


def _of(layout: Layout, rule: ResizeRule | None, *marks: str) -> Origin:
    return Origin(marks, layout, rule)


def _swin(layout: Layout, rule: ResizeRule | None, windows: Windows, *marks: str) -> Origin:
    return Origin(marks, layout, rule, {"windows": windows})


_QUERY = "encoder.layer.{i}.attention.attention.query.weight"
_Q = "layers.{i}.attention.q_proj.weight"
_DINO_Q = "encoder.layer.{i}.attention.q_proj.weight"
_SWIN = "[swin.]encoder.layers.{i}.blocks.{j}.attention"
_SINGLE = ("[deit.]embeddings.distillation_token", "classifier.weight")
_DINO3 = ("[model.]layer.{i}.attention.q_proj.weight", "[model.]layer.{i}.layer_scale1.lambda1")
_REGISTERS = "[dinov2_with_registers.]embeddings.register_tokens"
# The first whose marks are all there; the more special ones stand first.
ORIGINS: tuple[Origin, ...] = (
    # These resize antialiased, unlike all others in transformers.
    _of(transformers.REGISTERS, "timm", _REGISTERS, f"[dinov2_with_registers.]{_QUERY}"),
    _of(transformers.REGISTERS_5, "timm", _REGISTERS, f"[dinov2_with_registers.]{_DINO_Q}"),
    _of(transformers.DINOV2, "hf", "{x}.layer_scale1.lambda1", f"[dinov2.]{_QUERY}"),
    _of(transformers.DINOV2_5, "hf", "{x}.layer_scale1.lambda1", f"[dinov2.]{_DINO_Q}"),
    _of(transformers.BEIT, "hf", "[beit.]encoder.layer.{i}.lambda_1"),
    _of(transformers.BEIT_5, "hf", "[beit.]layers.{i}.lambda_1"),
    _of(transformers.BEIT, "hf", f"beit.{_QUERY}"),
    _of(transformers.BEIT_5, "hf", f"beit.{_Q}"),
    _of(transformers.DEIT_SINGLE, "hf", *_SINGLE, f"[deit.]{_QUERY}"),
    _of(transformers.DEIT_SINGLE_5, "hf", *_SINGLE, f"[deit.]{_Q}"),
    _of(transformers.DEIT, "hf", "[deit.]embeddings.distillation_token", f"[deit.]{_QUERY}"),
    _of(transformers.DEIT_5, "hf", "[deit.]embeddings.distillation_token", f"[deit.]{_Q}"),
    _of(transformers.VIT, "hf", f"[vit.]{_QUERY}"),
    _of(transformers.VIT_5, "hf", f"[vit.]{_Q}"),
    _swin(swin.TRANSFORMERS, "hf", "hf", f"{_SWIN}.{{x}}query.weight"),
    _swin(swin.TRANSFORMERS_5, "hf", "hf", f"{_SWIN}.q_proj.weight"),
    _of(dinov3.GATED, "hf", *_DINO3, "[model.]layer.{i}.mlp.gate_proj.weight"),
    _of(dinov3.PLAIN, "hf", *_DINO3),
    _of(pvt.first_version(), "hf", "[pvt.]encoder.patch_embeddings.{i}.position_embeddings"),
    _of(pvt.V2, "hf", "[pvt_v2.]encoder.layers.{i}.patch_embedding.proj.weight"),
    _of(resnet.RESNET, "hf", "[resnet.]embedder.embedder.convolution.weight"),
    _of(resnet.BIT, "hf", "[bit.]embedder.convolution.weight"),
    _of(torchvision.VIT, "timm", "encoder.layers.encoder_layer_{i}.ln_1.weight"),
    _swin(
        swin.TORCHVISION, None, "torchvision", "features.{i}.{j}.attn.relative_position_bias_table"
    ),
    _swin(swin.AUTHORS, None, "hf", "layers.0.downsample.reduction.weight"),
    _of(facebook.DINOV3_GATED, "timm", "storage_tokens", "{x}.mlp.w1.weight"),
    _of(facebook.DINOV3, "timm", "storage_tokens", "blocks.{x}.ls1.gamma"),
    _of(baai.EVA02, "deit", "blocks.{i}.mlp.w1.weight", "blocks.{i}.attn.q_proj.weight"),
    _of(baai.EVA02_PACKED, "deit", "blocks.{i}.mlp.w12.weight", "blocks.{i}.attn.q_bias"),
    _of(pvt_names.V2, None, "block{i}.{j}.mlp.dwconv.dwconv.weight"),
    _of(facebook.DINOV2_REGISTERS_GATED, "timm", "register_tokens", "{x}.mlp.w12.weight"),
    _of(facebook.DINOV2_REGISTERS, "timm", "register_tokens", "blocks.{x}.ls1.gamma"),
    _of(facebook.DINOV2_GATED, "dino", "{x}.mlp.w12.weight"),
    _of(facebook.DINOV2, "dino", "mask_token", "blocks.{x}.ls1.gamma"),
    _of(facebook.DINOV2, "dino", "blocks.{j}.{i}.ls1.gamma"),
    _of(facebook.DEIT3, "deit", "blocks.{i}.gamma_1", "pos_embed", "blocks.{i}.attn.qkv.bias"),
    _of(unilm.BEIT, "timm", "blocks.{i}.attn.relative_position_bias_table"),
    _of(unilm.BEIT, "timm", "rel_pos_bias.relative_position_bias_table"),
    _of(timm_names.LEGACY_DEEP, None, "layer0.conv1.weight", "layer0.conv2.weight"),
    _of(timm_names.LEGACY, None, "layer0.conv1.weight"),
    _of(pytorch_tutorials.SPATIAL_TRANSFORMER, None, "localization.3.weight", "fc_loc.2.weight"),
    Origin(("locator.fc_lt.weight",), kevinzakka.RAM_HIDDEN, None, kevinzakka.HABITS_HIDDEN),
    Origin(("locator.fc.weight", "rnn.i2h.weight"), kevinzakka.RAM, None, kevinzakka.HABITS),
)
# What networks compute, or only training needs, under the names that are ours.
_NEEDLESS = (
    "{x}.relative_position_index",
    "{x}.attn_mask",
    "{x}.relative_coords_table",
    "mask_token",
    "decoder_{x}",  # what MAE paints hidden patches with
    "head.{i}.{p}",  # what MoCo v3, DINO and iBOT compare pictures with
    "head.mlp.{i}.{p}",
    "head.last_layer.{p}",
    "masked_embed",  # iBOT's mask token
    "lm_head.{p}",  # what BEiT and EVA guess hidden patches with
    "rope.freqs_{p}",  # turns that EVA-02 computes
    "{x}.rope.freqs_{p}",
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
        empty = tuple(name for name, value in state.items() if not value.numel())  # no registers
        found = read_as(origin.layout, {key: state[key] for key in state if key not in empty})
        return replace(found, ignored=(*found.ignored, *empty)), origin
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
