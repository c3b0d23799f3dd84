"""timm's halo attention with blocks of one position is local self-attention."""

from types import ModuleType

import torch
from torch import Tensor

from saccade.attention import LocalSelfAttention


def test_halo_attention_agrees(timm: ModuleType, generator: torch.Generator) -> None:
    halo = timm.layers.halo_attn
    theirs = halo.HaloAttn(8, dim_head=4, num_heads=2, block_size=1, halo_size=3).double()
    for parameter in theirs.parameters():
        parameter.data.normal_(std=0.5, generator=generator)
    theirs.pos_embed.height_rel.data.zero_()
    theirs.pos_embed.width_rel.data.zero_()
    ours = LocalSelfAttention(8, heads=2, positions="none", scale=4**-0.5).double()
    ours.q.weight.data.copy_(theirs.q.weight)
    kv = theirs.kv.weight.data.view(2, 8, 8, 1, 1)  # heads, then 4 keys and 4 values of each
    ours.k.weight.data.copy_(kv[:, :4].reshape(8, 8, 1, 1))
    ours.v.weight.data.copy_(kv[:, 4:].reshape(8, 8, 1, 1))
    x: Tensor = torch.randn(2, 8, 6, 5, generator=generator, dtype=torch.float64)
    torch.testing.assert_close(ours(x), theirs(x), atol=1e-12, rtol=0)
