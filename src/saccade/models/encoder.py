"""The pre-norm transformer block, shared by every vision transformer here.

Source: Dosovitskiy et al., arXiv:2010.11929, eq. 2 and 3; the norm stands before each part, not
after it as in the first transformer.
Axes: b batch, n tokens, d features.
"""

from torch import Tensor, nn

from saccade.attention.tap import Tap
from saccade.layers.drop import DropPath
from saccade.layers.layer_scale import LayerScale


class Block(nn.Module):
    """Attention over all tokens, then a perceptron on each; both are added to what came in.

    Args:
        width: features d.
        attn: maps (b n d) to (b n d).
        mlp: maps (b n d) to (b n d).
        eps: added to the variance in the norms.
        init_values: start of the factors of both branches; no factors when None.
        drop_path: chance that an image loses a branch while training, 0-1.
    """

    def __init__(
        self,
        width: int,
        attn: nn.Module,
        mlp: nn.Module,
        *,
        eps: float = 1e-6,
        init_values: float | None = None,
        drop_path: float = 0.0,
    ) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width, eps=eps)
        self.attn = attn
        self.ls1 = _scale(width, init_values)
        self.norm2 = nn.LayerNorm(width, eps=eps)
        self.mlp = mlp
        self.ls2 = _scale(width, init_values)
        self.drop_path = DropPath(drop_path)

    @property
    def watched(self) -> bool:
        """Whether someone listens to a map of this block."""
        return any(isinstance(part, Tap) and part.listeners for part in self.modules())

    def forward(self, x: Tensor, mask: Tensor | None = None, *, first: int | None = None) -> Tensor:
        """Map (b n d) to (b n d).

        Args:
            x: tokens.
            mask: booleans (b n n), where b may be 1; True where a token (row) may read another.
                Every token reads all when None.
            first: answer for so many tokens alone (b first d), which read all; for all when None.
        """
        normed = self.norm1(x)
        if first is not None:
            x, asked = x[:, :first], normed[:, :first]
            read = self.attn(asked, normed, None if mask is None else mask[:, :first])
        else:
            read = self.attn(normed) if mask is None else self.attn(normed, mask=mask)
        x = x + self.drop_path(self.ls1(read))  # eq. 2
        return x + self.drop_path(self.ls2(self.mlp(self.norm2(x))))  # eq. 3


def _scale(width: int, init: float | None) -> nn.Module:
    return nn.Identity() if init is None else LayerScale(width, init)
