"""BEiT: a vision transformer that knows places by biases of its scores, one for each offset.

Sources: Bao et al., "BEiT: BERT Pre-Training of Image Transformers", ICLR 2022, arXiv:2106.08254;
Peng et al., "BEiT v2", arXiv:2208.06366, whose network is the same. Names of the weights are timm's
and, but for the norm behind the pool, the authors'.
Axes: b batch, n tokens (class token + patches), d features, heads, i queries, j keys.
Differs: what only pretraining needs, the mask token and the head of visual words, is left out.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn

from saccade.attention.multi_head import MultiHeadAttention
from saccade.layers.canvas import Fit
from saccade.layers.mlp import Mlp
from saccade.layers.positions import ResizeRule
from saccade.layers.relative_bias import (
    RelativeBias,
    bias_index,
    bias_rows,
    read_biases,
    resize_biases,
)
from saccade.models.gamma_block import GammaBlock
from saccade.models.patch_sequence import PatchSequence, PatchSequenceConfig


@dataclass(frozen=True, kw_only=True, slots=True)
class BeitConfig(PatchSequenceConfig):
    """Everything that makes a BEiT; what it shares with EVA stands in `PatchSequenceConfig`.

    Args:
        use_rel_pos_bias: a table of biases in each block.
        use_shared_rel_pos_bias: one table for all blocks, as while the authors pretrain.
    """

    init_values: float | None = 0.1
    use_abs_pos_emb: bool = False
    use_rel_pos_bias: bool = True
    use_shared_rel_pos_bias: bool = False


class BeitAttention(MultiHeadAttention):
    """Multi-head attention with a table of biases; the input projection of keys has no bias.

    Args:
        config: of the network.
    """

    def __init__(self, config: BeitConfig) -> None:
        super().__init__(
            config.embed_dim,
            config.num_heads,
            qkv_bias="qv" if config.qkv_bias else False,
            attn_drop=config.attn_drop_rate,
            proj_drop=config.proj_drop_rate,
        )
        rows = bias_rows(config.layout.grid)
        self.relative_position_bias_table = (
            nn.Parameter(torch.zeros(rows, config.num_heads)) if config.use_rel_pos_bias else None
        )

    def biases(self, index: Tensor, shared: Tensor | None) -> Tensor | None:
        """Give the biases (heads i j), with those that all blocks share.

        Args:
            index: rows of the table (i j).
            shared: (heads i j).
        """
        if self.relative_position_bias_table is None:
            return shared
        own = read_biases(self.relative_position_bias_table, index)
        return own if shared is None else own + shared


class Beit(PatchSequence):
    """Patches and a class token, blocks whose scores have biases, the mean, a norm, a linear head.

    Args:
        config: its sizes and choices.
    """

    config: BeitConfig

    def __init__(self, config: BeitConfig) -> None:
        super().__init__(config)
        shared = config.use_shared_rel_pos_bias
        self.rel_pos_bias = RelativeBias(config.layout.grid, config.num_heads) if shared else None
        self.reset_parameters()

    @torch.no_grad()
    def set_input_size(
        self,
        img_size: int | tuple[int, int],
        *,
        rule: ResizeRule = "timm",
        img_fit: Fit | None = None,
    ) -> None:
        """Take images of another size from now on, resizing all tables.

        Args:
            img_size: side in pixels, or (height, width).
            rule: whose convention resizes positions and biases; see `resize_positions` and
                `resize_biases`.
            img_fit: what becomes of images that the patch does not divide; as before when None.

        Raises:
            ConfigError: the patch does not divide the image; the nearest sizes are named.
        """
        old = self.layout.grid
        super().set_input_size(img_size, rule=rule, img_fit=img_fit)
        for part in self.modules():
            if isinstance(part, RelativeBias | BeitAttention):
                table = part.relative_position_bias_table
                if table is not None:
                    new = resize_biases(table, old, self.layout.grid, rule=rule)
                    part.relative_position_bias_table = nn.Parameter(new.detach().clone())

    def _block(self, index: int) -> GammaBlock:
        config = self.config
        return GammaBlock(
            config.embed_dim,
            BeitAttention(config),
            Mlp(config.embed_dim, config.mlp_width, dropout=config.proj_drop_rate),
            eps=config.norm_eps,
            init_values=config.init_values,
            drop_path=config.drop_path(index),
        )

    def _through(self, x: Tensor) -> Iterator[Tensor]:
        index = bias_index(self.layout.grid, x.device)
        shared = None if self.rel_pos_bias is None else self.rel_pos_bias(index)
        for block in self.blocks:
            x = self.run(partial(_biased, block, index, shared), x)
            yield x


def _biased(block: nn.Module, index: Tensor, shared: Tensor | None, x: Tensor) -> Tensor:
    """Apply a block with its biases, which are not kept for the backward pass if it is not."""
    attention = block.get_submodule("attn")
    own = attention.biases(index, shared) if isinstance(attention, BeitAttention) else shared
    found: Tensor = block(x, bias=own)
    return found
