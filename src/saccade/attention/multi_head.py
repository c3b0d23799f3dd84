"""Multi-head dot-product attention: each query reads all keys, in several subspaces at once.

Source: Vaswani et al., "Attention Is All You Need", NeurIPS 2017, arXiv:1706.03762, section 3.2.
Axes: b batch, i queries, j keys, n tokens, d features, heads.
Cost: 4·n·d² + 2·n²·d multiplications for n tokens reading themselves.
Differs: the projections have biases, as in every released checkpoint of the vision transformer;
    BEiT and EVA leave out that of the keys (`qkv_bias="qv"`), which moves all scores of a query
    alike and so changes no weight.
Sources of the options: norms of queries and keys, Dehghani et al., arXiv:2302.05442, section 2; a
    norm of the mixed values, Wang et al., "Foundation Transformers", arXiv:2210.06423, section 2.2.
"""

import math
from typing import Literal

import torch
import torch.nn.functional as F
from einops import rearrange
from torch import Tensor, nn

from saccade.attention.fused_reading import Fused
from saccade.attention.place import Place
from saccade.attention.tap import Attended, Tap
from saccade.errors import ConfigError
from saccade.layers.rotary import Turns
from saccade.layers.softmax import masked_softmax
from saccade.shapes import expect, expect_dtype

QkvBias = bool | Literal["qv"]


def dot_product_attention(
    queries: Tensor,
    keys: Tensor,
    values: Tensor,
    mask: Tensor | None = None,
    *,
    scale: float | None = None,
    bias: Tensor | None = None,
) -> Attended:
    """Mix values by the softmax of the dot products of queries and keys (eq. 1).

    Args:
        queries: (... i d).
        keys: (... j d).
        values: (... j v).
        mask: booleans that broadcast to (... i j); True where a key may be read. A query that may
            read nothing gets zeros.
        scale: factor of the dot products; 1/sqrt(d) when None, 1 for plain dot-product attention.
        bias: numbers that broadcast to (... i j), added to the scaled dot products.

    Returns:
        The mixed values (... i v) and the weights (... i j), whose rows sum to one.

    Example:
        A query reads four keys, and then five, with unscaled dot products:

        >>> import torch
        >>> _ = torch.set_printoptions(precision=3)
        >>> q = torch.tensor([[0.990, 0.099, 0.099]])
        >>> k = torch.tensor([[0.050, 0.000, 0.998], [0.020, 0.020, 0.999],
        ...                   [0.976, 0.098, 0.195], [0.020, 0.999, 0.020]])
        >>> v = torch.tensor([[1.0, 2, 5], [1, 1, 5], [3, 2, 4], [6, 1, 2]])
        >>> output, weights = dot_product_attention(q, k, v, scale=1.0)
        >>> weights
        tensor([[0.189, 0.184, 0.442, 0.184]])
        >>> output
        tensor([[2.805, 1.631, 4.005]])
        >>> h = torch.tensor([[0.1, 0.0, 0.8], [0.1, 0.9, 0.0], [0.0, 0.1, 0.8],
        ...                   [0.2, 0.1, 0.6], [0.9, 0.0, 0.1]])
        >>> g = torch.tensor([[0.2, 0.9, 0.0]])
        >>> output, weights = dot_product_attention(g, h, h, scale=1.0)
        >>> weights
        tensor([[0.151, 0.340, 0.162, 0.169, 0.178]])
        >>> output
        tensor([[0.243, 0.339, 0.370]])
    """
    factor = 1.0 / math.sqrt(queries.shape[-1]) if scale is None else scale
    scores = (queries * factor) @ keys.transpose(-2, -1)
    if bias is not None:
        scores = scores + bias.to(scores.dtype)
    weights = masked_softmax(scores, mask)
    return Attended(weights @ values, weights)


class MultiHeadAttention(nn.Module):
    """Attention of tokens over tokens, in a fused kernel; its map is made for those who listen.

    `forward(query)` lets the tokens read each other; `forward(query, memory)` lets them read
    others. The three input projections are stored as one matrix in the order query, key, value.
    Names of weights are timm's: `qkv`, `q_norm`, `k_norm`, `norm`, `proj`; with biases of queries
    and values only, `q_bias` and `v_bias` instead of `qkv.bias`.

    Args:
        width: features d of every token.
        heads: number of subspaces; divides `width`.
        qkv_bias: give the input projections a bias; "qv" only those of queries and values.
        attn_drop: dropout of the weights while training, 0-1.
        proj_drop: dropout of the output while training, 0-1.
        qk_norm: norm the queries and the keys of each head.
        inner_norm: norm the mixed values of all heads before the last projection.
        norm_eps: added to the variance in these norms.

    Raises:
        ConfigError: `heads` does not divide `width`.
    """

    def __init__(
        self,
        width: int,
        heads: int,
        *,
        qkv_bias: QkvBias = True,
        attn_drop: float = 0.0,
        proj_drop: float = 0.0,
        qk_norm: bool = False,
        inner_norm: bool = False,
        norm_eps: float = 1e-6,
    ) -> None:
        super().__init__()
        if heads < 1 or width % heads:
            near = [h for h in range(1, width + 1) if width % h == 0]
            near.sort(key=lambda h: abs(h - heads))
            raise ConfigError(
                f"a number of heads that divides the width {width}", str(heads), f"{near[0]} heads"
            )
        self.heads = heads
        self._start_projections(width, qkv_bias)
        self.q_norm = _norm(width // heads, norm_eps, wanted=qk_norm)
        self.k_norm = _norm(width // heads, norm_eps, wanted=qk_norm)
        self.attn_drop = nn.Dropout(attn_drop)
        self.norm = _norm(width, norm_eps, wanted=inner_norm)
        self.proj = nn.Linear(width, width)
        self.proj_drop = nn.Dropout(proj_drop)
        self.tap = Tap("b heads i j")

    def forward(
        self,
        query: Tensor,
        memory: Tensor | None = None,
        mask: Tensor | None = None,
        *,
        place: Place | None = None,
        bias: Tensor | None = None,
        rotary: Turns | None = None,
    ) -> Tensor:
        """Read `memory` (b j d), or `query` itself, for each token of `query` (b i d).

        Args:
            query: tokens that read (b i d).
            memory: tokens that are read (b j d); the queries themselves when None.
            mask: booleans (b j) or (b i j), where b may be 1; True where a key may be read.
            place: where the tokens lie, for tokens of a map; only shown to listeners.
            bias: added to the scaled scores (heads i j) or (b heads i j), where b may be 1.
            rotary: turns the queries and the keys, all but those of special tokens.

        Raises:
            ShapeError: the rank or the number of features is wrong, or the mask is not boolean.
        """
        expect(query, "b i d", "the queries", d=self.proj.in_features)
        expect_dtype(query, "floats", "the queries")
        queries, keys, values = self._project(query, memory)
        queries, keys = self.q_norm(queries), self.k_norm(keys)
        if rotary is not None:
            queries, keys = rotary(queries), rotary(keys)
        if mask is not None:
            expect_dtype(mask, "booleans", "the mask")
            mask = mask[:, None] if mask.dim() == 3 else mask[:, None, None]
        mixed = self._mix(queries, keys, values, mask, bias, place)
        return self.proj_drop(self.proj(self.norm(rearrange(mixed, "b m i d -> b i (m d)"))))

    def _mix(
        self,
        queries: Tensor,
        keys: Tensor,
        values: Tensor,
        mask: Tensor | None,
        bias: Tensor | None,
        place: Place | None,
    ) -> Tensor:
        """Mix the values (b heads j d) for each query."""
        dropout = self.attn_drop.p if self.training else 0.0
        added = _added(mask, bias, queries)
        mixed = F.scaled_dot_product_attention(queries, keys, values, added, dropout)
        if self.tap.listeners:
            output = None if dropout else mixed
            self.tap.offer(Fused(queries, keys, values, added, output=output), place)
        return mixed

    def _start_projections(self, width: int, bias: QkvBias) -> None:
        self.qkv = nn.Linear(width, 3 * width, bias=bias is True)
        split = bias == "qv"
        self.q_bias = nn.Parameter(torch.zeros(width)) if split else None
        self.v_bias = nn.Parameter(torch.zeros(width)) if split else None

    def _project(self, query: Tensor, memory: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
        bias = self._stacked_bias()
        if memory is None:
            whole = self.q_bias is None
            mixed = self.qkv(query) if whole else F.linear(query, self.qkv.weight, bias)
            mixed = rearrange(mixed, "b n (t m d) -> t b m n d", t=3, m=self.heads)
            queries, keys, values = mixed.unbind(0)  # one gradient in place of three that are added
            return queries, keys, values
        width = self.proj.in_features
        expect(memory, "b j d", "the memory", d=width)
        expect_dtype(memory, "floats", "the memory")
        query_bias, memory_bias = (None, None) if bias is None else (bias[:width], bias[width:])
        queries = F.linear(query, self.qkv.weight[:width], query_bias)
        both = F.linear(memory, self.qkv.weight[width:], memory_bias)
        keys, values = rearrange(both, "b j (t m d) -> t b m j d", t=2, m=self.heads).unbind(0)
        return rearrange(queries, "b i (m d) -> b m i d", m=self.heads), keys, values

    def _stacked_bias(self) -> Tensor | None:
        """The biases (3d) of queries, keys and values; zeros for keys that have none."""
        if self.q_bias is None or self.v_bias is None:
            return self.qkv.bias
        return torch.cat([self.q_bias, torch.zeros_like(self.v_bias), self.v_bias])


class SplitAttention(MultiHeadAttention):
    """Multi-head attention whose three input projections are stored apart.

    Weights are `q_proj`, `k_proj` and `v_proj`, as in EVA-02; all else is as in its parent.
    """

    def _start_projections(self, width: int, bias: QkvBias) -> None:
        self.q_proj = nn.Linear(width, width, bias=bool(bias))
        self.k_proj = nn.Linear(width, width, bias=bias is True)
        self.v_proj = nn.Linear(width, width, bias=bool(bias))

    def _project(self, query: Tensor, memory: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
        if memory is None:
            memory = query
        else:
            expect(memory, "b j d", "the memory", d=self.proj.in_features)
            expect_dtype(memory, "floats", "the memory")
        pairs = (self.q_proj, query), (self.k_proj, memory), (self.v_proj, memory)
        split = "b n (m d) -> b m n d"
        queries, keys, values = (rearrange(p(x), split, m=self.heads) for p, x in pairs)
        return queries, keys, values


def _norm(width: int, eps: float, *, wanted: bool) -> nn.Module:
    return nn.LayerNorm(width, eps=eps) if wanted else nn.Identity()


def _added(mask: Tensor | None, bias: Tensor | None, queries: Tensor) -> Tensor | None:
    """What the fused kernel adds to the scores: a mask, numbers, or both as numbers."""
    if bias is None:
        return mask
    bias = bias.to(queries.dtype)
    bias = bias if bias.dim() == 4 else bias[None]
    return bias if mask is None else bias.masked_fill(~mask, float("-inf"))
