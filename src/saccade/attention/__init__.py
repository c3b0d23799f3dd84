"""Attention mechanisms: one file, one paper. `MECHANISMS` is the index of them all."""

from collections.abc import Callable

from torch import nn

from saccade.attention.additive import AdditiveAttention, additive_attention
from saccade.attention.alignment import AlignmentAttention, alignment_attention
from saccade.attention.augmented_conv import (
    AugmentedConv,
    attention_channels,
    augmented_attention,
)
from saccade.attention.criss_cross import CrissCrossAttention, criss_cross_attention
from saccade.attention.glimpse import Glimpse, take_glimpse
from saccade.attention.local_relation import GeometryPrior, LocalRelation, local_relation
from saccade.attention.local_self import LocalSelfAttention, local_attention
from saccade.attention.local_stem import AttentionStem
from saccade.attention.multi_head import MultiHeadAttention, dot_product_attention
from saccade.attention.non_local import NonLocal, non_local_attention
from saccade.attention.reduced import ReducedAttention, reduced_attention
from saccade.attention.spatial_transformer import (
    SpatialTransformer,
    localisation_groups,
    sample_map,
)
from saccade.attention.squeeze_excitation import (
    SqueezeExcitation,
    gate_both,
    gate_channels,
    gate_positions,
)
from saccade.attention.tap import Attended, Tap
from saccade.attention.vector import VectorAttention, patch_relation
from saccade.attention.windowed import WindowedAttention, window_attention
from saccade.table import Table

MECHANISMS: Table[Callable[..., nn.Module]] = Table(
    "attention mechanism",
    {
        "multi_head": MultiHeadAttention,
        "additive": AdditiveAttention,
        "alignment": AlignmentAttention,
        "local_self": LocalSelfAttention,
        "squeeze_excitation": SqueezeExcitation,
        "spatial_transformer": SpatialTransformer,
        "glimpse": Glimpse,
        "local_relation": LocalRelation,
        "vector": VectorAttention,
        "non_local": NonLocal,
        "criss_cross": CrissCrossAttention,
        "augmented_conv": AugmentedConv,
        "windowed": WindowedAttention,
        "reduced": ReducedAttention,
    },
)

__all__ = [
    "MECHANISMS",
    "AdditiveAttention",
    "AlignmentAttention",
    "Attended",
    "AttentionStem",
    "AugmentedConv",
    "CrissCrossAttention",
    "GeometryPrior",
    "Glimpse",
    "LocalRelation",
    "LocalSelfAttention",
    "MultiHeadAttention",
    "NonLocal",
    "ReducedAttention",
    "SpatialTransformer",
    "SqueezeExcitation",
    "Tap",
    "VectorAttention",
    "WindowedAttention",
    "additive_attention",
    "alignment_attention",
    "attention_channels",
    "augmented_attention",
    "criss_cross_attention",
    "dot_product_attention",
    "gate_both",
    "gate_channels",
    "gate_positions",
    "local_attention",
    "local_relation",
    "localisation_groups",
    "non_local_attention",
    "patch_relation",
    "reduced_attention",
    "sample_map",
    "take_glimpse",
    "window_attention",
]
