"""Criss-cross attention: every position reads its row and its column; twice, and it has read all.

Source: Huang et al., "CCNet: Criss-Cross Attention for Semantic Segmentation", ICCV 2019 and TPAMI
2020, arXiv:1811.11721, section 3.2, eq. 1 and 2, section 3.3; three axes: the TPAMI version.
Axes: b batch, c channels, t time, h height, w width, d features, r passes, i queries,
    j the h + w - 1 keys of a query: its column without itself, from the top; then its row, from
    the left. With three axes, time comes first.
Cost: (h + w - 1)·h·w·(c + d) multiplications per pass, and h·w·(h + w) numbers while it runs, none
    of which is kept for the backward pass: it computes them again.
Differs: nothing. There is no 1/sqrt(d), as in the paper and the authors' code.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from saccade.attention.place import Place
from saccade.attention.tap import Attended, Tap
from saccade.errors import ConfigError
from saccade.shapes import expect, expect_dtype

_CONVOLUTIONS: Mapping[int, type[nn.Conv2d] | type[nn.Conv3d]] = MappingProxyType(
    {2: nn.Conv2d, 3: nn.Conv3d}
)
_AXES: Mapping[int, str] = MappingProxyType({2: "b c h w", 3: "b c t h w"})


def criss_cross_attention(queries: Tensor, keys: Tensor, values: Tensor) -> Attended:
    """Mix the values of the lines through each position by one softmax over all of them (eq. 2).

    Args:
        queries: (b h w d) or (b t h w d); features come last.
        keys: like the queries.
        values: (b h w c) or (b t h w c).

    Returns:
        The mixed values, shaped as they came, and the weights (b i j) of all positions i, row by
        row, which sum to one over j.
    """
    dims = queries.dim() - 2
    scores = [_scores(queries, keys, axis) for axis in range(1, dims + 1)]
    sizes = list(queries.shape[1:-1])
    parts = list(torch.split(torch.cat(scores, -1).softmax(-1), sizes, -1))
    mixed = torch.zeros_like(values)
    for axis, weights in enumerate(parts, start=1):
        answer = weights.movedim(axis, -2) @ values.movedim(axis, -2)
        mixed = mixed + answer.movedim(-2, axis)
    for axis in range(1, dims):
        parts[axis - 1] = _without_centre(parts[axis - 1], axis)
    return Attended(mixed, torch.cat(parts, -1).flatten(1, dims))


def criss_cross_index(grid: tuple[int, ...]) -> Tensor:
    """List the positions that each position reads, int64 (i j), in the order of the weights."""
    index = torch.arange(torch.Size(grid).numel()).view(1, *grid)
    lines = []
    for axis in range(1, len(grid) + 1):
        line = index.movedim(axis, -1).unsqueeze(-2)
        line = line.expand(*line.shape[:-2], grid[axis - 1], -1).movedim(-2, axis)
        lines.append(_without_centre(line, axis) if axis < len(grid) else line)
    return torch.cat(lines, -1).flatten(0, len(grid))


def _scores(queries: Tensor, keys: Tensor, axis: int) -> Tensor:
    """Compare each position with its line along an axis (b .. line); the centre counts once."""
    q, k = queries.movedim(axis, -2), keys.movedim(axis, -2)
    return _line_scores(q, k, centre=axis == queries.dim() - 2).movedim(-2, axis)


def _line_scores(q: Tensor, k: Tensor, *, centre: bool) -> Tensor:
    scores = q @ k.transpose(-2, -1)
    scores = scores.float() if scores.dtype in (torch.float16, torch.bfloat16) else scores
    if centre:
        return scores
    own = torch.eye(q.shape[-2], dtype=torch.bool, device=q.device)
    return scores.masked_fill_(own, float("-inf"))


def _without_centre(line: Tensor, axis: int) -> Tensor:
    """Leave out of each line (.. line) the position that it belongs to."""
    size = line.shape[-1]
    rest = torch.arange(size - 1, device=line.device).expand(size, -1)
    others = rest + (rest >= torch.arange(size, device=line.device)[:, None])
    moved = line.movedim(axis, -2)
    return moved.gather(-1, others.expand(*moved.shape[:-2], -1, -1)).movedim(-2, axis)


class _LineByLine(torch.autograd.Function):
    """One pass that keeps nothing for later but the denominators of the softmax.

    The two (or three) kinds of lines are worked off one after the other, straight into the output;
    the backward pass computes the weights again.
    """

    @staticmethod
    def forward(ctx: torch.autograd.function.FunctionCtx, *inputs: Tensor) -> Tensor:
        q, k, v = inputs
        scores: dict[tuple[int, int, int], Tensor] = {}
        mixed, total = torch.zeros_like(v), _denominators(q, k, scores)
        for image, axis, row in _each_line(q):
            weights = scores.pop((image, axis, row))
            weights.sub_(_line(total, image, axis, row)).exp_()
            values, answer = (_line(x, image, axis, row) for x in (v, mixed))
            answer.baddbmm_(weights.to(v.dtype), values)
        ctx.save_for_backward(q, k, v, mixed, total)
        return mixed

    @staticmethod
    @once_differentiable
    def backward(
        ctx: torch.autograd.function.FunctionCtx, *grads: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        q, k, v, mixed, total = ctx.saved_tensors  # type: ignore[attr-defined]
        grad = grads[0].contiguous()
        steady = (grad * mixed).sum(-1, keepdim=True, dtype=total.dtype)
        given = tuple(torch.zeros_like(x) for x in (q, k, v))
        for image, axis, row in _each_line(q):
            qs, ks, vs, gs, dq, dk, dv = (
                _line(x, image, axis, row) for x in (q, k, v, grad, *given)
            )
            weights = _line_scores(qs, ks, centre=axis == q.dim() - 2)
            weights.sub_(_line(total, image, axis, row)).exp_()
            dv.baddbmm_(weights.to(v.dtype).transpose(1, 2), gs)
            pull = torch.bmm(gs, vs.transpose(1, 2)).to(total.dtype)
            pull.sub_(_line(steady, image, axis, row)).mul_(weights)
            dq.baddbmm_(pull.to(q.dtype), ks)
            dk.baddbmm_(pull.to(k.dtype).transpose(1, 2), qs)
        return given[0], given[1], given[2]


def _denominators(q: Tensor, k: Tensor, scores: dict[tuple[int, int, int], Tensor]) -> Tensor:
    """Sum the exponentials of all lines through each position, as logarithms (b .. 1).

    Args:
        q: queries, features last.
        k: keys.
        scores: filled with the scores of every line.
    """
    wide = torch.float32 if q.dtype in (torch.float16, torch.bfloat16) else q.dtype
    total = torch.full((*q.shape[:-1], 1), float("-inf"), dtype=wide, device=q.device)
    for image, axis, row in _each_line(q):
        queries, keys = (_line(x, image, axis, row) for x in (q, k))
        found = _line_scores(queries, keys, centre=axis == q.dim() - 2)
        scores[image, axis, row] = found
        before = _line(total, image, axis, row)
        before.copy_(torch.logaddexp(before, found.logsumexp(-1, keepdim=True)))
    return total


def _each_line(x: Tensor) -> Iterator[tuple[int, int, int]]:
    """Count the bundles of parallel lines: image, axis, and with three axes a number."""
    for image in range(x.shape[0]):
        for axis in range(1, x.dim() - 1):
            rest = [size for place, size in enumerate(x.shape[1:-1], 1) if place != axis]
            for row in range(1 if len(rest) == 1 else rest[0]):
                yield image, axis, row


def _line(x: Tensor, image: int, axis: int, row: int) -> Tensor:
    """View a bundle of parallel lines of (b .. c) as (lines positions c)."""
    lines = x[image].movedim(axis - 1, -2)
    return lines if lines.dim() == 3 else lines[row]


class CrissCrossAttention(nn.Module):
    """Criss-cross attention with shared weights, applied as often as `recurrence` says.

    x becomes gamma·attention(x) + x in each pass; gamma starts at 0, so the layer starts as the
    identity. Parameters, as in the authors' code: `query_conv`, `key_conv` (c/reduction c 1 1) and
    `value_conv` (c c 1 1) with biases, and `gamma` (1).

    Args:
        channels: channels c of the map.
        reduction: queries and keys have c / reduction features, at least 1.
        recurrence: number R of passes; after two, every position has read every other.
        dims: 2 for images (b c h w), 3 for clips (b c t h w).

    Raises:
        ConfigError: a number is too small or `dims` is not 2 or 3.
    """

    def __init__(
        self, channels: int, *, reduction: int = 8, recurrence: int = 2, dims: int = 2
    ) -> None:
        super().__init__()
        if min(channels, reduction, recurrence) < 1:
            got = f"{channels}, {reduction} and {recurrence}"
            raise ConfigError("positive channels, reduction and recurrence", got, "recurrence=2")
        if dims not in _CONVOLUTIONS:
            raise ConfigError("dims 2 or 3", str(dims), "dims=2 for images")
        convolution, features = _CONVOLUTIONS[dims], max(channels // reduction, 1)
        self.recurrence, self.dims = recurrence, dims
        self.query_conv = convolution(channels, features, 1)
        self.key_conv = convolution(channels, features, 1)
        self.value_conv = convolution(channels, channels, 1)
        self.gamma = nn.Parameter(torch.zeros(1))
        self.tap = Tap("b r i j")

    def reset_parameters(self) -> None:
        """Draw the convolutions by torch's rule and set gamma to 0."""
        for layer in (self.query_conv, self.key_conv, self.value_conv):
            layer.reset_parameters()
        nn.init.zeros_(self.gamma)

    def forward(self, x: Tensor) -> Tensor:
        """Let every position of a map (b c ..) read its lines, R times.

        Raises:
            ShapeError: the rank, the channels or the type is wrong.
        """
        expect(x, _AXES[self.dims], "the feature map", c=self.value_conv.in_channels)
        expect_dtype(x, "floats", "the feature map")
        maps = []
        # Lines are read feature by feature, so features shall lie side by side.
        nearby = torch.channels_last if self.dims == 2 else torch.channels_last_3d
        x = x.contiguous(memory_format=nearby)
        for _ in range(self.recurrence):
            q, k, v = (
                layer(x).movedim(1, -1).contiguous()
                for layer in (self.query_conv, self.key_conv, self.value_conv)
            )
            if self.tap.listeners or torch.compiler.is_exporting():
                mixed, weights = criss_cross_attention(q, k, v)
                maps.append(weights)
            else:
                mixed = _LineByLine.apply(q, k, v)  # type: ignore[no-untyped-call]
            x = self.gamma * mixed.movedim(-1, 1) + x
        if self.tap.listeners:
            grid = tuple(x.shape[2:])
            self.tap(torch.stack(maps, 1), Place(grid, grid, criss_cross_index(grid)))
        return x

    def extra_repr(self) -> str:
        """Show what is not seen in the parts."""
        return f"recurrence={self.recurrence}"
