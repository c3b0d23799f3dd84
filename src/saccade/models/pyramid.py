"""Parts of the pyramid vision transformers, both versions: blocks of tokens that form a map.

Sources: Wang et al., arXiv:2102.12122, section 3 (blocks, reduced keys); Wang et al.,
arXiv:2106.13797, section 3 (overlapping patches, a convolution inside the perceptron).
Axes: b batch, c channels, h height, w width, n tokens (the positions row by row), d features.
"""

import math
from typing import Literal

import torch.nn.functional as F
from einops import rearrange
from torch import Tensor, nn

from saccade.attention.reduced import ReducedAttention
from saccade.layers.drop import DropPath
from saccade.models.pvt_config import PyramidConfig

Grid = tuple[int, int]


class PatchNorm(nn.Module):
    """Turn squares of a map into normed tokens: (b c h w) to (b n d).

    Args:
        channels: of the map.
        width: features d of a token.
        step: rows and columns from one square to the next.
        overlap: rows and columns that neighbours share; the border of the map is filled up with
            zeros then, so that no position is left out.
        eps: added to the variance in the norm.
    """

    def __init__(
        self, channels: int, width: int, step: int, *, overlap: int = 0, eps: float = 1e-5
    ) -> None:
        super().__init__()
        side = step + overlap
        self.proj = nn.Conv2d(channels, width, side, step, side // 2 if overlap else 0)
        self.norm = nn.LayerNorm(width, eps=eps)

    def forward(self, x: Tensor) -> tuple[Tensor, Grid]:
        """Give the tokens, and the rows and columns that they form."""
        found = self.proj(x)
        return self.norm(found.flatten(2).mT), (found.shape[2], found.shape[3])


class PyramidMlp(nn.Module):
    """The perceptron of both versions: widen, bend, narrow each token.

    Args:
        width: features d.
        hidden: hidden units.
        convolve: convolve the map of each hidden unit with a 3x3 kernel of its own before the
            bend, as PVT v2 does.
        relu: a ReLU before that convolution, as PVT v2 does where keys are pooled.
        dropout: after each dense layer, 0-1.
    """

    def __init__(
        self,
        width: int,
        hidden: int,
        *,
        convolve: bool = False,
        relu: bool = False,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.relu = relu
        self.fc1 = nn.Linear(width, hidden)
        self.dwconv = nn.Conv2d(hidden, hidden, 3, padding=1, groups=hidden) if convolve else None
        self.fc2 = nn.Linear(hidden, width)
        self.drop = nn.Dropout(dropout)

    def forward(self, x: Tensor, grid: Grid) -> Tensor:
        """Map (b n d) to (b n d); the last tokens form the grid."""
        x = self.fc1(x)
        if self.dwconv is not None:
            image = as_map(x, grid)
            x = self.dwconv(F.relu(image) if self.relu else image).flatten(2).mT
        return self.drop(self.fc2(self.drop(F.gelu(x))))


class PyramidBlock(nn.Module):
    """Attention over the reduced map, then a perceptron; both are added to what came in.

    Args:
        config: of the network.
        stage: which stage, from 0.
        index: which block of the stage, from 0.
        linear: pool the keys to 7x7.
        convolve: a convolution inside the perceptron.
    """

    def __init__(
        self,
        config: PyramidConfig,
        stage: int,
        index: int,
        *,
        linear: bool = False,
        convolve: bool = False,
    ) -> None:
        super().__init__()
        width, dropout = config.embed_dims[stage], config.proj_drop_rate
        self.norm1 = nn.LayerNorm(width, eps=config.norm_eps)
        self.attn = ReducedAttention(
            width,
            heads=config.num_heads[stage],
            reduction=config.sr_ratios[stage],
            linear=linear,
            qkv_bias=config.qkv_bias,
            attn_drop=config.attn_drop_rate,
            proj_drop=dropout,
            eps=config.embed_norm_eps,
        )
        self.norm2 = nn.LayerNorm(width, eps=config.norm_eps)
        hidden = int(width * config.mlp_ratios[stage])
        self.mlp = PyramidMlp(width, hidden, convolve=convolve, relu=linear, dropout=dropout)
        self.drop_path = DropPath(config.drop_path(stage, index))

    def forward(self, x: Tensor, grid: Grid) -> Tensor:
        """Map (b n d) to (b n d); the last tokens form the grid."""
        x = x + self.drop_path(self.attn(self.norm1(x), grid))
        return x + self.drop_path(self.mlp(self.norm2(x), grid))


def as_map(tokens: Tensor, grid: Grid) -> Tensor:
    """Lay tokens (b n d) out as a map (b d h w), row by row."""
    return rearrange(tokens, "b (h w) d -> b d h w", h=grid[0], w=grid[1])


def draw(module: nn.Module, convolutions: Literal["torch", "fan_out"]) -> None:
    """Draw dense layers with std 0.02, biases 0, and convolutions by one of two rules.

    Args:
        module: whose layers are drawn anew, norms included.
        convolutions: torch's own rule with random biases, as in PVT, or a normal whose variance is
            2 over the fan-out, with biases of 0, as in PVT v2.
    """
    for part in module.modules():
        if isinstance(part, nn.Linear):
            nn.init.trunc_normal_(part.weight, std=0.02)
            if part.bias is not None:
                nn.init.zeros_(part.bias)
        elif isinstance(part, nn.LayerNorm | nn.Conv2d):
            part.reset_parameters()
        if isinstance(part, nn.Conv2d) and convolutions == "fan_out":
            fan_out = part.kernel_size[0] * part.kernel_size[1] * part.out_channels // part.groups
            nn.init.normal_(part.weight, std=math.sqrt(2.0 / fan_out))
            nn.init.zeros_(part.get_parameter("bias"))
