"""Criss-cross attention: every position reads its row and its column; twice, and it has read all.

Source: Huang et al., "CCNet: Criss-Cross Attention for Semantic Segmentation", ICCV 2019 and TPAMI
2020, arXiv:1811.11721, section 3.2, eq. 1 and 2, section 3.3; three axes: the TPAMI version.
Axes: b batch, c channels, t time, h height, w width, d features, r passes, i queries,
    j the h + w - 1 keys of a query: its column without itself, from the top; then its row, from
    the left. With three axes, time comes first.
Cost: (h + w - 1)·h·w·(c + d) multiplications per pass beside the convolutions. Without a listener
    some columns are worked on at a time: apart from the keys only a few MB are in use beside the
    output, and nothing but the input is kept for the backward pass, which computes all again.
Differs: nothing. There is no 1/sqrt(d), as in the paper and the authors' code. The values of eq. 2
    are a linear map of the input and the weights sum to one, so that the input may be mixed first
    and mapped afterwards; that is how it is computed when nobody listens.
"""

from collections.abc import Mapping
from types import MappingProxyType

import torch
from torch import Tensor, nn

from saccade.attention.place import Place
from saccade.attention.tap import Attended, Tap
from saccade.errors import ConfigError
from saccade.kernels.criss_cross_lines import Projections
from saccade.kernels.criss_cross_pass import criss_cross_pass
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
        answer = weights.to(values.dtype).movedim(axis, -2) @ values.movedim(axis, -2)
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
    scores = q @ k.transpose(-2, -1)
    scores = scores.to(torch.promote_types(scores.dtype, torch.float32))
    if axis < queries.dim() - 2:
        own = torch.eye(q.shape[-2], dtype=torch.bool, device=q.device)
        scores = scores.masked_fill(own, float("-inf"))
    return scores.movedim(-2, axis)


def _without_centre(line: Tensor, axis: int) -> Tensor:
    """Leave out of each line (.. line) the position that it belongs to."""
    size = line.shape[-1]
    rest = torch.arange(size - 1, device=line.device).expand(size, -1)
    others = rest + (rest >= torch.arange(size, device=line.device)[:, None])
    moved = line.movedim(axis, -2)
    return moved.gather(-1, others.expand(*moved.shape[:-2], -1, -1)).movedim(-2, axis)


class CrissCrossAttention(nn.Module):
    """Criss-cross attention with shared weights, applied as often as `recurrence` says.

    x becomes gamma·attention(x) + x in each pass; gamma starts at 0, so the layer starts as the
    identity. The map shows the softmax of each pass, without gamma. Unless somebody listens,
    gradients cannot be differentiated a second time.

    Parameters, as in the authors' code: `query_conv`, `key_conv` (c/reduction c 1 1), `value_conv`
    (c c 1 1), all with biases, and `gamma` (1).

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
        if not self.tap.listeners and not torch.compiler.is_exporting():
            for _ in range(self.recurrence):
                x = criss_cross_pass(x, self._projections())
            return x
        maps = []
        for _ in range(self.recurrence):
            parts = (self.query_conv(x), self.key_conv(x), self.value_conv(x))
            mixed, weights = criss_cross_attention(*(part.movedim(1, -1) for part in parts))
            x = self.gamma * mixed.movedim(-1, 1) + x
            maps.append(weights)
        if self.tap.listeners:
            grid = tuple(x.shape[2:])
            self.tap(torch.stack(maps, 1), Place(grid, grid, criss_cross_index(grid)))
        return x

    def _projections(self) -> Projections:
        query, key, value = (
            (layer.weight.flatten(1), layer.bias)
            for layer in (self.query_conv, self.key_conv, self.value_conv)
        )
        return Projections(*query, *key, *value, self.gamma)  # type: ignore[arg-type]

    def extra_repr(self) -> str:
        """Show what is not seen in the parts."""
        return f"recurrence={self.recurrence}"
