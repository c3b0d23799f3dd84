"""Spatial-reduction attention: every position reads a coarser copy of the map.

Source: Wang et al., "Pyramid Vision Transformer", ICCV 2021, arXiv:2102.12122, section 3.3;
pooled keys ("linear"): Wang et al., "PVT v2", 2022, arXiv:2106.13797, section 3.2.
Axes: b batch, c channels, h height, w width, heads, i positions, j positions of the coarse map.
Cost: 4·c²·h·w + 2·c·(h·w)²/r² multiplications for a reduction r; with `linear` the second term is
    2·c·h·w·49.
Differs: nothing. Rows and columns that are left over by the reduction are read by nobody, as in
    the authors' code: a convolution with stride r makes floor(h/r) x floor(w/r) keys.
"""

import torch.nn.functional as F
from einops import rearrange
from torch import Tensor, nn

from saccade.attention.fused_reading import Fused
from saccade.attention.place import Place
from saccade.attention.tap import Attended, Tap
from saccade.errors import ConfigError, ShapeError
from saccade.shapes import expect, expect_dtype

POOLED = 7  # side of the pooled map of PVT v2


def reduced_attention(queries: Tensor, keys: Tensor, values: Tensor) -> Attended:
    """Mix the coarse values by the softmax of queries and coarse keys.

    Args:
        queries: (b heads i d).
        keys: (b heads j d).
        values: (b heads j d).

    Returns:
        The mixed values (b heads i d) and the weights (b heads i j).
    """
    scores = (queries * queries.shape[-1] ** -0.5) @ keys.transpose(-2, -1)
    weights = scores.softmax(-1)
    return Attended(weights @ values, weights)


class ReducedAttention(nn.Module):
    """Multi-head attention of a map (b c h w), or of its tokens (b n c), over its coarse copy.

    Parameters, as in the authors' code: `q` (c c), `kv` (2c c), `proj` (c c); `sr`, the
    convolution (c c r r) that reduces, and `norm`, a layer norm, both missing without a reduction.

    Args:
        channels: channels c of the map.
        heads: number of heads; divides `channels`. The largest of 8, 4, 2, 1 that does when None.
        reduction: side r of the squares that become one key; 1 for plain attention.
        linear: PVT v2: keys come from the map pooled to 7x7, whatever its size; `reduction` is not
            used then.
        qkv_bias: give the input projections biases.
        attn_drop: dropout of the weights while training, 0-1.
        proj_drop: dropout of the output while training, 0-1.
        eps: added to the variance in the norm of the coarse map.

    Raises:
        ConfigError: heads do not divide the channels, or the reduction is below 1.
    """

    def __init__(
        self,
        channels: int,
        *,
        heads: int | None = None,
        reduction: int = 2,
        linear: bool = False,
        qkv_bias: bool = True,
        attn_drop: float = 0.0,
        proj_drop: float = 0.0,
        eps: float = 1e-5,
    ) -> None:
        super().__init__()
        usual = next(m for m in (8, 4, 2, 1) if channels % m == 0)
        self.heads = usual if heads is None else heads
        _check(channels, self.heads, reduction)
        self.reduction = 1 if linear else reduction
        self.linear = linear
        self.q = nn.Linear(channels, channels, bias=qkv_bias)
        self.kv = nn.Linear(channels, 2 * channels, bias=qkv_bias)
        self.attn_drop = nn.Dropout(attn_drop)
        self.proj = nn.Linear(channels, channels)
        self.proj_drop = nn.Dropout(proj_drop)
        coarse = linear or reduction > 1
        side = self.reduction
        self.sr = nn.Conv2d(channels, channels, side, side) if coarse else None
        self.norm = nn.LayerNorm(channels, eps=eps) if coarse else None
        self.tap = Tap("b heads i j")
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw projections with std 0.02, the convolution by its fan-out; biases are 0."""
        for layer in (self.q, self.kv, self.proj):
            nn.init.trunc_normal_(layer.weight, std=0.02)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
        if self.sr is not None:
            nn.init.kaiming_normal_(self.sr.weight, mode="fan_out", nonlinearity="linear")
            nn.init.zeros_(self.sr.get_parameter("bias"))

    def forward(self, x: Tensor, grid: tuple[int, int] | None = None) -> Tensor:
        """Let every position of a map read the coarse map.

        Args:
            x: a map (b c h w); or, with a grid, its tokens (b n c) row by row. Without a
                reduction, tokens that are no positions may stand before those of the map: they
                read and are read like all others.
            grid: rows and columns of the map that the last tokens form.

        Raises:
            ShapeError: the rank, the channels or the type is wrong, or the map is smaller than the
                reduction, or the tokens are not those of the map.
        """
        if grid is not None:
            expect(x, "b n c", "the tokens", c=self.proj.in_features)
            return self._read(x, grid)
        expect(x, "b c h w", "the feature map", c=self.proj.in_features)
        grid = (x.shape[2], x.shape[3])
        answer = self._read(x.flatten(2).mT, grid)
        return rearrange(answer, "b (h w) c -> b c h w", h=grid[0])

    def extra_repr(self) -> str:
        """Show what is not seen in the parts."""
        return f"heads={self.heads}, reduction={self.reduction}, linear={self.linear}"

    def _read(self, x: Tensor, grid: tuple[int, int]) -> Tensor:
        """Let tokens (b n c), of which the last form a map, read the coarse map."""
        expect_dtype(x, "floats", "the feature map")
        if min(grid) < self.reduction:
            raise ShapeError(
                f"a map of at least {self.reduction} positions a side",
                f"{grid[0]}x{grid[1]}",
                f"reduction={min(grid)}",
            )
        beside = x.shape[1] - grid[0] * grid[1]
        if beside < 0 or (beside and self.sr is not None):
            least = "at least " if self.sr is None else ""
            raise ShapeError(
                f"{least}{grid[0] * grid[1]} tokens for a map of {grid[0]}x{grid[1]}",
                str(x.shape[1]),
                "the grid of the map" if beside < 0 else "reduction=1, or the tokens of the map",
            )
        coarse, keys = self._reduce(x, grid)
        mixed = self._attend(x, coarse, None if beside else Place(grid, keys))
        return self.proj_drop(self.proj(rearrange(mixed, "b m i d -> b i (m d)")))

    def _attend(self, x: Tensor, coarse: Tensor, place: Place | None) -> Tensor:
        """Let tokens (b i c) read coarse ones (b j c)."""
        q = rearrange(self.q(x), "b i (m d) -> b m i d", m=self.heads)
        k, v = rearrange(self.kv(coarse), "b j (t m d) -> t b m j d", t=2, m=self.heads)
        dropout = self.attn_drop.p if self.training else 0.0
        mixed = F.scaled_dot_product_attention(q, k, v, dropout_p=dropout)
        if self.tap.listeners:
            self.tap.offer(Fused(q, k, v, output=None if dropout else mixed), place)
        return mixed

    def _reduce(self, x: Tensor, grid: tuple[int, int]) -> tuple[Tensor, tuple[int, int]]:
        """Turn the tokens of a map (b n c) into coarse ones (b j c), and say their grid."""
        if self.sr is None or self.norm is None:
            return x, grid
        image = rearrange(x, "b (h w) c -> b c h w", h=grid[0])
        small = self.sr(F.adaptive_avg_pool2d(image, POOLED) if self.linear else image)
        coarse = self.norm(small.flatten(2).mT)
        return F.gelu(coarse) if self.linear else coarse, (small.shape[2], small.shape[3])


def _check(channels: int, heads: int, reduction: int) -> None:
    if channels < 1:
        raise ConfigError("at least one channel", str(channels), "channels=64")
    if heads < 1 or channels % heads:
        near = [m for m in range(1, channels + 1) if channels % m == 0]
        raise ConfigError(
            f"heads that divide the {channels} channels",
            str(heads),
            f"heads={min(near, key=lambda m: abs(m - heads))}",
        )
    if reduction < 1:
        raise ConfigError("a reduction of at least 1", str(reduction), "reduction=2")
