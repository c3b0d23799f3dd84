"""Attention-augmented convolution: some channels of a convolution come from attention instead.

Source: Bello, Zoph, Vaswani, Shlens, Le, "Attention Augmented Convolutional Networks", ICCV 2019,
arXiv:1904.09925, section 3 and appendix A.
Axes: b batch, c channels, h height, w width, heads, i queries, j keys, d features of a head's keys.
Cost: k²·c·(c' - v)·h·w multiplications for the convolution, and n²·(dk + v) for attention over n
    positions with dk key and v value channels in all; n·(h + w + dk) numbers of memory, not n².
Differs: the tables of relative positions start with mean 0; the paper's listing passes their
    standard deviation as the mean. The projections have no biases, which gives the published
    sizes. With a stride, attention works on averages of squares.
"""

import torch
import torch.nn.functional as F
from einops import rearrange
from torch import Tensor, nn

from saccade.attention.place import Place
from saccade.attention.tap import Attended, Tap
from saccade.errors import ConfigError, ShapeError
from saccade.layers.neighbours import check_window
from saccade.shapes import expect, expect_dtype

ROUNDING = 1e-9  # 0.1 of 160 channels is 16 of them, whatever binary fractions say


def attention_channels(
    out_channels: int,
    kappa: float = 0.2,
    upsilon: float = 0.1,
    heads: int = 8,
    min_head: int = 20,
) -> tuple[int, int]:
    """Choose key and value channels dk and v by the ratios of the paper, in whole heads.

    Args:
        out_channels: channels c' of the layer.
        kappa: dk as a share of them, 0-1; the paper's default is 0.2, twice `upsilon`, not 2.
        upsilon: v as a share of them, 0-1; 1 for attention without a convolution.
        heads: number of heads.
        min_head: least key channels of a head.

    Returns:
        dk and v; v is 0 where `upsilon` leaves less than one channel to each head.
    """
    keys = int(kappa * out_channels / heads + ROUNDING) * heads
    return max(min_head * heads, keys), int(upsilon * out_channels / heads + ROUNDING) * heads


def relative_logits(queries: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """Multiply queries by the embeddings of the distance to every key (eq. 3).

    Args:
        queries: (b heads h w d), scaled.
        rows: embeddings of the vertical distances (2h-1 d), from -(h - 1) to h - 1 (key - query).
        columns: of the horizontal ones (2w-1 d).

    Returns:
        S_H + S_W as (b heads h·w h·w).
    """
    height, width = queries.shape[2:4]
    vertical = torch.einsum("bmhwd,hkd->bmhwk", queries, rows[_distances(height, rows)])
    horizontal = torch.einsum("bmhwd,wkd->bmhwk", queries, columns[_distances(width, columns)])
    both = vertical[..., :, None] + horizontal[..., None, :]
    return both.flatten(4).flatten(2, 3)


def _distances(size: int, table: Tensor) -> Tensor:
    place = torch.arange(size, device=table.device)
    return place[None, :] - place[:, None] + size - 1


def resize_table(table: Tensor, size: int) -> Tensor:
    """Stretch a table of distances linearly, so that the ends of the map stay its ends.

    Args:
        table: embeddings of the distances on a map of n positions (2n-1 d).
        size: positions of the new map.

    Returns:
        The table (2·size-1 d); the given one, untouched, when the size is the same.
    """
    if table.shape[0] == 2 * size - 1:
        return table
    exact = table.to(torch.promote_types(table.dtype, torch.float32))
    stretched = F.interpolate(exact.T[None], size=2 * size - 1, mode="linear", align_corners=True)
    return stretched[0].T.to(table.dtype)


def augmented_attention(
    queries: Tensor, keys: Tensor, values: Tensor, rows: Tensor, columns: Tensor
) -> Attended:
    """Attention over all positions of a map with relative positions in two dimensions (eq. 2-4).

    Args:
        queries: (b heads h w d).
        keys: (b heads h w d).
        values: (b heads h w v).
        rows: embeddings of vertical distances (2h-1 d).
        columns: embeddings of horizontal distances (2w-1 d).

    Returns:
        The mixed values (b heads h·w v) and the weights (b heads i j).
    """
    q = queries * queries.shape[-1] ** -0.5
    scores = q.flatten(2, 3) @ keys.flatten(2, 3).transpose(2, 3)
    weights = (scores + relative_logits(q, rows, columns)).softmax(-1)
    return Attended(weights @ values.flatten(2, 3), weights)


class AugmentedConv(nn.Module):
    """A convolution whose last channels come from multi-head attention over the whole map.

    Parameters: `conv.weight` (c'-v c k k), missing when all channels are attention's; `qkv.weight`
    (2·dk + v c 1 1), in the order query, key, value and head by head; `attn_out.weight` (v v 1 1);
    `key_rel_h` (2h-1 dk/heads) and `key_rel_w` (2w-1 dk/heads), which all heads share.

    Args:
        channels: channels c of the input.
        out_channels: channels c' of the output; `channels` when None.
        kernel_size: side k of the convolution, odd.
        stride: of the convolution; attention then works on the map averaged over squares of this
            side.
        heads: number of heads; 8 when None, fewer for fewer than 8 channels c'.
        key_channels: dk of all heads together; by `attention_channels` when None.
        value_channels: v of all heads together, at most c'; by `attention_channels` when None, at
            least one for each head.
        size: rows and columns of the map that attention sees, after stride and pooling, for which
            the tables are made; on another map they are stretched.
        pool: average the map over 3x3 with stride 2 for attention and enlarge its answer again, as
            the paper does on large maps.

    Raises:
        ConfigError: heads do not divide the channels, or there are more values than channels.
    """

    def __init__(
        self,
        channels: int,
        *,
        out_channels: int | None = None,
        kernel_size: int = 3,
        stride: int = 1,
        heads: int | None = None,
        key_channels: int | None = None,
        value_channels: int | None = None,
        size: tuple[int, int] = (14, 14),
        pool: bool = False,
    ) -> None:
        super().__init__()
        width = channels if out_channels is None else out_channels
        if heads is None:
            heads = next((m for m in (8, 4, 2) if m <= width), 1)
        keys, values = attention_channels(width, heads=max(heads, 1))
        keys = keys if key_channels is None else key_channels
        values = max(values, heads) if value_channels is None else value_channels
        check_window(kernel_size, "zero")
        _check((channels, width), heads, (keys, values), stride, size)
        self.heads, self.stride, self.pool = heads, stride, pool
        self.parts = (keys, keys, values)
        rest = width - values
        reach = kernel_size // 2
        self.conv = (
            nn.Conv2d(channels, rest, kernel_size, stride, reach, bias=False) if rest else None
        )
        self.qkv = nn.Conv2d(channels, 2 * keys + values, 1, bias=False)
        self.attn_out = nn.Conv2d(values, values, 1, bias=False)
        self.key_rel_h = nn.Parameter(torch.empty(2 * size[0] - 1, keys // heads))
        self.key_rel_w = nn.Parameter(torch.empty(2 * size[1] - 1, keys // heads))
        self.tap = Tap("b heads i j")
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the tables with variance 1 / d, and the convolutions by torch's rule."""
        for layer in (self.conv, self.qkv, self.attn_out):
            if layer is not None:
                layer.reset_parameters()
        for table in (self.key_rel_h, self.key_rel_w):
            nn.init.normal_(table, std=table.shape[1] ** -0.5)

    @torch.no_grad()
    def set_size(self, size: tuple[int, int]) -> None:
        """Stretch the tables for good, for maps of another size.

        Args:
            size: rows and columns of the map that attention sees, after stride and pooling.
        """
        for name, side in (("key_rel_h", size[0]), ("key_rel_w", size[1])):
            table = resize_table(self.get_parameter(name), side)
            setattr(self, name, nn.Parameter(table.detach().clone()))

    def forward(self, x: Tensor) -> Tensor:
        """Convolve a map (b c h w) and attend to it; gives (b c' h' w').

        Raises:
            ShapeError: the rank, the channels or the type is wrong, or the map is empty.
        """
        expect(x, "b c h w", "the feature map", c=self.qkv.in_channels)
        expect_dtype(x, "floats", "the feature map")
        if min(x.shape[2:]) < 1:
            raise ShapeError("a map with positions", str(tuple(x.shape)), "a larger image")
        seen = x
        if self.stride > 1:
            seen = F.avg_pool2d(x, self.stride, ceil_mode=True, count_include_pad=False)
        attended = self._attend(seen)
        return attended if self.conv is None else torch.cat([self.conv(x), attended], 1)

    def extra_repr(self) -> str:
        """Show what is not seen in the parts."""
        size = (self.key_rel_h.shape[0] // 2 + 1, self.key_rel_w.shape[0] // 2 + 1)
        return f"heads={self.heads}, stride={self.stride}, size={size}, pool={self.pool}"

    def _attend(self, x: Tensor) -> Tensor:
        size = x.shape[2:]
        if self.pool:
            x = F.avg_pool2d(x, 3, 2, 1, count_include_pad=False)
        grid = (x.shape[2], x.shape[3])
        q, k, v = (
            rearrange(part, "b (m d) h w -> b m h w d", m=self.heads)
            for part in self.qkv(x).split(self.parts, 1)
        )
        rows = resize_table(self.key_rel_h, grid[0]).to(q.dtype)
        columns = resize_table(self.key_rel_w, grid[1]).to(q.dtype)
        if self.tap.listeners:
            mixed, weights = augmented_attention(q, k, v, rows, columns)
            self.tap(weights, Place(grid, grid))
        else:
            mixed = _fused(q, k, v, rows, columns)
        merged = rearrange(mixed, "b m (h w) d -> b (m d) h w", h=grid[0])
        answer = self.attn_out(merged)
        if self.pool:
            return F.interpolate(answer, size=size, mode="bilinear", align_corners=False)
        return answer


def _fused(q: Tensor, k: Tensor, v: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """Compute `augmented_attention` in a fused kernel, without its weights.

    q·r depends on the query, and on the key only through its row and column. So queries are
    lengthened by their logits for every row and column, and keys by the unit vectors of their own.
    All are filled with zeros to one length, a multiple of 8, that the kernels want.
    """
    height, width = q.shape[2:4]
    scaled = q * q.shape[-1] ** -0.5
    down = torch.einsum("bmhwd,hkd->bmhwk", scaled, rows[_distances(height, rows)])
    across = torch.einsum("bmhwd,wkd->bmhwk", scaled, columns[_distances(width, columns)])
    own_row = torch.eye(height, dtype=k.dtype, device=k.device)[:, None].expand(-1, width, -1)
    own_column = torch.eye(width, dtype=k.dtype, device=k.device).expand(height, -1, -1)
    used = q.shape[-1] + height + width
    length = -(-max(used, v.shape[-1]) // 8) * 8
    rest = q.new_zeros(length - used).expand(height, width, -1)
    where = torch.cat([own_row, own_column, rest], -1).expand(*k.shape[:2], -1, -1, -1)
    long_q = torch.cat([scaled, down, across, rest.expand_as(where[..., height + width :])], -1)
    long_k = torch.cat([k, where], -1)
    q, k = long_q.flatten(2, 3), long_k.flatten(2, 3)
    filled = F.pad(v.flatten(2, 3), (0, length - v.shape[-1]))
    return F.scaled_dot_product_attention(q, k, filled, scale=1.0)[..., : v.shape[-1]]


def _check(
    channels: tuple[int, int],
    heads: int,
    parts: tuple[int, int],
    stride: int,
    size: tuple[int, int],
) -> None:
    (_, width), (keys, values) = channels, parts
    if len(size) != 2:
        raise ConfigError("size as (rows, columns)", str(size), "size=(14, 14)")
    if min(*channels, heads, *parts, stride, *size) < 1:
        raise ConfigError(
            "positive channels, heads, key_channels, value_channels, stride and size",
            f"{channels}, {heads}, {keys}, {values}, {stride} and {size}",
            "the defaults",
        )
    if keys % heads or values % heads:
        raise ConfigError(
            f"key_channels and value_channels in {heads} equal heads",
            f"{keys} and {values}",
            f"{max(keys // heads, 1) * heads} and {max(values // heads, 1) * heads}",
        )
    if values > width:
        most = width // heads * heads
        raise ConfigError(
            f"at most {width} value_channels, the channels of the output",
            str(values),
            f"heads=1, value_channels={width}" if width < heads else f"value_channels={most}",
        )
