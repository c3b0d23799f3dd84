"""Local relation layer: how much two neighbours belong together, by look and by geometry.

Source: Hu, Zhang, Xie, Lin, "Local Relation Networks for Image Recognition", ICCV 2019,
arXiv:1904.11491, section 3.2, eq. 2-5.
Axes: b batch, c channels, h height, w width, groups of channels that share a map, i windows row by
    row, j the k² positions of a window row by row.
Cost: 2·c·g·h·w multiplications for queries and keys of g = c / share numbers, k²·g·h·w for the
    maps, k²·c·h·w for the sums and c·c'·h·w for the transform.
Differs: the paper does not give the width of the geometry network: half as many units as groups
    here. There is no official training code; the authors' later kernel leaves keys outside of the
    image out of the softmax and gives neighbouring channels to one group, as the defaults do here.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Literal

import torch
from torch import Tensor, nn

from saccade.attention.place import Place
from saccade.attention.tap import Attended, Tap
from saccade.errors import ConfigError
from saccade.kernels.aggregation import aggregate_over
from saccade.kernels.operators import Layout, Windows
from saccade.kernels.pairwise import window_softmax
from saccade.kernels.relation import has_relation, relation_sums
from saccade.layers.neighbours import Boundary, check_window
from saccade.shapes import expect, expect_dtype

Similarity = Literal["product", "squared", "absolute"]
_SIMILARITIES: Mapping[str, Callable[[Tensor, Tensor], Tensor]] = MappingProxyType(
    {
        "product": lambda q, k: q * k,  # eq. 5
        "squared": lambda q, k: -(q - k).square(),  # eq. 3
        "absolute": lambda q, k: -(q - k).abs(),  # eq. 4
    }
)


def local_relation(
    queries: Tensor,
    keys: Tensor,
    values: Tensor,
    prior: Tensor | None = None,
    *,
    kernel_size: int,
    similarity: Similarity = "product",
    stride: int = 1,
    dilation: int = 1,
    boundary: Boundary = "mask",
    layout: Layout = "contiguous",
) -> Attended:
    """Sum each window with the softmax of similarity plus geometry prior (eq. 2).

    Args:
        queries: one number per group (b groups h' w'), h' = ceil(h / stride).
        keys: (b groups h w).
        values: (b c h w).
        prior: a number for each place of a window (groups k k); None for no prior.
        kernel_size: side k of the window, odd.
        similarity: q·k, -(q - k)² or -|q - k|.
        stride: distance of the centres of two windows.
        dilation: distance of two positions of a window.
        boundary: what stands beyond the border; "mask" leaves it out of the softmax.
        layout: which channels share a map: "contiguous" neighbours or "interleaved" ones.

    Returns:
        The sums (b c h' w') and the weights (b groups j h' w'), which sum to one over j.
    """
    windows = Windows(kernel_size, stride, dilation, boundary, layout)
    padded, compare = windows.pad(keys), _SIMILARITIES[similarity]
    scores = torch.stack(
        [
            compare(queries, padded[..., row, column])
            for row, column in windows.slices(queries.shape)
        ],
        dim=2,
    )
    if prior is not None:
        scores = scores + prior.flatten(1)[:, :, None, None]
    weights = window_softmax(scores, (keys.shape[-2], keys.shape[-1]), windows)
    return Attended(aggregate_over(values, weights, windows), weights)


class GeometryPrior(nn.Module):
    """A small network from the offset of two positions to one number per group.

    Parameters: `hidden` (u 2) and `output` (groups u) with biases. Offsets (dx, dy) are those of
    the key from the query in whole positions, to the right and down.

    Args:
        groups: numbers to give.
        kernel_size: side of the window.
        hidden: units u.
    """

    offsets: Tensor

    def __init__(self, groups: int, kernel_size: int, hidden: int) -> None:
        super().__init__()
        self.hidden = nn.Linear(2, hidden)
        self.output = nn.Linear(hidden, groups)
        reach = kernel_size // 2
        steps = torch.arange(-reach, reach + 1, dtype=torch.float32)
        rows, columns = torch.meshgrid(steps, steps, indexing="ij")
        self.register_buffer("offsets", torch.stack([columns, rows], -1), persistent=False)

    def forward(self) -> Tensor:
        """Give the prior as a table (groups k k)."""
        offsets = self.offsets.to(self.hidden.weight.dtype)
        return self.output(self.hidden(offsets).relu()).movedim(-1, 0)


class LocalRelation(nn.Module):
    """Local relation layer on a feature map (b c h w), in the place of a convolution.

    Parameters: `query` and `key` (groups c 1 1) and `transform` (c' c 1 1), convolutions without
    biases; `prior.hidden`, `prior.output` of the geometry network, or a table `prior_table`
    (groups k k). The values are the input itself.

    Args:
        channels: channels c of the input.
        out_channels: channels c' after the transform; `channels` when None.
        kernel_size: side k of the window, odd.
        stride: distance of the centres of two windows; gives ceil(h / stride) rows.
        dilation: distance of two positions of a window.
        share: how many channels m share a map; the last group may be smaller.
        similarity: "product", "squared" or "absolute" difference.
        boundary: "mask", "zero" or "reflect", what stands beyond the border.
        layout: "contiguous" or "interleaved" groups of channels.
        prior: "network", "table" (each entry learned), or "none".
        prior_hidden: units of the geometry network; half the number of groups when None.
        transform: the 1x1 convolution after the sum; without it `out_channels` must be `channels`.

    Raises:
        ConfigError: an option is unknown, or two of them do not go together.
    """

    def __init__(
        self,
        channels: int,
        *,
        out_channels: int | None = None,
        kernel_size: int = 7,
        stride: int = 1,
        dilation: int = 1,
        share: int = 8,
        similarity: Similarity = "product",
        boundary: Boundary = "mask",
        layout: Layout = "contiguous",
        prior: Literal["network", "table", "none"] = "network",
        prior_hidden: int | None = None,
        transform: bool = True,
    ) -> None:
        super().__init__()
        width = channels if out_channels is None else out_channels
        check_window(kernel_size, boundary)
        _check_choices(similarity, layout, prior)
        _check_sizes(channels, width, transform, (share, stride, dilation, prior_hidden or 1))
        self.channels, self.similarity = channels, similarity
        self.windows = Windows(kernel_size, stride, dilation, boundary, layout)
        self.groups = -(-channels // share)
        self.query = nn.Conv2d(channels, self.groups, 1, bias=False)
        self.key = nn.Conv2d(channels, self.groups, 1, bias=False)
        units = max(self.groups // 2, 1) if prior_hidden is None else prior_hidden
        self.prior = GeometryPrior(self.groups, kernel_size, units) if prior == "network" else None
        shape = (self.groups, kernel_size, kernel_size)
        self.prior_table = nn.Parameter(torch.zeros(shape)) if prior == "table" else None
        self.transform = nn.Conv2d(channels, width, 1, bias=False) if transform else None
        self.tap = Tap("b groups i j")

    def forward(self, x: Tensor) -> Tensor:
        """Relate every position of a map (b c h w) to its window; gives (b c' h' w').

        Raises:
            ShapeError: the rank, the channels or the type is wrong.
        """
        expect(x, "b c h w", "the feature map", c=self.channels)
        expect_dtype(x, "floats", "the feature map")
        queries, keys, prior = self.query(x), self.key(x), self.geometry()
        queries = queries[..., :: self.windows.stride, :: self.windows.stride]
        if not self.tap.listeners and has_relation(x):
            sums = relation_sums(queries, keys, x, prior, self.similarity, self.windows)
        else:
            sums = self._explain(queries, keys, x, prior)
        return sums if self.transform is None else self.transform(sums)

    def geometry(self) -> Tensor | None:
        """The prior as it stands (groups k k); None without one."""
        return self.prior_table if self.prior is None else self.prior()

    @torch.no_grad()
    def freeze_prior(self) -> None:
        """Replace the geometry network by the table that it computes; outputs stay the same."""
        table = self.geometry()
        if table is not None:
            self.prior = None
            self.prior_table = nn.Parameter(table.detach().clone())

    def extra_repr(self) -> str:
        """Show what is not seen in the parts."""
        return f"groups={self.groups}, similarity={self.similarity!r}, {self.windows}"

    def _explain(self, queries: Tensor, keys: Tensor, x: Tensor, prior: Tensor | None) -> Tensor:
        windows = self.windows
        sums, weights = local_relation(
            queries,
            keys,
            x,
            prior,
            kernel_size=windows.kernel_size,
            similarity=self.similarity,
            stride=windows.stride,
            dilation=windows.dilation,
            boundary=windows.boundary,
            layout=windows.layout,
        )
        if self.tap.listeners:
            grid = (x.shape[2], x.shape[3])
            place = Place((sums.shape[2], sums.shape[3]), grid, windows.index(grid))
            self.tap(weights.flatten(3).transpose(2, 3), place)
        return sums


def _check_choices(similarity: str, layout: str, prior: str) -> None:
    choices = (
        ("similarity", similarity, tuple(_SIMILARITIES)),
        ("layout", layout, ("contiguous", "interleaved")),
        ("prior", prior, ("network", "table", "none")),
    )
    for name, value, known in choices:
        if value not in known:
            raise ConfigError(f"{name} out of {', '.join(known)}", repr(value), repr(known[0]))


def _check_sizes(channels: int, width: int, transform: bool, others: tuple[int, ...]) -> None:
    if min(channels, width, *others) < 1:
        got = ", ".join(map(str, (channels, width, *others)))
        names = "channels, out_channels, share, stride, dilation and prior_hidden"
        raise ConfigError(f"positive {names}", got, "share=8")
    if not transform and width != channels:
        raise ConfigError(
            f"out_channels={channels} without a transform", str(width), "transform=True"
        )
