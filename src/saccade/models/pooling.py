"""From tokens to one vector: the class token, the mean, the largest, or a learned question.

Sources: Dosovitskiy et al., arXiv:2010.11929, appendix D.3 (class token and mean); Zhai et al.,
"Scaling Vision Transformers", CVPR 2022, arXiv:2106.04560, section 3.2 (attention pooling, "MAP");
Oquab et al., "DINOv2", arXiv:2304.07193 (class token and mean side by side).
The names of the weights are timm's.
Axes: b batch, n tokens, d features, i queries, j keys, heads.
"""

from typing import Literal

import torch
import torch.nn.functional as F
from einops import rearrange
from torch import Tensor, nn

from saccade.attention.multi_head import dot_product_attention
from saccade.attention.place import Place
from saccade.attention.tap import Tap
from saccade.errors import ConfigError
from saccade.layers.mlp import Activation, Mlp

Pool = Literal["token", "avg", "avgmax", "max", "token_avg", "map"]


def pool_tokens(x: Tensor, kind: Pool) -> Tensor:
    """Turn tokens (b n d) into one vector each (b d), or (b 2d) for "token_avg".

    Args:
        x: the tokens; for "token" the first one is taken.
        kind: "token", "avg", "max", "avgmax", half of each, or "token_avg", the first one and the
            mean of the others side by side.

    Raises:
        ConfigError: the kind needs weights, or there is no such kind.
    """
    if kind == "token":
        return x[:, 0]
    if kind == "avg":
        return x.mean(dim=1)
    if kind == "max":
        return x.amax(dim=1)
    if kind == "avgmax":
        return 0.5 * (x.amax(dim=1) + x.mean(dim=1))
    if kind == "token_avg":
        return torch.cat([x[:, 0], x[:, 1:].mean(dim=1)], dim=-1)
    raise ConfigError("a pool of token, avg, max, avgmax or token_avg", repr(kind), "AttentionPool")


class AttentionPool(nn.Module):
    """One learned query reads all tokens; a perceptron is added to what it read.

    Args:
        width: features d.
        heads: attention heads.
        mlp_width: hidden units of the perceptron.
        activation: of the perceptron.
        eps: added to the variance in the norm.
    """

    def __init__(
        self,
        width: int,
        heads: int,
        mlp_width: int,
        *,
        activation: Activation = "gelu",
        eps: float = 1e-6,
    ) -> None:
        super().__init__()
        self.heads = heads
        self.latent = nn.Parameter(torch.zeros(1, 1, width))
        self.q = nn.Linear(width, width)
        self.kv = nn.Linear(width, 2 * width)
        self.proj = nn.Linear(width, width)
        self.norm = nn.LayerNorm(width, eps=eps)
        self.mlp = Mlp(width, mlp_width, activation=activation)
        self.tap = Tap("b heads i j")
        self.reset_parameters()

    def forward(self, x: Tensor, grid: tuple[int, int] | None = None) -> Tensor:
        """Map (b n d) to (b d).

        Args:
            x: tokens that are read.
            grid: (rows, columns) that they form; only shown to listeners.
        """
        split = "b n (m d) -> b m n d"
        asked = self.q(self.latent).expand(x.shape[0], -1, -1)
        queries = rearrange(asked, split, m=self.heads)
        keys, values = (rearrange(part, split, m=self.heads) for part in self.kv(x).chunk(2, -1))
        if self.tap.listeners:
            mixed, weights = dot_product_attention(queries, keys, values)
            self.tap(weights, None if grid is None else Place((1, 1), grid))
        else:
            mixed = F.scaled_dot_product_attention(queries, keys, values)
        found = self.proj(rearrange(mixed, "b m i d -> b i (m d)"))
        return (found + self.mlp(self.norm(found)))[:, 0]

    def reset_parameters(self) -> None:
        """Draw the query anew; the layers have their own rules."""
        nn.init.trunc_normal_(self.latent, std=self.latent.shape[2] ** -0.5)


def pre_logits(width: int, size: int | None) -> nn.Module:
    """Make the layer between pool and head, (b d) to (b size) with tanh; nothing without a size.

    Source: Dosovitskiy et al., arXiv:2010.11929, section 3.1.
    """
    if size is None:
        return nn.Identity()
    parts = nn.Sequential()
    parts.add_module("fc", nn.Linear(width, size))
    parts.add_module("act", nn.Tanh())
    return parts
