"""Vector self-attention: in each window, every group of channels has weights of its own.

Source: Zhao, Jia, Koltun, "Exploring Self-attention for Image Recognition", CVPR 2020,
arXiv:2004.13621, sections 3.1 (pairwise, eq. 2-4), 3.2 (patchwise, eq. 5) and 4.
Axes: b batch, c channels, h height, w width, groups of channels that share a weight, i windows row
    by row, j the k² positions of a window row by row.
Cost: k²·h·w·(r² + r·g) multiplications for the pairwise weights, with r relation channels and g
    groups, k²·h·w·(r·g + g²) for the patchwise ones, and k²·h·w·c' for the sums.
Differs: maps smaller than the reach of a window are mirrored as often as it takes, where the
    authors' code fails; dilation widens the patchwise padding too. The batch norms of gamma are
    taken over all pairs, as theirs, but the pairs are never held all at once.
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
from saccade.kernels.gamma import fold_pairs, fold_patches, foldable
from saccade.kernels.operators import Layout, Windows
from saccade.kernels.pairwise import Pairs, pairwise_sums, window_softmax
from saccade.layers.neighbours import Boundary, check_window
from saccade.shapes import expect, expect_dtype

Kind = Literal["pairwise", "patchwise"]
# How two vectors are compared (b r h w), in the pairwise operator; eq. 4.
_PAIRWISE: Mapping[str, Callable[[Tensor, Tensor], Tensor]] = MappingProxyType(
    {
        "subtraction": lambda phi, psi: phi - psi,
        "summation": lambda phi, psi: phi + psi,
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
        relation: pairwise "subtraction" (when None), "summation", "concatenation", "hadamard" or
            "dot_product"; patchwise "concatenation" (when None), "star_product" or
            "clique_product".
        out_channels: channels c' of the output; `channels` when None (a quarter in the paper's
            networks).
        relation_channels: r, channels of phi and psi; a sixteenth of `channels` when None.
        kernel_size: side k of the window, odd.
        stride: distance of the centres of two windows; gives ceil(h / stride) rows.
        dilation: distance of two positions of a window.
        share: how many channels of the output share a weight; divides `out_channels`.
        boundary: "reflect" mirrors the map, "zero" pads it, "mask" leaves outside out (pairwise).
        positions: compare positions too, in the pairwise operator.
        layout: "interleaved" groups of channels, or "contiguous" ones.

    Raises:
        ConfigError: an option is unknown, or `share` does not divide.
    """

    def __init__(
        self,
        channels: int,
        *,
        kind: Kind = "pairwise",
        relation: str | None = None,
        out_channels: int | None = None,
        relation_channels: int | None = None,
        kernel_size: int = 7,
        stride: int = 1,
        dilation: int = 1,
        share: int = 8,
        boundary: Boundary = "reflect",
        positions: bool = True,
        layout: Layout = "interleaved",
    ) -> None:
        super().__init__()
        width = channels if out_channels is None else out_channels
        inner = max(channels // 16, 1) if relation_channels is None else relation_channels
        check_window(kernel_size, boundary)
        self.kind, self.relation = kind, _check(kind, relation, boundary, layout)
        _check_sizes(width, share, (inner, stride, dilation))
        self.windows = Windows(kernel_size, stride, dilation, boundary, layout)
        self.groups = width // share
        self.conv1 = nn.Conv2d(channels, inner, 1)
        self.conv2 = nn.Conv2d(channels, inner, 1)
        self.conv3 = nn.Conv2d(channels, width, 1)
        compared = relation_size(kind, self.relation, inner, kernel_size)
        with_positions = positions and kind == "pairwise"
        self.conv_p = nn.Conv2d(2, 2, 1) if with_positions else None
        self.conv_w = self._gamma(compared + 2 * with_positions, inner)
        self.tap = Tap("b groups i j")

    def _gamma(self, compared: int, inner: int) -> nn.Sequential:
        places = self.windows.places
        hidden = inner if self.kind == "pairwise" else self.groups
        outputs = self.groups if self.kind == "pairwise" else places * self.groups
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
        if self.kind == "pairwise" and not self.tap.listeners and self._foldable(x):
            return self._pairs_at_once(x)
        output, weights = self.attend(x)
        if self.tap.listeners:
            grid = (x.shape[2], x.shape[3])
            place = Place((output.shape[2], output.shape[3]), grid, self.windows.index(grid))
            self.tap(weights.flatten(3).transpose(2, 3), place)
        return output

    def attend(self, x: Tensor) -> Attended:
        """Give the output (b c' h' w') and its weights (b groups j h' w')."""
        phi, psi, grid = self.conv1(x), self.conv2(x), (x.shape[2], x.shape[3])
        if self.kind == "pairwise":
            weights = window_softmax(self._pair_logits(phi, psi), grid, self.windows)
        elif self.relation == "concatenation" and self._foldable(x):
            weights = self._patch_weights_by_place(phi, psi)
        else:
            weights = self._patch_weights(phi, psi)
        return Attended(aggregate_over(self.conv3(x), weights, self.windows), weights)

    def extra_repr(self) -> str:
        """Show what is not seen in the parts."""
        return f"kind={self.kind!r}, relation={self.relation!r}, {self.windows}"

    def _centres(self, x: Tensor) -> Tensor:
        return x[..., :: self.windows.stride, :: self.windows.stride]

    def _pair_logits(self, phi: Tensor, psi: Tensor) -> Tensor:
        """gamma(delta(x_i, x_j), p_i - p_j) as the equations say it (b groups j h' w')."""
        compare, centres, around = _PAIRWISE[self.relation], self._centres(phi), self._around(psi)
        learned = self._learned_positions(psi)
        pairs = [compare(centres, there) for there in around]
        if learned is not None:
            here, size = self._centres(learned), (len(phi), -1, -1, -1)
            places = [(here - there).expand(size) for there in self._around(learned)]
            pairs = [torch.cat(both, 1) for both in zip(pairs, places, strict=True)]
        if any(norm.training for norm in self.conv_w):  # its norms must see all pairs at once
            logits = self.conv_w(torch.stack(pairs, 2).flatten(3))
            return logits.unflatten(3, centres.shape[2:])
        return torch.stack([self.conv_w(pair) for pair in pairs], 2)

    def _patch_weights(self, phi: Tensor, psi: Tensor) -> Tensor:
        """Gamma of whole windows as section 3.2 says it, (b groups j h' w')."""
        patches = [torch.stack(self._around(psi), 2)]
        if self.relation == "clique_product":
            patches.append(torch.stack(self._around(phi), 2))
        centres = self._centres(phi)
        weights = self.conv_w(patch_relation(self.relation, centres, tuple(patches)))
        return weights.unflatten(1, (self.groups, -1))

    def _around(self, x: Tensor) -> list[Tensor]:
        """What all windows see at each of their places, k² views (b c h' w') of one padded map."""
        padded, size = self.windows.pad(x), self._centres(x).shape
        return [padded[..., row, column] for row, column in self.windows.slices(size)]

    def _learned_positions(self, like: Tensor) -> Tensor | None:
        """The layer's map of positions (1 2 h w): coordinates from -1 to 1, across first."""
        if self.conv_p is None:
            return None
        grid = (like.shape[-2], like.shape[-1])
        exact = torch.promote_types(like.dtype, torch.float32)
        rows, columns = (
            torch.linspace(-1.0, 1.0, size, device=like.device, dtype=exact) for size in grid
        )
        places = torch.stack([columns.expand(grid), rows[:, None].expand(grid)])
        return self.conv_p(places.to(like.dtype)[None])

    def _foldable(self, x: Tensor) -> bool:
        count = x.shape[0] * self.windows.count(x.shape[2]) * self.windows.count(x.shape[3])
        return foldable(self.conv_w, count)

    def _pairs_at_once(self, x: Tensor) -> Tensor:
        """The pairwise operator without its weights: nothing of k² times the map is held."""
        kind = torch.promote_types(x.dtype, torch.float32)
        values, (left, right) = self.conv3(x), self._sides(x, kind)
        products = self.conv1.out_channels * (self.relation in ("hadamard", "dot_product"))
        sides = Pairs(left, right, left.new_zeros(0), products, self.relation == "dot_product")
        pairs, mapping = fold_pairs(sides, self.conv_w, self.windows)
        return pairwise_sums(pairs, values.to(kind), mapping, self.windows).to(values.dtype)

    def _sides(self, x: Tensor, kind: torch.dtype) -> tuple[Tensor, Tensor]:
        """What windows and what positions bring to be subtracted, or multiplied first."""
        left, right = [self._centres(self.conv1(x)).to(kind)], [self.conv2(x).to(kind)]
        learned = self._learned_positions(right[0].to(x.dtype))
        if self.relation == "summation":
            right = [-right[0]]
        if self.relation == "concatenation":
            left, right = [left[0], 0 * left[0]], [0 * right[0], -right[0]]
        if learned is not None:
            learned = learned.to(kind).expand(len(x), -1, -1, -1)
            left, right = [*left, self._centres(learned)], [*right, learned]
        return torch.cat(left, 1), torch.cat(right, 1)

    def _patch_weights_by_place(self, phi: Tensor, psi: Tensor) -> Tensor:
        """Gamma of concatenated windows, the first layer place by place."""
        kind = torch.promote_types(phi.dtype, torch.float32)
        hidden = fold_patches(self._centres(phi).to(kind), psi.to(kind), self.conv_w, self.windows)
        return self.conv_w[3:](hidden.to(phi.dtype)).unflatten(1, (self.groups, -1))


def _check(kind: str, relation: str | None, boundary: str, layout: str) -> str:
    if kind not in RELATIONS:
        raise ConfigError("kind pairwise or patchwise", repr(kind), "kind='pairwise'")
    chosen = RELATIONS[kind][0] if relation is None else relation
    if chosen not in RELATIONS[kind]:
        names = ", ".join(RELATIONS[kind])
        raise ConfigError(f"for kind={kind!r} a relation out of {names}", repr(relation))
    if kind == "patchwise" and boundary == "mask":
        raise ConfigError(
            "boundary zero or reflect for patchwise weights, which know no softmax",
            "'mask'",
            "boundary='reflect'",
        )
    if layout not in ("interleaved", "contiguous"):
        raise ConfigError("layout interleaved or contiguous", repr(layout), "'interleaved'")
    return chosen


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
