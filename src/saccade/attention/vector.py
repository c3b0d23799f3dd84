"""Vector self-attention: in each window, every group of channels has weights of its own.

Source: Zhao, Jia, Koltun, "Exploring Self-attention for Image Recognition", CVPR 2020,
arXiv:2004.13621, sections 3.1 (pairwise, eq. 2-4), 3.2 (patchwise, eq. 5) and 4.
Axes: b batch, c channels, h height, w width, groups of channels that share a weight, i windows row
    by row, j the k² positions of a window row by row.
Cost: k²·h·w·(r² + r·g) multiplications for the pairwise weights, with r relation channels and g
    groups, k²·h·w·(r·g + g²) for the patchwise ones, and k²·h·w·c' for the sums.
Differs: maps smaller than the reach of a window are mirrored as often as it takes, where the
    authors' code fails; dilation widens the patchwise padding too.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Literal

import torch
from torch import Tensor, nn

from saccade.attention.place import Place
from saccade.attention.tap import Attended, Tap
from saccade.errors import ConfigError
from saccade.kernels.aggregation import aggregate
from saccade.layers.neighbours import (
    Boundary,
    check_window,
    neighbour_index,
    pad_map,
    window_slices,
)
from saccade.layers.softmax import masked_softmax
from saccade.shapes import expect, expect_dtype

Kind = Literal["pairwise", "patchwise"]
# How two vectors are compared (b r h w), in the pairwise operator; eq. 4.
_PAIRWISE: Mapping[str, Callable[[Tensor, Tensor], Tensor]] = MappingProxyType(
    {
        "summation": lambda phi, psi: phi + psi,
        "subtraction": lambda phi, psi: phi - psi,
        "concatenation": lambda phi, psi: torch.cat([phi, psi], 1),
        "hadamard": lambda phi, psi: phi * psi,
        "dot_product": lambda phi, psi: (phi * psi).sum(1, keepdim=True),
    }
)
RELATIONS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "pairwise": tuple(_PAIRWISE),
        "patchwise": ("concatenation", "star_product", "clique_product"),
    }
)


def relation_size(kind: str, relation: str, channels: int, kernel_size: int) -> int:
    """Count the channels of what is compared, without positions.

    Args:
        kind: "pairwise" or "patchwise".
        relation: of `RELATIONS`.
        channels: r of phi and psi.
        kernel_size: side of a window.
    """
    slots = kernel_size**2
    if kind == "pairwise":
        return {"concatenation": 2 * channels, "dot_product": 1}.get(relation, channels)
    sizes = {"star_product": slots, "clique_product": slots**2}
    return sizes.get(relation, channels * (slots + 1))


def patch_relation(relation: str, phi: Tensor, patches: tuple[Tensor, ...]) -> Tensor:
    """Describe whole windows (section 3.2).

    Args:
        relation: "concatenation" of phi_i and every psi_j, "star_product" phi_i·psi_j of every j,
            or "clique_product" phi_j·psi_k of every pair.
        phi: phi of the centres (b r h' w').
        patches: psi of the windows (b r j h' w'), and for the clique phi of the windows as well.
    """
    psi = patches[0]
    if relation == "concatenation":
        return torch.cat([phi, psi.flatten(1, 2)], 1)
    if relation == "star_product":
        return (phi[:, :, None] * psi).sum(1)
    return torch.einsum("brjhw,brkhw->bjkhw", patches[1], psi).flatten(1, 2)


class VectorAttention(nn.Module):
    """SAN's self-attention of a feature map (b c h w) in windows of k x k positions.

    Parameters, as in the authors' code: `conv1` phi and `conv2` psi (r c 1 1), `conv3` beta
    (c' c 1 1), all with biases; `conv_w` gamma: batch norm, ReLU, convolution without bias, batch
    norm, ReLU, convolution; `conv_p` (2 2 1 1) of the positions, for the pairwise operator only.
    Channel n of the values takes the weights of group n mod (c' / share).

    Args:
        channels: channels c of the input.
        kind: "pairwise" compares the centre with one position and takes a softmax over the window;
            "patchwise" looks at the window as a whole, without a softmax.
        relation: pairwise "subtraction", "summation", "concatenation", "hadamard" or
            "dot_product"; patchwise "concatenation", "star_product" or "clique_product".
        out_channels: channels c' of the output; `channels` when None (a quarter in the paper's
            networks).
        relation_channels: r, channels of phi and psi; a sixteenth of `channels` when None.
        kernel_size: side k of the window, odd.
        stride: distance of the centres of two windows; gives ceil(h / stride) rows.
        dilation: distance of two positions of a window.
        share: how many channels of the output share a weight; divides `out_channels`.
        boundary: "reflect" mirrors the map, "zero" pads it, "mask" leaves outside out (pairwise).
        positions: compare positions too, in the pairwise operator.

    Raises:
        ConfigError: an option is unknown, or `share` does not divide.
    """

    def __init__(
        self,
        channels: int,
        *,
        kind: Kind = "pairwise",
        relation: str = "subtraction",
        out_channels: int | None = None,
        relation_channels: int | None = None,
        kernel_size: int = 7,
        stride: int = 1,
        dilation: int = 1,
        share: int = 8,
        boundary: Boundary = "reflect",
        positions: bool = True,
    ) -> None:
        super().__init__()
        width = channels if out_channels is None else out_channels
        inner = max(channels // 16, 1) if relation_channels is None else relation_channels
        check_window(kernel_size, boundary)
        _check(kind, relation, boundary)
        _check_sizes(width, share, (inner, stride, dilation))
        self.kind, self.relation, self.boundary = kind, relation, boundary
        self.kernel_size, self.stride, self.dilation = kernel_size, stride, dilation
        self.groups = width // share
        self.conv1 = nn.Conv2d(channels, inner, 1)
        self.conv2 = nn.Conv2d(channels, inner, 1)
        self.conv3 = nn.Conv2d(channels, width, 1)
        compared = relation_size(kind, relation, inner, kernel_size)
        with_positions = positions and kind == "pairwise"
        self.conv_p = nn.Conv2d(2, 2, 1) if with_positions else None
        self.conv_w = self._gamma(compared + 2 * with_positions, inner)
        self.tap = Tap("b groups i j")

    def _gamma(self, compared: int, inner: int) -> nn.Sequential:
        slots = self.kernel_size**2
        hidden = inner if self.kind == "pairwise" else self.groups
        outputs = self.groups if self.kind == "pairwise" else slots * self.groups
        return nn.Sequential(
            nn.BatchNorm2d(compared),
            nn.ReLU(),
            nn.Conv2d(compared, hidden, 1, bias=False),
            nn.BatchNorm2d(hidden),
            nn.ReLU(),
            nn.Conv2d(hidden, outputs, 1),
        )

    def reset_parameters(self) -> None:
        """Draw all weights by torch's rules, as the authors do."""
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d | nn.BatchNorm2d):
                layer.reset_parameters()

    def forward(self, x: Tensor) -> Tensor:
        """Mix every window of a map (b c h w); gives (b c' h' w').

        Raises:
            ShapeError: the rank, the channels or the type is wrong.
        """
        expect(x, "b c h w", "the feature map", c=self.conv3.in_channels)
        expect_dtype(x, "floats", "the feature map")
        output, weights = self.attend(x)
        if self.tap.listeners:
            grid = (x.shape[2], x.shape[3])
            place = Place((output.shape[2], output.shape[3]), grid, self._index(grid))
            self.tap(weights.flatten(3).transpose(2, 3), place)
        return output

    def attend(self, x: Tensor) -> Attended:
        """Give the output (b c' h' w') and its weights (b groups j h' w')."""
        psi = pad_map(self.conv2(x), self.dilation * (self.kernel_size // 2), self.boundary)
        phi = self.conv1(x)
        if self.kind == "pairwise":
            centres = phi[..., :: self.stride, :: self.stride]
            weights = self._pairwise(centres, psi, (x.shape[2], x.shape[3]))
        else:
            weights = self._patchwise(phi, psi)
        output = aggregate(
            self.conv3(x),
            weights,
            kernel_size=self.kernel_size,
            stride=self.stride,
            dilation=self.dilation,
            boundary=self.boundary,
            layout="interleaved",
        )
        return Attended(output, weights)

    def extra_repr(self) -> str:
        """Show what is not seen in the parts."""
        return (
            f"kind={self.kind!r}, relation={self.relation!r}, kernel_size={self.kernel_size}, "
            f"stride={self.stride}, dilation={self.dilation}, boundary={self.boundary!r}"
        )

    def _pairwise(self, phi: Tensor, psi: Tensor, grid: tuple[int, int]) -> Tensor:
        """Softmax over the window of gamma(delta(x_i, x_j), p_i - p_j), (b groups j h' w').

        Offsets are worked off one by one; only while the batch norms of gamma learn must they see
        all pairs at once.
        """
        compare, slices = _PAIRWISE[self.relation], self._slices(phi)
        far = self._distances(phi, grid, slices)
        if self.training:
            pairs = torch.stack([compare(phi, psi[..., r, c]) for r, c in slices], 2)
            if far is not None:
                pairs = torch.cat([pairs, far.expand(len(pairs), -1, -1, -1, -1)], 1)
            scores = self.conv_w(pairs.flatten(3)).view(len(phi), -1, len(slices), *phi.shape[2:])
        else:
            scores = torch.stack(
                [
                    self._score(compare(phi, psi[..., r, c]), None if far is None else far[:, :, j])
                    for j, (r, c) in enumerate(slices)
                ],
                2,
            )
        if self.boundary != "mask":
            return scores.softmax(2)
        inside = (self._index(grid) >= 0).to(phi.device).view(*phi.shape[2:], -1)
        return masked_softmax(scores.movedim(2, -1), inside).movedim(-1, 2)

    def _score(self, compared: Tensor, far: Tensor | None) -> Tensor:
        if far is not None:
            compared = torch.cat([compared, far.expand(len(compared), -1, -1, -1)], 1)
        return self.conv_w(compared)

    def _patchwise(self, phi: Tensor, psi: Tensor) -> Tensor:
        """Gamma of whole windows, without a softmax, (b groups j h' w')."""
        centres = phi[..., :: self.stride, :: self.stride]
        slices = self._slices(centres)
        patches = [torch.stack([psi[..., r, c] for r, c in slices], 2)]
        if self.relation == "clique_product":
            wide = pad_map(phi, self.dilation * (self.kernel_size // 2), self.boundary)
            patches.append(torch.stack([wide[..., r, c] for r, c in slices], 2))
        weights = self.conv_w(patch_relation(self.relation, centres, tuple(patches)))
        return weights.view(len(phi), self.groups, len(slices), *centres.shape[2:])

    def _slices(self, windows: Tensor) -> list[tuple[slice, slice]]:
        size = (windows.shape[-2], windows.shape[-1])
        return window_slices(size, self.kernel_size, stride=self.stride, dilation=self.dilation)

    def _index(self, grid: tuple[int, int]) -> Tensor:
        return neighbour_index(
            grid,
            self.kernel_size,
            stride=self.stride,
            dilation=self.dilation,
            boundary=self.boundary,
        )

    def _distances(
        self, windows: Tensor, grid: tuple[int, int], slices: list[tuple[slice, slice]]
    ) -> Tensor | None:
        """Differences p_i - p_j of the positions that the layer has learned (1 2 j h' w')."""
        if self.conv_p is None:
            return None
        exact = windows.dtype if windows.dtype == torch.float64 else torch.float32
        rows, columns = (
            torch.linspace(-1.0, 1.0, size, device=windows.device, dtype=exact) for size in grid
        )
        places = torch.stack([columns.expand(grid), rows[:, None].expand(grid)]).to(windows.dtype)[
            None
        ]
        learned = self.conv_p(places)
        reach = self.dilation * (self.kernel_size // 2)
        around = pad_map(learned, reach, self.boundary)
        here = learned[..., :: self.stride, :: self.stride]
        return torch.stack([here - around[..., r, c] for r, c in slices], 2)


def _check(kind: str, relation: str, boundary: str) -> None:
    if kind not in RELATIONS:
        raise ConfigError("kind pairwise or patchwise", repr(kind), "kind='pairwise'")
    if relation not in RELATIONS[kind]:
        names = ", ".join(RELATIONS[kind])
        raise ConfigError(f"for kind={kind!r} a relation out of {names}", repr(relation))
    if kind == "patchwise" and boundary == "mask":
        raise ConfigError(
            "boundary zero or reflect for patchwise weights, which know no softmax",
            "'mask'",
            "boundary='reflect'",
        )


def _check_sizes(width: int, share: int, others: tuple[int, ...]) -> None:
    if min(width, share, *others) < 1:
        raise ConfigError("positive numbers", f"{(width, share, *others)}", "the defaults")
    if width % share:
        near = [m for m in range(1, width + 1) if width % m == 0]
        raise ConfigError(
            f"a share that divides the {width} output channels",
            str(share),
            f"share={min(near, key=lambda m: abs(m - share))}",
        )
