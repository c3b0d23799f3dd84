"""The pre-norm block of BEiT, EVA and DINOv3 in timm's names: learned factors `gamma_1`, `gamma_2`.

Sources: Touvron et al., "Going deeper with Image Transformers", arXiv:2103.17239, section 2 (the
factors); Bao et al., arXiv:2106.08254 (biases); Fang et al., arXiv:2303.11331 (turns).
Axes: b batch, n tokens, d features, heads, i queries, j keys.
"""

import torch
from torch import Tensor, nn

from saccade.attention.multi_head import MultiHeadAttention
from saccade.layers.drop import DropPath
from saccade.layers.rotary import Turns


class GammaBlock(nn.Module):
    """Attention over all tokens, then a perceptron on each; both are added to what came in.

    Args:
        width: features d.
        attn: reads tokens (b n d).
        mlp: maps (b n d) to (b n d).
        eps: added to the variance in the norms.
        init_values: start of the factors of both branches; no factors when None.
        drop_path: chance that an image loses a branch while training, 0-1.
    """

    def __init__(
        self,
        width: int,
        attn: MultiHeadAttention,
        mlp: nn.Module,
        *,
        eps: float = 1e-6,
        init_values: float | None = None,
        drop_path: float = 0.0,
    ) -> None:
        super().__init__()
        self.init_values = init_values
        scaled = init_values is not None
        self.norm1 = nn.LayerNorm(width, eps=eps)
        self.attn = attn
        self.gamma_1 = nn.Parameter(torch.empty(width)) if scaled else None
        self.norm2 = nn.LayerNorm(width, eps=eps)
        self.mlp = mlp
        self.gamma_2 = nn.Parameter(torch.empty(width)) if scaled else None
        self.drop_path = DropPath(drop_path)
        self.reset_parameters()

    def forward(
        self, x: Tensor, *, bias: Tensor | None = None, rotary: Turns | None = None
    ) -> Tensor:
        """Map (b n d) to (b n d).

        Args:
            x: tokens.
            bias: added to the scores (heads i j).
            rotary: turns queries and keys of patches.
        """
        read = self.attn(self.norm1(x), bias=bias, rotary=rotary)
        x = x + self.drop_path(_scaled(read, self.gamma_1))
        return x + self.drop_path(_scaled(self.mlp(self.norm2(x)), self.gamma_2))

    def reset_parameters(self) -> None:
        """Set all factors back to their start."""
        for factors in (self.gamma_1, self.gamma_2):
            if factors is not None:
                nn.init.constant_(factors, self.init_values or 0.0)


def _scaled(x: Tensor, factors: Tensor | None) -> Tensor:
    return x if factors is None else factors * x
