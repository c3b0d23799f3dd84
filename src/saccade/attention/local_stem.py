"""The attention stem: self-attention inside blocks of pixels, with values that know their place.

Source: Ramachandran, Parmar, Vaswani, Bello, Levskaya, Shlens, "Stand-Alone Self-Attention in
Vision Models", NeurIPS 2019, arXiv:1906.05909, section 3.2.
Axes: b batch, c channels, h height, w width, heads, d features of one head, i pixels row by row,
    j the 16 pixels of a block row by row, m mixtures.
Cost: 3·c·c'·h·w + 32·c'·h·w multiplications for c' output channels.
Differs: there is no official code, and the paper leaves these open. A block is the window of the
    pooling that follows, not one that slides. Logits are q·k alone; the position lies in the
    values. The embeddings of rows and columns have d features. A map whose sides are no multiple
    of the block is filled up with pixels that nobody reads.
"""

import torch
import torch.nn.functional as F
from einops import rearrange
from torch import Tensor, nn

from saccade.attention.place import Place
from saccade.attention.tap import Attended, Tap
from saccade.errors import ConfigError
from saccade.layers.softmax import masked_softmax
from saccade.shapes import expect, expect_dtype

BLOCK = 4


def position_mixture(rows: Tensor, columns: Tensor, mixtures: Tensor) -> Tensor:
    """How much each mixture has to say at each place of a block: softmax over m.

    Args:
        rows: embeddings of the rows of a block (4 d).
        columns: embeddings of its columns (4 d).
        mixtures: embeddings of the mixtures (m d).

    Returns:
        p(a, b, m) as (4 4 m); the last axis sums to one.
    """
    return ((rows[:, None] + columns) @ mixtures.mT).softmax(-1)


def block_attention(
    queries: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None = None
) -> Attended:
    """Let the pixels of a block read each other, without a factor on q·k.

    Args:
        queries: (... i d).
        keys: (... j d).
        values: (... j d).
        mask: booleans that broadcast to (... i j); True where a pixel may be read.
    """
    weights = masked_softmax(queries @ keys.mT, mask)
    return Attended(weights @ values, weights)


class AttentionStem(nn.Module):
    """The start of a network of attention: block attention, batch norm and max-pooling by 4.

    Parameters: `q.weight` and `k.weight` (c' c 1 1), the value matrices `v` (m c' c), the
    embeddings `rows` and `columns` (4 d) and `mixtures` (m d), and the batch norm `norm`. The
    mixture p is shared by the heads.

    Args:
        in_channels: channels c of the picture.
        out_channels: channels c' of the map.
        heads: number of heads; divides `out_channels`.
        mixtures: number m of value matrices that the positions of a block mix.

    Raises:
        ConfigError: `heads` does not divide `out_channels`, or there is no mixture.
    """

    def __init__(
        self, in_channels: int = 3, out_channels: int = 64, *, heads: int = 4, mixtures: int = 4
    ) -> None:
        super().__init__()
        if heads < 1 or out_channels % heads:
            raise ConfigError(
                f"heads that divide the {out_channels} channels", str(heads), "heads=1"
            )
        if mixtures < 1:
            raise ConfigError("at least one mixture", str(mixtures), "mixtures=4")
        self.heads = heads
        depth = out_channels // heads
        self.q = nn.Conv2d(in_channels, out_channels, 1, bias=False)
        self.k = nn.Conv2d(in_channels, out_channels, 1, bias=False)
        self.v = nn.Parameter(torch.empty(mixtures, out_channels, in_channels))
        self.rows = nn.Parameter(torch.empty(BLOCK, depth))
        self.columns = nn.Parameter(torch.empty(BLOCK, depth))
        self.mixtures = nn.Parameter(torch.empty(mixtures, depth))
        self.norm = nn.BatchNorm2d(out_channels)
        self.tap = Tap("b heads i j")
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the matrices with variance 2 / c' and the embeddings with 1 / d."""
        width = self.q.out_channels
        for matrix in (self.q.weight, self.k.weight, self.v):
            nn.init.normal_(matrix, std=(2 / width) ** 0.5)
        for table in (self.rows, self.columns, self.mixtures):
            nn.init.normal_(table, std=(width // self.heads) ** -0.5)
        self.norm.reset_parameters()

    def forward(self, x: Tensor) -> Tensor:
        """Turn a picture (b c h w) into a map (b c' ceil(h/4) ceil(w/4)).

        Raises:
            ShapeError: the rank, the channels or the type is wrong.
        """
        expect(x, "b c h w", "the picture", c=self.q.in_channels)
        expect_dtype(x, "floats", "the picture")
        height, width = x.shape[-2:]
        right, below = -width % BLOCK, -height % BLOCK
        padded = F.pad(x, (0, right, 0, below)) if right or below else x
        mask = self._inside(x) if right or below else None
        queries, keys = (self._blocks(project(padded)) for project in (self.q, self.k))
        values = self._values(padded).to(queries.dtype)
        if self.tap.listeners:
            mixed, weights = block_attention(queries, keys, values, mask)
            self._show(weights, height, width)
        else:
            mixed = F.scaled_dot_product_attention(queries, keys, values, mask, scale=1.0)
        pattern = "b y x m (p q) d -> b (m d) (y p) (x q)"
        full = rearrange(mixed, pattern, p=BLOCK)[..., :height, :width]
        return F.max_pool2d(self.norm(full), BLOCK, ceil_mode=True)

    def _blocks(self, x: Tensor) -> Tensor:
        """A map (b c h w) as (b rows columns heads pixels d) of blocks."""
        pattern = "b (m d) (y p) (x q) -> b y x m (p q) d"
        return rearrange(x, pattern, m=self.heads, p=BLOCK, q=BLOCK)

    def _values(self, x: Tensor) -> Tensor:
        """Each pixel through the matrix of its place; the matrices are mixed, not the values."""
        share = position_mixture(self.rows, self.columns, self.mixtures).to(self.v.dtype)
        matrices = torch.einsum("pqm,moc->pqoc", share, self.v)
        pixels = rearrange(x, "b c (y p) (x q) -> p q (b y x) c", p=BLOCK, q=BLOCK)
        values = pixels.to(matrices.dtype) @ matrices.mT
        sizes = {"b": x.shape[0], "y": x.shape[2] // BLOCK, "m": self.heads}
        return rearrange(values, "p q (b y x) (m d) -> b y x m (p q) d", **sizes)

    def _inside(self, x: Tensor) -> Tensor:
        ones = torch.ones(x.shape[-2:], dtype=torch.bool, device=x.device)
        filled = F.pad(ones, (0, -x.shape[-1] % BLOCK, 0, -x.shape[-2] % BLOCK))
        return rearrange(filled, "(y p) (x q) -> y x 1 1 (p q)", p=BLOCK, q=BLOCK)

    def _show(self, weights: Tensor, height: int, width: int) -> None:
        rows, columns = torch.arange(height), torch.arange(width)
        offset = torch.arange(BLOCK)
        row = (rows // BLOCK * BLOCK)[:, None, None, None] + offset[:, None]
        column = (columns // BLOCK * BLOCK)[:, None, None] + offset
        index = torch.where((row < height) & (column < width), row * width + column, -1)
        full = rearrange(weights, "b y x m (p q) j -> b m (y p) (x q) j", p=BLOCK)
        cropped = full[:, :, :height, :width].flatten(2, 3)
        grid = (height, width)
        index = index.reshape(height * width, BLOCK**2)
        self.tap(cropped, Place(queries=grid, keys=grid, index=index))
