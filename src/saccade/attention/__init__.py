"""Attention mechanisms: one file, one paper. `MECHANISMS` is the index of them all."""

from collections.abc import Callable

from torch import nn

from saccade.attention.additive import AdditiveAttention, additive_attention
from saccade.attention.multi_head import MultiHeadAttention, dot_product_attention
from saccade.attention.tap import Attended, Tap
from saccade.table import Table

MECHANISMS: Table[Callable[..., nn.Module]] = Table(
    "attention mechanism",
    {
        "multi_head": MultiHeadAttention,
        "additive": AdditiveAttention,
    },
)

__all__ = [
    "MECHANISMS",
    "AdditiveAttention",
    "Attended",
    "MultiHeadAttention",
    "Tap",
    "additive_attention",
    "dot_product_attention",
]
