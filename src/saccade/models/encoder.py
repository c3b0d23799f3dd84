"""The pre-norm transformer block, shared by every vision transformer here.

Source: Dosovitskiy et al., arXiv:2010.11929, eq. 2 and 3; the norm stands before each part, not
after it as in the first transformer.
Axes: b batch, n tokens, d features.
"""

from torch import Tensor, nn

from saccade.attention import MultiHeadAttention
from saccade.layers.drop import DropPath
from saccade.layers.mlp import Activation, Mlp


class Block(nn.Module):
    """Attention over all tokens, then a perceptron on each; both are added to what came in.

    Args:
        width: features d.
        heads: attention heads.
        mlp_width: hidden units of the perceptron.
        activation: exact or tanh GELU.
        eps: added to the variance in the norms.
        qkv_bias: give the attention's input projections a bias.
        dropouts: of the attention weights, of the dense outputs, and of whole branches, each 0-1.
    """

    def __init__(
        self,
        width: int,
        heads: int,
        mlp_width: int,
        *,
        activation: Activation = "gelu",
        eps: float = 1e-6,
        qkv_bias: bool = True,
        dropouts: tuple[float, float, float] = (0.0, 0.0, 0.0),
    ) -> None:
        super().__init__()
        attn_drop, proj_drop, path_drop = dropouts
        self.norm1 = nn.LayerNorm(width, eps=eps)
        self.attn = MultiHeadAttention(
            width, heads, qkv_bias=qkv_bias, attn_drop=attn_drop, proj_drop=proj_drop
        )
        self.norm2 = nn.LayerNorm(width, eps=eps)
        self.mlp = Mlp(width, mlp_width, activation=activation, dropout=proj_drop)
        self.drop_path = DropPath(path_drop)

    def forward(self, x: Tensor) -> Tensor:
        """Map (b n d) to (b n d)."""
        x = x + self.drop_path(self.attn(self.norm1(x)))  # eq. 2
        return x + self.drop_path(self.mlp(self.norm2(x)))  # eq. 3
