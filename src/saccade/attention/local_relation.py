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
from saccade.kernels.aggregation import Layout, aggregate
from saccade.layers.neighbours import (
    Boundary,
    check_window,
    neighbour_index,
    pad_map,
    window_slices,
)
from saccade.layers.softmax import masked_softmax
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
        boundary: what stands beyond the border; "mask" leaves it out of the softmax.
        layout: which channels share a map: "contiguous" neighbours or "interleaved" ones.

    Returns:
        The sums (b c h' w') and the weights (b groups j h' w'), which sum to one over j.
    """
    padded = pad_map(keys, kernel_size // 2, boundary)
    size = (queries.shape[-2], queries.shape[-1])
    compare = _SIMILARITIES[similarity]
    scores = torch.stack(
        [
            compare(queries, padded[..., rows, columns])
            for rows, columns in window_slices(size, kernel_size, stride=stride)
        ],
        dim=2,
    )
    if prior is not None:
        scores = scores + prior.flatten(1)[:, :, None, None]
    inside = None
    if boundary == "mask":
        grid = (keys.shape[-2], keys.shape[-1])
        index = neighbour_index(grid, kernel_size, stride=stride, boundary=boundary)
        inside = (index >= 0).to(keys.device).view(*size, -1)
    weights = masked_softmax(scores.movedim(2, -1), inside).movedim(-1, 2)
    sums = aggregate(
        values, weights, kernel_size=kernel_size, stride=stride, boundary=boundary, layout=layout
    )
    return Attended(sums, weights)


class GeometryPrior(nn.Module):
    """A small network from the offset of two positions to one number per group.

    Parameters: `hidden` (u 2) and `output` (groups u) with biases. Offsets (dx, dy) are those of
    the key from the query in positions, to the right and down, over the reach of the window.

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
        steps = torch.arange(-reach, reach + 1) / max(reach, 1)
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
        _check_sizes(channels, width, share, stride, transform)
        self.channels, self.kernel_size, self.stride = channels, kernel_size, stride
        self.similarity, self.boundary, self.layout = similarity, boundary, layout
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
        sums, weights = local_relation(
            self.query(x)[..., :: self.stride, :: self.stride],
            self.key(x),
            x,
            self.geometry(),
            kernel_size=self.kernel_size,
            similarity=self.similarity,
            stride=self.stride,
            boundary=self.boundary,
            layout=self.layout,
        )
        if self.tap.listeners:
            grid = (x.shape[2], x.shape[3])
            index = neighbour_index(
                grid, self.kernel_size, stride=self.stride, boundary=self.boundary
            )
            place = Place((sums.shape[2], sums.shape[3]), grid, index)
            self.tap(weights.flatten(3).transpose(2, 3), place)
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
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, groups={self.groups}, "
            f"similarity={self.similarity!r}, boundary={self.boundary!r}, layout={self.layout!r}"
        )


def _check_choices(similarity: str, layout: str, prior: str) -> None:
    choices = (
        ("similarity", similarity, tuple(_SIMILARITIES)),
        ("layout", layout, ("contiguous", "interleaved")),
        ("prior", prior, ("network", "table", "none")),
    )
    for name, value, known in choices:
        if value not in known:
            raise ConfigError(f"{name} out of {', '.join(known)}", repr(value), repr(known[0]))


def _check_sizes(channels: int, width: int, share: int, stride: int, transform: bool) -> None:
    if min(channels, width, share, stride) < 1:
        got = f"{channels}, {width}, {share} and {stride}"
        raise ConfigError("positive channels, out_channels, share and stride", got, "share=8")
    if not transform and width != channels:
        raise ConfigError(
            f"out_channels={channels} without a transform", str(width), "transform=True"
        )
