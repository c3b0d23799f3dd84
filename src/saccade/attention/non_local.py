"""Non-local block: every position reads every position, and the answer is added to it.

Source: Wang, Girshick, Gupta, He, "Non-local Neural Networks", CVPR 2018, arXiv:1711.07971,
section 3: eq. 1 (the mean), 2-5 (the four similarities), 6 (the block), section 3.3 (pooling).
Axes: b batch, c channels, t time, h height, w width, i queries, j keys, d features.
Cost: 4·c·d·n for the convolutions and 2·n²·d for n positions; n²/4 with pooled keys. Without a
    listener nothing of the size n² is kept: the softmax runs in a fused kernel, the dot product is
    taken in the cheaper order, and the concatenation sorts its keys and sums them up once.
Differs: the paper has no factor for the dot products; the authors' code has (`scale=True`). The
    paper pools after the projections, the authors' code before (`pool="before"`).
"""

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple, get_args

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from saccade.attention.place import Place
from saccade.attention.tap import Attended, Tap
from saccade.errors import ConfigError
from saccade.shapes import expect, expect_dtype

Similarity = Literal["embedded_gaussian", "gaussian", "dot_product", "concatenation"]
Pool = Literal["none", "after", "before"]
Span = Literal["spacetime", "space", "time"]

_CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)
_MAX_POOLS = (F.max_pool1d, F.max_pool2d, F.max_pool3d)
_AXES: Mapping[int, str] = MappingProxyType({1: "b c w", 2: "b c h w", 3: "b c t h w"})


class Projected(NamedTuple):
    """What a block compares: queries (b i d), keys (b j d), values (b j e)."""

    queries: Tensor
    keys: Tensor
    values: Tensor


def non_local_attention(
    queries: Tensor,
    keys: Tensor,
    values: Tensor,
    *,
    similarity: Similarity = "embedded_gaussian",
    score: Tensor | None = None,
    scale: float = 1.0,
) -> Attended:
    """Mix values by the normalised similarity of every pair of positions (eq. 1).

    Args:
        queries: theta of the positions that read (b i d).
        keys: phi of the positions that are read (b j d).
        values: g of the positions that are read (b j e).
        similarity: the two gaussians are a softmax over j (eq. 2 and 3); "dot_product" (eq. 4) and
            "concatenation" (eq. 5) are divided by the number of keys, and their weights may be
            negative or sum to anything.
        score: the vector w_f (2·d) of the concatenation: first for the queries, then for the keys.
        scale: factor of the dot products of the gaussians.

    Returns:
        The mixed values (b i e) and the weights (b i j).
    """
    if similarity == "concatenation":
        by_query, by_key = _scored(queries, keys, score)
        weights = (by_query[:, :, None] + by_key[:, None]).relu() / keys.shape[1]
    elif similarity == "dot_product":
        weights = queries @ keys.transpose(1, 2) / keys.shape[1]
    else:
        weights = ((queries * scale) @ keys.transpose(1, 2)).softmax(-1)
    return Attended(weights @ values, weights)


def non_local_output(
    queries: Tensor,
    keys: Tensor,
    values: Tensor,
    *,
    similarity: Similarity = "embedded_gaussian",
    score: Tensor | None = None,
    scale: float = 1.0,
) -> Tensor:
    """Give the output of `non_local_attention` without ever making its weights."""
    if similarity == "concatenation":
        return _sorted_concatenation(*_scored(queries, keys, score), values)
    if similarity == "dot_product":
        return _associated(queries, keys, values)
    # The fused kernel runs only if features lie side by side and all three have equally many; else
    # torch silently takes a path that makes all weights.
    features = max(queries.shape[2], values.shape[2])
    q, k, v = (
        F.pad(x, (0, features - x.shape[2]))[:, None].contiguous() for x in (queries, keys, values)
    )
    return F.scaled_dot_product_attention(q, k, v, scale=scale)[:, 0, :, : values.shape[2]]


def _associated(queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    """Multiply queries, keys and values in the cheaper order.

    The number of keys divides two factors, by its root each, so that no half precision sum of
    many products leaves its range. Features are rows here, as they come from convolutions.
    """
    share = keys.shape[1] ** -0.5
    theta, phi, g = queries.transpose(1, 2), keys * share, values.transpose(1, 2) * share
    if queries.shape[1] * keys.shape[1] < queries.shape[2] * values.shape[2]:
        return (g @ (phi @ theta)).transpose(1, 2)
    return (g @ phi @ theta).transpose(1, 2)


def _scored(queries: Tensor, keys: Tensor, score: Tensor | None) -> tuple[Tensor, Tensor]:
    """Split w_f·[theta, phi] into what the query (b i) and what the key (b j) adds to it."""
    if score is None:
        raise ConfigError("a score for the concatenation", "None", "score=(2·d) numbers")
    features = queries.shape[2]
    return queries @ score[:features], keys @ score[features:]


def _sorted_concatenation(by_query: Tensor, by_key: Tensor, values: Tensor) -> Tensor:
    """Sum relu(a_i + b_j)·g_j over j for all i, in n·log n steps.

    The keys that a query sees are those with b_j > -a_i: the first ones, when b is sorted. Sums of
    the first g and b·g then give a_i·Σg + Σb·g. They run in float64, where nothing is lost.
    """
    exact = torch.float32 if values.device.type == "mps" else torch.float64
    a, b, g = (x.to(exact) for x in (by_query, by_key, values))
    b, order = b.sort(dim=1, descending=True)
    g = g.gather(1, order[:, :, None].expand_as(g))
    seen = torch.searchsorted((-b).detach().contiguous(), a.detach().contiguous())
    first = seen[:, :, None].expand(-1, -1, g.shape[2])
    plain, weighed = (F.pad(x.cumsum(1), (0, 0, 1, 0)) for x in (g, b[:, :, None] * g))
    total = a[:, :, None] * plain.gather(1, first) + weighed.gather(1, first)
    return (total / g.shape[1]).to(values.dtype)


class NonLocal(nn.Module):
    """A non-local block: x + norm(w_z(attention over theta, phi, g)); it starts as the identity.

    Parameters: `theta`, `phi`, `g` (d c 1 ..) and `w_z` (c d 1 ..), convolutions with biases
    (`theta` and `phi` are missing for "gaussian"); `w_f` (2·d) for "concatenation"; `norm`, a
    batch norm with weight 0 at the start.

    Args:
        channels: channels c of the map.
        hidden: features d; half of the channels when None.
        similarity: which of the paper's four functions compares two positions.
        dims: 1 for sequences (b c w), 2 for images (b c h w), 3 for clips (b c t h w).
        pool: max-pool keys and values by 2 in space: "after" their projections (the paper),
            "before" (the authors' code), or "none". A side of odd length loses its last position.
        scale: multiply the dot products of the gaussians by 1/sqrt(d), as the authors' code does.
        norm: batch norm after `w_z`; without it `w_z` itself starts as zero.
        span: what a position of a clip reads: everything ("spacetime"), its own frame ("space"), or
            its own place in all frames ("time"); clips only.

    Raises:
        ConfigError: an option is unknown, or two of them do not go together.
    """

    def __init__(
        self,
        channels: int,
        *,
        hidden: int | None = None,
        similarity: Similarity = "embedded_gaussian",
        dims: int = 2,
        pool: Pool = "none",
        scale: bool = False,
        norm: bool = True,
        span: Span = "spacetime",
    ) -> None:
        super().__init__()
        features = max(channels // 2, 1) if hidden is None else hidden
        _check_similarity(channels, features, similarity, scale)
        _check_shape(dims, pool, span)
        self.channels, self.dims = channels, dims
        self.similarity, self.pool, self.span = similarity, pool, span
        embedded = similarity != "gaussian"
        self.scale = (features if embedded else channels) ** -0.5 if scale else 1.0
        convolution, batch_norm = _CONVOLUTIONS[dims - 1], _NORMS[dims - 1]
        self.theta = convolution(channels, features, 1) if embedded else None
        self.phi = convolution(channels, features, 1) if embedded else None
        self.g = convolution(channels, features, 1)
        self.w_z = convolution(features, channels, 1)
        self.norm = batch_norm(channels) if norm else None
        concatenated = similarity == "concatenation"
        self.w_f = nn.Parameter(torch.empty(2 * features)) if concatenated else None
        self.tap = Tap("b i j")
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw convolutions with std 0.01 and biases 0, and what comes last as zero."""
        for layer in (self.theta, self.phi, self.g, self.w_z):
            if layer is not None:
                nn.init.normal_(layer.weight, std=0.01)
                nn.init.zeros_(layer.get_parameter("bias"))
        if self.w_f is not None:
            nn.init.normal_(self.w_f, std=0.01)
        if self.norm is None:
            nn.init.zeros_(self.w_z.weight)
        else:
            self.norm.reset_parameters()
            nn.init.zeros_(self.norm.weight)

    def forward(self, x: Tensor) -> Tensor:
        """Add to every position of a map (b c ..) what it reads in the others.

        Raises:
            ShapeError: the rank, the channels or the type is wrong.
        """
        expect(x, _AXES[self.dims], "the feature map", c=self.channels)
        expect_dtype(x, "floats", "the feature map")
        projected, place = self._project(x)
        if self.tap.listeners:
            mixed, weights = non_local_attention(
                *projected, similarity=self.similarity, score=self.w_f, scale=self.scale
            )
            self.tap(self._together(weights, x), place)
        else:
            mixed = non_local_output(
                *projected, similarity=self.similarity, score=self.w_f, scale=self.scale
            )
        mixed = self._together(mixed, x).transpose(1, 2)
        answer = self.w_z(mixed.reshape(x.shape[0], -1, *x.shape[2:]))
        return x + (answer if self.norm is None else self.norm(answer))

    def extra_repr(self) -> str:
        """Show what is not seen in the parts."""
        return (
            f"similarity={self.similarity!r}, pool={self.pool!r}, scale={self.scale:.3g}, "
            f"span={self.span!r}"
        )

    def _project(self, x: Tensor) -> tuple[Projected, Place]:
        small = self._pooled(x) if self.pool == "before" else x
        theta = x if self.theta is None else self.theta(x)
        phi = small if self.phi is None else self.phi(small)
        g = self.g(small)
        if self.pool == "after":
            phi, g = self._pooled(phi), self._pooled(g)
        apart = (self._apart(y) for y in (theta, phi, g))
        return Projected(*apart), self._place(tuple(x.shape[2:]), tuple(g.shape[2:]))

    def _pooled(self, x: Tensor) -> Tensor:
        sides = [1 if self.dims == 3 and axis == 0 else 2 for axis in range(self.dims)]
        window = [min(side, size) for side, size in zip(sides, x.shape[2:], strict=True)]
        return _MAX_POOLS[self.dims - 1](x, window)

    def _apart(self, x: Tensor) -> Tensor:
        """Turn a map into rows of positions (b n d), one batch entry for each part of a span."""
        if self.span == "space":
            return x.movedim(1, -1).flatten(0, 1).flatten(1, 2)
        if self.span == "time":
            return x.flatten(3).permute(0, 3, 2, 1).flatten(0, 1)
        return x.flatten(2).transpose(1, 2)

    def _together(self, rows: Tensor, x: Tensor) -> Tensor:
        """Put the parts of a span (b·parts i e) together again (b n e)."""
        if self.span == "spacetime":
            return rows
        parts = rows.reshape(x.shape[0], -1, *rows.shape[1:])
        return (parts if self.span == "space" else parts.transpose(1, 2)).flatten(1, 2)

    def _place(self, queries: tuple[int, ...], keys: tuple[int, ...]) -> Place:
        if self.span == "spacetime":
            return Place(queries, keys)
        frames, here, there = queries[0], math.prod(queries[1:]), math.prod(keys[1:])
        if self.span == "space":
            index = torch.arange(frames * there).view(frames, 1, there).expand(-1, here, -1)
        else:
            index = torch.arange(frames * here).view(frames, here).T.expand(frames, -1, -1)
        return Place(queries, keys, index.reshape(frames * here, -1))


def _check_similarity(channels: int, hidden: int, similarity: str, scale: bool) -> None:
    if min(channels, hidden) < 1:
        raise ConfigError("positive channels and hidden", f"{channels} and {hidden}", "hidden=None")
    if similarity not in get_args(Similarity):
        names = ", ".join(get_args(Similarity))
        raise ConfigError(f"similarity out of {names}", repr(similarity), "'embedded_gaussian'")
    if scale and not similarity.endswith("gaussian"):
        raise ConfigError("scale with a gaussian similarity", repr(similarity), "scale=False")


def _check_shape(dims: int, pool: str, span: str) -> None:
    if dims not in _AXES:
        raise ConfigError("dims 1, 2 or 3", str(dims), "dims=2 for images")
    if pool not in get_args(Pool):
        raise ConfigError("pool none, after or before", repr(pool), "pool='after'")
    if span not in get_args(Span):
        raise ConfigError("span spacetime, space or time", repr(span), "span='spacetime'")
    if span != "spacetime" and dims != 3:
        raise ConfigError(f"dims=3 for span={span!r}", f"dims={dims}", "span='spacetime'")
    if span == "time" and pool != "none":
        raise ConfigError("pool='none' for span='time'", repr(pool), "span='spacetime'")
