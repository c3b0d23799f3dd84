"""Windowed attention: positions read each other inside windows, which shift from layer to layer.

Source: Liu et al., "Swin Transformer: Hierarchical Vision Transformer using Shifted Windows", ICCV
2021, arXiv:2103.14030, section 3.2, eq. 4.
Axes: b batch, c channels, h height, w width, heads, i positions row by row, j the places of the
    window of a position, row by row, d features of a head.
Cost: 4·c²·h·w + 2·m²·c·h·w multiplications with windows of m x m positions.
Differs: nothing where windows fit. Where they stick out, the map is filled with zeros before the
    projections and then rolled, as in the authors' code for detection, so that such keys are the
    biases and take their share; `boundary` can hide or mirror them instead. Along a side that one
    window covers, the window shrinks to it and is not shifted; the authors shrink both sides.
"""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from einops import rearrange
from torch import Tensor, nn

from saccade.attention.place import Place
from saccade.attention.tap import Attended, Tap
from saccade.errors import ConfigError, ShapeError
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


class _Cut(NamedTuple):
    """How a map is cut, all as (rows, columns).

    Attributes:
        size: of the map.
        whole: of the map filled up to whole windows.
        window: of a window.
        shift: by how much the filled map is rolled up and to the left.
    """

    size: Size
    whole: Size
    window: Size
    shift: Size


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
        attn_drop: dropout of the weights while training, 0-1.
        proj_drop: dropout of the output while training, 0-1.
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
        attn_drop: float = 0.0,
        proj_drop: float = 0.0,
        boundary: Boundary = "zero",
    ) -> None:
        super().__init__()
        usual = next(m for m in (8, 4, 2, 1) if channels % m == 0)
        self.heads = usual if heads is None else heads
        _check(channels, self.heads, window_size, shift, boundary)
        self.window_size, self.shift, self.boundary = window_size, shift, boundary
        self.qkv = nn.Linear(channels, 3 * channels, bias=qkv_bias)
        self.attn_drop = nn.Dropout(attn_drop)
        self.proj = nn.Linear(channels, channels)
        self.proj_drop = nn.Dropout(proj_drop)
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
            ShapeError: the rank, the channels or the type is wrong, or the map is empty.
        """
        expect(x, "b c h w", "the feature map", c=self.proj.in_features)
        expect_dtype(x, "floats", "the feature map")
        cut = self._cut((x.shape[2], x.shape[3]))
        filled = fill_up(x.movedim(1, -1), cut.window, self.boundary)
        rolled = filled.roll((-cut.shift[0], -cut.shift[1]), (1, 2))
        windows = self._attend(split_windows(rolled, cut.window), cut)
        joined = join_windows(self.proj_drop(self.proj(windows)), cut.window, cut.whole)
        answer = joined.roll(cut.shift, (1, 2))[:, : cut.size[0], : cut.size[1]]
        return answer.movedim(-1, 1)

    def extra_repr(self) -> str:
        """Show what is not seen in the parts."""
        return (
            f"heads={self.heads}, window_size={self.window_size}, shift={self.shift}, "
            f"boundary={self.boundary!r}"
        )

    def _cut(self, size: Size) -> _Cut:
        if min(size) < 1:
            raise ShapeError("a map with positions", f"{size[0]}x{size[1]}", "a larger image")
        window = (min(self.window_size, size[0]), min(self.window_size, size[1]))
        shift = tuple(0 if side <= self.window_size else self.shift for side in size)
        whole = tuple(-(-side // part) * part for side, part in zip(size, window, strict=True))
        return _Cut(size, (whole[0], whole[1]), window, (shift[0], shift[1]))

    def _attend(self, windows: Tensor, cut: _Cut) -> Tensor:
        """Let the positions of windows (b n i c) read each other."""
        q, k, v = rearrange(self.qkv(windows), "b n i (t m d) -> t b n m i d", t=3, m=self.heads)
        bias, mask = self._bias(cut.window, q), self._mask(cut, q.device)
        dropout = self.attn_drop.p if self.training else 0.0
        if self.tap.listeners:
            mixed, weights = window_attention(q, k, v, bias, mask)
            self.tap(*self._stitched(weights, cut))
            if dropout:
                mixed = self.attn_drop(weights) @ v
        else:
            mixed = _fused(q, k, v, bias, mask, dropout)
        return rearrange(mixed, "b n m i d -> b n i (m d)")

    def _bias(self, window: Size, like: Tensor) -> Tensor:
        reach = (self.window_size, self.window_size)
        offsets = relative_offsets(window, reach, device=like.device)
        return self.relative_position_bias_table[offsets].movedim(-1, 0).to(like.dtype)

    def _mask(self, cut: _Cut, device: torch.device) -> Tensor | None:
        """Say which pairs of each window may read each other (n 1 i j); None for all."""
        hidden = self.boundary == "mask" and cut.size != cut.whole
        if not hidden and not any(cut.shift):
            return None
        mask = same_region(cut.whole, cut.window, cut.shift, device=device)
        if hidden:
            position = window_positions(cut.whole, cut.window, cut.shift, device=device)
            inside = _inside(position, cut)[:, None]
            # What was filled in reads itself, so that no row is empty; its answer is cut off.
            mask &= inside | torch.eye(mask.shape[1], dtype=torch.bool, device=device)
        return mask[:, None]

    def _stitched(self, weights: Tensor, cut: _Cut) -> tuple[Tensor, Place]:
        """Bring the weights (b n heads i j) into the order of the map (b heads i j)."""
        position = window_positions(cut.whole, cut.window, cut.shift, device=weights.device)
        every = torch.arange(cut.whole[0] * cut.whole[1], device=weights.device)
        here = every.view(cut.whole)[: cut.size[0], : cut.size[1]].flatten()
        chosen = position.flatten().argsort()[here]
        keys = position.repeat_interleave(position.shape[1], 0)[chosen]
        rows, columns = keys // cut.whole[1], keys % cut.whole[1]
        if self.boundary == "reflect":
            rows, columns = reflected(rows, cut.size[0]), reflected(columns, cut.size[1])
        index = torch.where(
            (rows < cut.size[0]) & (columns < cut.size[1]), rows * cut.size[1] + columns, -1
        )
        flat = rearrange(weights, "b n m i j -> b m (n i) j")
        return flat[:, :, chosen], Place(cut.size, cut.size, index)


def _inside(position: Tensor, cut: _Cut) -> Tensor:
    """Say which positions of the filled map are positions of the map."""
    return (position // cut.whole[1] < cut.size[0]) & (position % cut.whole[1] < cut.size[1])


def _fused(
    q: Tensor, k: Tensor, v: Tensor, bias: Tensor, mask: Tensor | None, dropout: float
) -> Tensor:
    """Compute `window_attention` in a fused kernel, without its weights."""
    shape = q.shape
    if mask is not None:
        bias = bias.masked_fill(~mask, float("-inf")).expand(*shape[:3], -1, -1).flatten(0, 1)
    q, k, v = (x.flatten(0, 1) for x in (q, k, v))
    return F.scaled_dot_product_attention(q, k, v, bias, dropout).view(shape)


def _check(channels: int, heads: int, window_size: int, shift: int, boundary: str) -> None:
    if channels < 1:
        raise ConfigError("at least one channel", str(channels), "channels=64")
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
            f"shift={window_size // 2}" if window_size > 0 else "window_size=7",
        )
    if boundary not in ("zero", "mask", "reflect"):
        raise ConfigError("boundary zero, mask or reflect", repr(boundary), "boundary='zero'")
