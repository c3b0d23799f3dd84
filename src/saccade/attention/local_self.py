"""Stand-alone local self-attention: every position reads a k x k window, in place of a convolution.

Source: Ramachandran, Parmar, Vaswani, Bello, Levskaya, Shlens, "Stand-Alone Self-Attention in
Vision Models", NeurIPS 2019, arXiv:1906.05909, sections 3.1 and 3.2, eq. 2 and 3.
Axes: b batch, c channels, h height, w width, heads, d features of one head, i windows row by row,
    j the k² positions of a window row by row.
Cost: 3·c·c'·h·w + 2·k²·c'·h·w multiplications for c' output channels; no copy of a window is kept.
Differs: there is no official code. The paper does not say whether heads share their tables of
    positions: they do here, as option `positions="per_head"` they do not. It does not say what a
    position beyond the border is: `boundary` does, and "zero" follows eq. 3 with key and value
    zero there, so that such a position still has the logit q·r and its share of the softmax.
"""

import torch
import torch.nn.functional as F
from einops import rearrange
from torch import Tensor, nn

from saccade.attention.place import Place
from saccade.attention.tap import Attended, Tap
from saccade.errors import ConfigError
from saccade.kernels.local_window import local_window
from saccade.layers.neighbours import Boundary, check_window, neighbour_index, pad_map
from saccade.layers.softmax import masked_softmax
from saccade.shapes import expect, expect_dtype

Tables = tuple[Tensor, Tensor]
POSITIONS = ("relative", "per_head", "none")


def local_attention(
    queries: Tensor,
    keys: Tensor,
    values: Tensor,
    tables: Tables | None = None,
    *,
    heads: int,
    kernel_size: int,
    stride: int = 1,
    dilation: int = 1,
    boundary: Boundary = "zero",
) -> Attended:
    """Mix the values of each window by softmax(q·k + q·r), head by head (eq. 3).

    Channels of a head are neighbours: head m has the channels m·d to (m + 1)·d - 1. Windows are
    gone through offset by offset, so that no window is copied.

    Args:
        queries: (b c h' w'), one for each window; window (y, x) is centred on (y, x)·stride.
        keys: (b c h w), with h' = ceil(h / stride).
        values: (b c h w).
        tables: row embeddings (m k d/2) and column embeddings (m k d/2) of the offsets, first the
            topmost row and the leftmost column of the window; m is `heads`, or 1 for tables that
            all heads share. None leaves q·r out.
        heads: number of heads; divides the channels.
        kernel_size: side k of the window, odd.
        stride: distance of the centres of two windows.
        dilation: distance of two positions of a window.
        boundary: what stands beyond the border: "zero" for zeros with a share of the softmax,
            "mask" for nothing, "reflect" for the mirrored map.

    Returns:
        The output (b c h' w') and the weights (b heads i j), whose rows sum to one.
    """
    size, reach = queries.shape[-2:], dilation * (kernel_size // 2)
    padded = (pad_map(keys, reach, boundary), pad_map(values, reach, boundary))
    shifts = [
        (slice(y * dilation, y * dilation + (size[0] - 1) * stride + 1, stride),
         slice(x * dilation, x * dilation + (size[1] - 1) * stride + 1, stride))
        for y in range(kernel_size)
        for x in range(kernel_size)
    ]  # fmt: skip
    q, k, v = (rearrange(x, "b (m d) h w -> b m d h w", m=heads) for x in (queries, *padded))
    scores = torch.stack([(q * k[..., row, column]).sum(2) for row, column in shifts], dim=-1)
    if tables is not None:
        scores = scores + relative_logits(q, tables)
    index = neighbour_index(
        (keys.shape[-2], keys.shape[-1]),
        kernel_size,
        stride=stride,
        dilation=dilation,
        boundary=boundary,
    )
    inside = (index >= 0).to(scores.device) if boundary == "mask" else None
    weights = masked_softmax(scores.flatten(2, 3), inside)
    share = rearrange(weights, "b m (h w) j -> j b m h w", h=size[0]).unbind(0)
    mixed = torch.zeros_like(q)
    for part, (row, column) in zip(share, shifts, strict=True):
        mixed = mixed + part[:, :, None] * v[..., row, column]
    return Attended(mixed.flatten(1, 2).to(values.dtype), weights)


def relative_logits(queries: Tensor, tables: Tables) -> Tensor:
    """Multiply queries by the embeddings of the offsets of a window.

    Args:
        queries: (b heads d h w).
        tables: rows and columns as in `local_attention`; the row embedding meets the first half
            of the d features, the column embedding the second.

    Returns:
        q·r for each position of the window (b heads h w k²).
    """
    rows, columns = tables
    half = rows.shape[-1]
    first, second = queries[:, :, :half].movedim(2, -1), queries[:, :, half:].movedim(2, -1)
    by_row = first @ rows.transpose(-2, -1)[:, None]
    by_column = second @ columns.transpose(-2, -1)[:, None]
    return (by_row[..., :, None] + by_column[..., None, :]).flatten(-2)


class LocalSelfAttention(nn.Module):
    """Local self-attention of a feature map (b c h w), a layer for the place of a convolution.

    Parameters: `q.weight`, `k.weight`, `v.weight` (c' c 1 1), projections without bias; the tables
    `rows` and `columns` (k d/2), or (heads k d/2) with one for each head. There is no output
    projection. While nobody listens to `tap` a fused kernel does the work, where there is one.

    Args:
        channels: channels c of the input.
        out_channels: channels c' of the output; `channels` when None.
        heads: number of heads; divides `out_channels`.
        kernel_size: side k of the window, odd; it may be larger than the map.
        stride: side of the squares of positions that are averaged after the attention; the map
            gets ceil(h / stride) x ceil(w / stride) positions.
        boundary: "zero", "mask" or "reflect", what stands beyond the border.
        positions: "relative" embeddings that all heads share, "per_head", or "none".
        scale: factor of all logits; the paper has none, 1/sqrt(d) is usual elsewhere.

    Raises:
        ConfigError: an option is unknown, `heads` does not divide, or d is odd but has to be cut
            into a row and a column half.
    """

    def __init__(
        self,
        channels: int,
        *,
        out_channels: int | None = None,
        heads: int = 8,
        kernel_size: int = 7,
        stride: int = 1,
        boundary: Boundary = "zero",
        positions: str = "relative",
        scale: float = 1.0,
    ) -> None:
        super().__init__()
        width = channels if out_channels is None else out_channels
        check_window(kernel_size, boundary)
        _check_heads(width, heads, positions)
        _check_stride(stride)
        self.heads, self.kernel_size, self.stride = heads, kernel_size, stride
        self.boundary, self.scale = boundary, scale
        self.q = nn.Conv2d(channels, width, 1, bias=False)
        self.k = nn.Conv2d(channels, width, 1, bias=False)
        self.v = nn.Conv2d(channels, width, 1, bias=False)
        half = (kernel_size, width // heads // 2)
        shape = (heads, *half) if positions == "per_head" else half
        absent = positions == "none"
        self.rows = None if absent else nn.Parameter(torch.empty(shape))
        self.columns = None if absent else nn.Parameter(torch.empty(shape))
        self.tap = Tap("b heads i j")
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the projections with the variance 2 / c' and the tables with 1 / d.

        Unit variance in the tables would let the positions outweigh the content from the start.
        """
        for projection in (self.q, self.k, self.v):
            nn.init.kaiming_normal_(projection.weight, mode="fan_out", nonlinearity="relu")
        for table in (self.rows, self.columns):
            if table is not None:
                nn.init.normal_(table, std=(self.q.out_channels / self.heads) ** -0.5)

    def forward(self, x: Tensor) -> Tensor:
        """Let every position of a map (b c h w) read its window; gives (b c' h' w').

        Raises:
            ShapeError: the rank, the channels or the type is wrong.
        """
        expect(x, "b c h w", "the feature map", c=self.q.in_channels)
        expect_dtype(x, "floats", "the feature map")
        q, k, v = self.q(x), self.k(x), self.v(x)
        if self.scale != 1.0:
            q = q * self.scale
        if self.tap.listeners:
            mixed = self._explain(q, k, v)
        else:
            mixed = local_window(
                q, k, v, self.tables(), self.heads, self.kernel_size, boundary=self.boundary
            )
        if self.stride == 1:
            return mixed
        return F.avg_pool2d(mixed, self.stride, ceil_mode=True, count_include_pad=False)

    def tables(self) -> Tables | None:
        """The row and column embeddings (m k d/2), None if there are none."""
        if self.rows is None or self.columns is None:
            return None
        shape = (-1, *self.rows.shape[-2:])
        return self.rows.view(shape), self.columns.view(shape)

    def extra_repr(self) -> str:
        """Show what is not seen in the parts."""
        return (
            f"heads={self.heads}, kernel_size={self.kernel_size}, stride={self.stride}, "
            f"boundary={self.boundary!r}, scale={self.scale}"
        )

    def _explain(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        mixed, weights = local_attention(
            q,
            k,
            v,
            self.tables(),
            heads=self.heads,
            kernel_size=self.kernel_size,
            boundary=self.boundary,
        )
        grid = (q.shape[-2], q.shape[-1])
        index = neighbour_index(grid, self.kernel_size, boundary=self.boundary)
        self.tap(weights, Place(queries=grid, keys=grid, index=index))
        return mixed


def _check_heads(width: int, heads: int, positions: str) -> None:
    if positions not in POSITIONS:
        raise ConfigError(f"positions out of {', '.join(POSITIONS)}", repr(positions), "'relative'")
    step = 1 if positions == "none" else 2
    good = [m for m in range(1, width + 1) if width % (step * m) == 0]
    if heads in good:
        return
    if not good:
        raise ConfigError(
            "an even number of channels to cut into a row and a column half",
            str(width),
            f"out_channels={width + 1} or positions='none'",
        )
    nearest = min(good, key=lambda m: abs(m - heads))
    what = f"heads that divide the {width} channels"
    raise ConfigError(
        what if step == 1 else f"{what} into even parts", str(heads), f"heads={nearest}"
    )


def _check_stride(stride: int) -> None:
    if stride < 1:
        raise ConfigError("a stride of at least 1", str(stride), "stride=1")
