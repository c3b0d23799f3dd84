"""Windowed attention: positions read each other inside windows, which shift from layer to layer.

Source: Liu et al., "Swin Transformer: Hierarchical Vision Transformer using Shifted Windows", ICCV
2021, arXiv:2103.14030, section 3.2, eq. 4.
Axes: b batch, c channels, h height, w width, heads, i positions row by row, j the places of the
    window of a position, row by row, d features of a head.
Cost: 4·c²·h·w + 2·m²·c·h·w multiplications with windows of m x m positions.
Differs: nothing at default settings. Windows that stick out of the map are filled with zeros before
    the projections, so that their keys are the biases, as in the authors' code; `boundary` can hide
    them instead. A map smaller than a window is one window, and uses the inner part of the table.
"""

import torch
import torch.nn.functional as F
from einops import rearrange
from torch import Tensor, nn

from saccade.attention.place import Place
from saccade.attention.tap import Attended, Tap
from saccade.errors import ConfigError
from saccade.layers.neighbours import Boundary, reflected
from saccade.layers.softmax import masked_softmax
from saccade.layers.windows import (
    Size,
    fill_up,
    join_windows,
    relative_offsets,
    same_region,
    split_windows,
    window_positions,
)
from saccade.shapes import expect, expect_dtype


def window_attention(
    queries: Tensor, keys: Tensor, values: Tensor, bias: Tensor, mask: Tensor | None = None
) -> Attended:
    """Let the positions of each window read each other, with a bias for their offset (eq. 4).

    Args:
        queries: (... heads i d).
        keys: (... heads j d).
        values: (... heads j d).
        bias: (heads i j).
        mask: booleans that broadcast to (... heads i j); True where a key may be read.

    Returns:
        The mixed values (... heads i d) and the weights (... heads i j).
    """
    scores = (queries * queries.shape[-1] ** -0.5) @ keys.transpose(-2, -1) + bias
    weights = masked_softmax(scores, mask)
    return Attended(weights @ values, weights)


class WindowedAttention(nn.Module):
    """Multi-head attention inside windows of a map (b c h w), shifted or not.

    Parameters, as in the authors' code: `qkv` (3c c) in the order query, key, value; `proj` (c c);
    `relative_position_bias_table` ((2m-1)² heads), for offsets query minus key, row by row.

    Args:
        channels: channels c of the map.
        heads: number of heads; divides `channels`. The largest of 8, 4, 2, 1 that does when None.
        window_size: side m of a window.
        shift: by how much windows are shifted down and right; half of m in every other layer of
            the paper. It is left out along a side that one window covers.
        qkv_bias: give the input projections biases.
        boundary: what fills a window that sticks out: "zero", "mask" (nothing) or "reflect".

    Raises:
        ConfigError: heads do not divide the channels, or a shift is as large as a window.
    """

    def __init__(
        self,
        channels: int,
        *,
        heads: int | None = None,
        window_size: int = 7,
        shift: int = 0,
        qkv_bias: bool = True,
        boundary: Boundary = "zero",
    ) -> None:
        super().__init__()
        usual = next(m for m in (8, 4, 2, 1) if channels % m == 0)
        self.heads = usual if heads is None else heads
        _check(channels, self.heads, window_size, shift, boundary)
        self.window_size, self.shift, self.boundary = window_size, shift, boundary
        self.qkv = nn.Linear(channels, 3 * channels, bias=qkv_bias)
        self.proj = nn.Linear(channels, channels)
        table = torch.empty((2 * window_size - 1) ** 2, self.heads)
        self.relative_position_bias_table = nn.Parameter(table)
        self.tap = Tap("b heads i j")
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw weights and table with std 0.02, cut at ±2; biases are 0."""
        nn.init.trunc_normal_(self.relative_position_bias_table, std=0.02)
        for layer in (self.qkv, self.proj):
            nn.init.trunc_normal_(layer.weight, std=0.02)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Let every position of a map (b c h w) read its window.

        Raises:
            ShapeError: the rank, the channels or the type is wrong.
        """
        expect(x, "b c h w", "the feature map", c=self.proj.in_features)
        expect_dtype(x, "floats", "the feature map")
        size = (x.shape[2], x.shape[3])
        window = (min(self.window_size, size[0]), min(self.window_size, size[1]))
        shift = (self._shift(size[0]), self._shift(size[1]))
        filled = fill_up(x.movedim(1, -1), window, self.boundary)
        whole = (filled.shape[1], filled.shape[2])
        cut = split_windows(filled.roll((-shift[0], -shift[1]), (1, 2)), window)
        q, k, v = rearrange(self.qkv(cut), "b n i (t m d) -> t b n m i d", t=3, m=self.heads)
        bias, mask = self._bias(window, q), self._mask(size, whole, window, shift)
        mask = None if mask is None else mask[:, None].to(x.device)
        if self.tap.listeners:
            mixed, weights = window_attention(q, k, v, bias, mask)
            self.tap(*self._stitched(weights, size, whole, window_positions(whole, window, shift)))
        else:
            mixed = _fused(q, k, v, bias, mask)
        answer = self.proj(rearrange(mixed, "b n m i d -> b n i (m d)"))
        joined = join_windows(answer, window, whole).roll(shift, (1, 2))
        return joined[:, : size[0], : size[1]].movedim(-1, 1)

    def extra_repr(self) -> str:
        """Show what is not seen in the parts."""
        return (
            f"heads={self.heads}, window_size={self.window_size}, shift={self.shift}, "
            f"boundary={self.boundary!r}"
        )

    def _shift(self, side: int) -> int:
        return 0 if side <= self.window_size else self.shift

    def _bias(self, window: Size, like: Tensor) -> Tensor:
        reach = (self.window_size, self.window_size)
        offsets = relative_offsets(window, reach).to(like.device)
        return self.relative_position_bias_table[offsets].movedim(-1, 0).to(like.dtype)

    def _mask(self, size: Size, whole: Size, window: Size, shift: Size) -> Tensor | None:
        """Which pairs of each window may read each other; None for all."""
        mask = same_region(whole, window, shift) if max(shift) else None
        if self.boundary == "mask" and size != whole:
            position = window_positions(whole, window, shift)
            inside = (position // whole[1] < size[0]) & (position % whole[1] < size[1])
            inside = inside[:, None].expand(-1, position.shape[1], -1)
            mask = inside if mask is None else mask & inside
        return mask

    def _stitched(
        self, weights: Tensor, size: Size, whole: Size, position: Tensor
    ) -> tuple[Tensor, Place]:
        """Bring the weights (b windows heads i j) into the order of the map (b heads i j)."""
        flat = rearrange(weights, "b n m i j -> b m (n i) j")
        order = position.flatten().argsort()
        keys = position.repeat_interleave(position.shape[1], 0)[order]
        rows, columns = keys // whole[1], keys % whole[1]
        if self.boundary == "reflect":
            index = reflected(rows, size[0]) * size[1] + reflected(columns, size[1])
        else:
            inside = (rows < size[0]) & (columns < size[1])
            index = torch.where(inside, rows * size[1] + columns, -1)
        here = torch.arange(whole[0] * whole[1]).view(whole)[: size[0], : size[1]].flatten()
        chosen = order[here].to(weights.device)
        return flat[:, :, chosen], Place(size, size, index[here])


def _fused(q: Tensor, k: Tensor, v: Tensor, bias: Tensor, mask: Tensor | None) -> Tensor:
    shape = q.shape
    if mask is not None:
        bias = bias.masked_fill(~mask, float("-inf")).expand(*shape[:3], -1, -1).flatten(0, 1)
    q, k, v = (x.flatten(0, 1) for x in (q, k, v))
    return F.scaled_dot_product_attention(q, k, v, bias).view(shape)


def _check(channels: int, heads: int, window_size: int, shift: int, boundary: str) -> None:
    if heads < 1 or channels % heads:
        near = [m for m in range(1, channels + 1) if channels % m == 0]
        raise ConfigError(
            f"heads that divide the {channels} channels",
            str(heads),
            f"heads={min(near, key=lambda m: abs(m - heads))}",
        )
    if window_size < 1 or not 0 <= shift < window_size:
        raise ConfigError(
            "a window_size of at least 1 and a shift from 0 to below it",
            f"{window_size} and {shift}",
            f"shift={max(window_size, 1) // 2}",
        )
    if boundary not in ("zero", "mask", "reflect"):
        raise ConfigError("boundary zero, mask or reflect", repr(boundary), "boundary='zero'")
