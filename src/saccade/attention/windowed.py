"""Windowed attention: positions read each other inside windows, which shift from layer to layer.

Source: Liu et al., "Swin Transformer: Hierarchical Vision Transformer using Shifted Windows", ICCV
2021, arXiv:2103.14030, section 3.2, eq. 4.
Axes: b batch, c channels, h height, w width, heads, i positions row by row, j the places of the
    window of a position, row by row, d features of a head.
Cost: 4·c²·h·w + 2·m²·c·h·w multiplications with windows of m x m positions.
Differs: nothing where windows fit. Where they stick out, the map is filled with zeros before the
    projections and then rolled, as in the authors' code for detection, so that such keys are the
    biases and take their share; `boundary` can hide or mirror them instead, or follow a library.
    Along a side that one window covers, the window shrinks to it and is not shifted; the authors
    shrink both sides.
"""

from typing import get_args

import torch
import torch.nn.functional as F
from einops import rearrange
from torch import Tensor, nn

from saccade.attention.fused_reading import Fused
from saccade.attention.place import Place
from saccade.attention.tap import Attended, Tap
from saccade.attention.window_reading import Windows
from saccade.errors import ConfigError, ShapeError
from saccade.layers.relative_table import TableRule, offsets_of, resize_bias_table
from saccade.layers.softmax import masked_softmax
from saccade.layers.windows import (
    Cut,
    Filling,
    Size,
    cut_of,
    from_windows,
    places,
    relative_offsets,
    same_region,
    to_windows,
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
    `relative_position_bias_table` ((2m-1)² heads), for offsets query minus key, row by row; with
    windows of m x n positions ((2m-1)·(2n-1) heads).

    Args:
        channels: channels c of the map.
        heads: number of heads; divides `channels`. The largest of 8, 4, 2, 1 that does when None.
        window_size: side m of a window, or its (rows, columns).
        shift: by how much windows are shifted down and right, perhaps as (rows, columns); half of
            m in every other layer of the paper. It is left out along a side that one window covers.
        qkv_bias: give the input projections biases.
        attn_drop: dropout of the weights while training, 0-1.
        proj_drop: dropout of the output while training, 0-1.
        boundary: what fills a window that sticks out: "zero", "mask" (nothing) or "reflect"; "late"
            for zeros that come after the shift, as in timm; "whole" for zeros also around a map
            that is smaller than a window, as in torchvision.

    Raises:
        ConfigError: heads do not divide the channels, or a shift is as large as a window.
    """

    def __init__(
        self,
        channels: int,
        *,
        heads: int | None = None,
        window_size: int | Size = 7,
        shift: int | Size = 0,
        qkv_bias: bool = True,
        attn_drop: float = 0.0,
        proj_drop: float = 0.0,
        boundary: Filling = "zero",
    ) -> None:
        super().__init__()
        usual = next(m for m in (8, 4, 2, 1) if channels % m == 0)
        self.heads = usual if heads is None else heads
        _check(channels, self.heads, boundary)
        self.boundary = boundary
        self._start_windows(window_size, shift)
        self.qkv = nn.Linear(channels, 3 * channels, bias=qkv_bias)
        self.attn_drop = nn.Dropout(attn_drop)
        self.proj = nn.Linear(channels, channels)
        self.proj_drop = nn.Dropout(proj_drop)
        rows, columns = offsets_of(self._window)
        self.relative_position_bias_table = nn.Parameter(torch.empty(rows * columns, self.heads))
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
        size = (x.shape[2], x.shape[3])
        if min(size) < 1:
            raise ShapeError("a map with positions", f"{size[0]}x{size[1]}", "a larger image")
        cut = cut_of(size, self._window, self._shift, self.boundary)
        windows = self._attend(to_windows(x.movedim(1, -1), cut, self.boundary), cut)
        answer = from_windows(self.proj_drop(self.proj(windows)), cut, self.boundary)
        return answer.movedim(-1, 1)

    @torch.no_grad()
    def resize_windows(
        self, window_size: int | Size, shift: int | Size, *, rule: TableRule = "bicubic"
    ) -> None:
        """Take windows of another size from now on, resizing the table of biases.

        Args:
            window_size: side of a window, or its (rows, columns).
            shift: by how much windows are shifted.
            rule: how the table is resized; see `resize_bias_table`.

        Raises:
            ConfigError: a shift is as large as a window.
        """
        old, table = self._window, self.relative_position_bias_table
        self._start_windows(window_size, shift)
        if self._window != old:
            new = resize_bias_table(table, old, self._window, rule=rule)
            self.relative_position_bias_table = nn.Parameter(new, table.requires_grad)

    def extra_repr(self) -> str:
        """Show what is not seen in the parts."""
        return (
            f"heads={self.heads}, window_size={self.window_size}, shift={self.shift}, "
            f"boundary={self.boundary!r}"
        )

    def _start_windows(self, window_size: int | Size, shift: int | Size) -> None:
        window, by = _pair(window_size), _pair(shift)
        if any(side < 1 or not 0 <= part < side for side, part in zip(window, by, strict=True)):
            half = (window[0] // 2, window[1] // 2)
            raise ConfigError(
                "a window_size of at least 1 and a shift from 0 to below it",
                f"{window_size} and {shift}",
                f"shift={half[0] if half[0] == half[1] else half}"
                if min(window) > 0
                else "window_size=7",
            )
        self.window_size, self.shift = window_size, shift
        self._window, self._shift = window, by

    def _attend(self, windows: Tensor, cut: Cut) -> Tensor:
        """Let the positions of windows (b n i c) read each other."""
        q, k, v = rearrange(self.qkv(windows), "b n i (t m d) -> t b n m i d", t=3, m=self.heads)
        bias, mask = self._bias(cut.window, q), self._mask(cut, q.device)
        dropout = self.attn_drop.p if self.training else 0.0
        added = _added(q, bias, mask)
        queries, keys, values = (x.flatten(0, 1) for x in (q, k, v))
        mixed = F.scaled_dot_product_attention(queries, keys, values, added, dropout)
        if self.tap.listeners:
            order, place = self._stitched(cut, q.device)
            inside = Fused(queries, keys, values, added, output=None if dropout else mixed)
            self.tap.offer(Windows(inside, q.shape[1], order), place)
        mixed = mixed.view(q.shape)
        return rearrange(mixed, "b n m i d -> b n i (m d)")

    def _bias(self, window: Size, like: Tensor) -> Tensor:
        offsets = relative_offsets(window, self._window, device=like.device)
        return self.relative_position_bias_table[offsets].movedim(-1, 0).to(like.dtype)

    def _mask(self, cut: Cut, device: torch.device) -> Tensor | None:
        """Say which pairs of each window may read each other (n 1 i j); None for all."""
        hidden = self.boundary == "mask" and cut.size != cut.whole
        if not hidden and not any(cut.shift):
            return None
        mask = same_region(cut.whole, cut.window, cut.shift, device=device)
        if hidden:
            inside = (places(cut, self.boundary, device=device) >= 0)[:, None]
            # What was filled in reads itself, so that no row is empty; its answer is cut off.
            mask &= inside | torch.eye(mask.shape[1], dtype=torch.bool, device=device)
        return mask[:, None]

    def _stitched(self, cut: Cut, device: torch.device) -> tuple[Tensor, Place]:
        """Where the positions of the map stand in the windows (n i), and what they read."""
        own = places(cut, "late" if self.boundary == "late" else "zero", device=device)
        keys = places(cut, self.boundary, device=device)
        chosen = own.flatten().argsort()[-cut.size[0] * cut.size[1] :]  # what is filled in is first
        index = keys.repeat_interleave(keys.shape[1], 0)[chosen]
        return chosen, Place(cut.size, cut.size, index)


def _added(q: Tensor, bias: Tensor, mask: Tensor | None) -> Tensor:
    """What the kernel adds to the scores of windows (b n heads i d): biases, and -inf."""
    if mask is None:
        return bias
    hidden = bias.masked_fill(~mask, float("-inf"))
    return hidden.expand(*q.shape[:3], -1, -1).flatten(0, 1)


def _pair(side: int | Size) -> Size:
    return (side, side) if isinstance(side, int) else (side[0], side[1])


def _check(channels: int, heads: int, boundary: str) -> None:
    if channels < 1:
        raise ConfigError("at least one channel", str(channels), "channels=64")
    if heads < 1 or channels % heads:
        near = [m for m in range(1, channels + 1) if channels % m == 0]
        raise ConfigError(
            f"heads that divide the {channels} channels",
            str(heads),
            f"heads={min(near, key=lambda m: abs(m - heads))}",
        )
    if boundary not in get_args(Filling):
        raise ConfigError(
            "boundary zero, mask, reflect, late or whole", repr(boundary), "boundary='zero'"
        )
