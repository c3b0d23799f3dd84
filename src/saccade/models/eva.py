"""EVA, EVA-02 and DINOv3: a vision transformer whose queries and keys turn by row and column.

Sources: Fang et al., "EVA", CVPR 2023, arXiv:2211.07636 (without turns); Fang et al., "EVA-02: A
Visual Representation for Neon Genesis", arXiv:2303.11331, section 2.1; Siméoni et al., "DINOv3",
arXiv:2508.10104, section 3.2. The names of the weights are those of timm's `Eva`, which holds all.
Axes: b batch, n tokens (class token, registers, patches), d features.
Differs: turns are computed in float32 in each pass, so they are exact at any size and in any type;
the authors of DINOv3 round their periods to bfloat16.
"""

from collections.abc import Iterator
from functools import partial

from torch import Tensor, nn

from saccade.attention.multi_head import MultiHeadAttention, SplitAttention
from saccade.layers.gated_mlp import SplitSwiGLU
from saccade.layers.mlp import Mlp, PackedSwiGLU
from saccade.layers.rotary import Turns, rotary_turns
from saccade.models.eva_config import EvaConfig
from saccade.models.gamma_block import GammaBlock
from saccade.models.patch_sequence import PatchSequence


class Eva(PatchSequence):
    """Patches and special tokens, blocks that turn queries and keys, a norm, a pool, a head.

    Args:
        config: its sizes and choices.
    """

    config: EvaConfig

    def __init__(self, config: EvaConfig) -> None:
        super().__init__(config)
        self.reset_parameters()

    def _turns(self, x: Tensor) -> Turns | None:
        """Make the turns of the grid, where the tokens (b n d) lie."""
        config = self.config
        if not config.use_rot_pos_emb:
            return None
        return rotary_turns(
            self.layout.grid,
            config.embed_dim // config.num_heads,
            rule=config.rope_type,
            temperature=config.rope_temperature,
            halves=config.rope_rotate_half,
            reference=config.reference,
            device=x.device,
        )

    def _through(self, x: Tensor) -> Iterator[Tensor]:
        turns = self._turns(x)
        for block in self.blocks:
            x = self.run(partial(block, rotary=turns), x)
            yield x

    def _block(self, index: int) -> GammaBlock:
        config = self.config
        return GammaBlock(
            config.embed_dim,
            self._attention(),
            self._mlp(),
            eps=config.norm_eps,
            init_values=config.init_values,
            drop_path=config.drop_path(index),
        )

    def _attention(self) -> MultiHeadAttention:
        config = self.config
        kind = MultiHeadAttention if config.qkv_fused else SplitAttention
        return kind(
            config.embed_dim,
            config.num_heads,
            qkv_bias="qv" if config.qkv_bias else False,
            attn_drop=config.attn_drop_rate,
            proj_drop=config.proj_drop_rate,
            qk_norm=config.qk_norm,
            inner_norm=config.scale_attn_inner,
            norm_eps=config.norm_eps,
        )

    def _mlp(self) -> nn.Module:
        """Make the perceptron; one matrix holds gates and values where nothing stands between."""
        config = self.config
        width, dropout = config.embed_dim, config.proj_drop_rate
        if not config.swiglu_mlp:
            return Mlp(width, config.mlp_width, dropout=dropout)
        if not config.scale_mlp and not config.swiglu_align_to:
            return PackedSwiGLU(width, 2 * config.gates, dropout=dropout)
        eps = config.norm_eps if config.scale_mlp else None
        return SplitSwiGLU(width, config.gates, norm_eps=eps, dropout=dropout)
