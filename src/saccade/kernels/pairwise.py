"""Sums over windows whose weights are a small network of pairs of positions, and a softmax.

For a window i and its place j, with left maps a (r h' w') and right maps b (r h w):

    z = relu(pair(a_i, b_j))      pair: a - b, or a·b + shift for the first channels
    logits = second · relu(first · z + middle)
    y_i = sum_j softmax_j(logits) v_j

Axes: b batch, c channels, r relations, n compared, o hidden, h height, w width, groups of channels
    that share weights.
Cost: k²·h'·w'·(n·o + o·g + c) multiplications forward, about four times as many for the gradient,
    which makes the logits again; nothing of the size of k² relation maps is kept.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from saccade.kernels.aggregation import aggregate
from saccade.kernels.aggregation_c import SOURCE
from saccade.kernels.choice import chosen
from saccade.kernels.operators import Recipe, Windows, operator
from saccade.kernels.pairwise_c import (
    hidden_backward,
    hidden_forward,
    pairs_backward,
    pairs_forward,
)
from saccade.layers.neighbours import neighbour_index
from saccade.layers.softmax import masked_softmax


@dataclass(frozen=True, slots=True)
class Pairs:
    """What is compared, all in one precision.

    Args:
        left: what a window brings (b r h' w').
        right: what the positions bring (b r h w).
        shift: is added to the products; as many as there are products, one for a dot product.
        products: how many of the leading channels are multiplied; the others are subtracted.
        dot: whether the products are added up to one number.
    """

    left: Tensor
    right: Tensor
    shift: Tensor
    products: int = 0
    dot: bool = False


def pairwise_sums(
    pairs: Pairs, values: Tensor, mapping: tuple[Tensor, Tensor, Tensor], windows: Windows
) -> Tensor:
    """Mix the values of each window by the softmax of the mapping of its pairs.

    Args:
        pairs: what is compared.
        values: (b c h w), of the same precision.
        mapping: first (o n), middle (o) and second (groups o).
        windows: which positions a window sees.

    Returns:
        The mixed values (b c h' w').
    """
    how = (pairs.products, pairs.dot)
    maps = (pairs.left, pairs.right)
    exporting = torch.compiler.is_exporting()
    if not exporting and chosen(values, SOURCE) == "c":
        tensors = (*maps, values, pairs.shift, *mapping)
        return pairs_c(*tensors, *how, *windows.numbers)[0]
    tensors = (*maps, pairs.shift, *mapping)
    if exporting:
        logits = logits_forward(*tensors, *how, windows)[0]
    else:
        logits = logits_torch(*tensors, *how, *windows.numbers)
    weights = window_softmax(logits, (values.shape[-2], values.shape[-1]), windows)
    return aggregate(
        values,
        weights,
        kernel_size=windows.kernel_size,
        stride=windows.stride,
        dilation=windows.dilation,
        boundary=windows.boundary,
        layout=windows.layout,
    )


def hidden_moments(pairs: Pairs, first: Tensor, windows: Windows) -> tuple[Tensor, Tensor]:
    """Mean and variance (o each) of first · z over all images, windows and places.

    Args:
        pairs: what is compared.
        first: matrix (o n).
        windows: which positions a window sees.
    """
    tensors = (pairs.left, pairs.right, pairs.shift, first)
    how = (pairs.products, pairs.dot)
    if torch.compiler.is_exporting():
        found = moments_forward(*tensors, *how, windows)[0]
    else:
        found = _MOMENTS[chosen(first, SOURCE)](*tensors, *how, *windows.numbers)
    return found[0], found[1]


def window_softmax(logits: Tensor, grid: tuple[int, int], windows: Windows) -> Tensor:
    """Turn logits (b groups j h' w') into weights that sum to one over j.

    Args:
        logits: of the places of each window.
        grid: sizes (h, w) of the map.
        windows: under "mask" their places beyond the border get 0.
    """
    if windows.boundary != "mask":
        return logits.softmax(2)
    index = neighbour_index(
        grid,
        windows.kernel_size,
        stride=windows.stride,
        dilation=windows.dilation,
        boundary=windows.boundary,
    )
    inside = (index >= 0).to(logits.device).view(*logits.shape[-2:], -1)
    return masked_softmax(logits.movedim(2, -1), inside).movedim(-1, 2)


def _compare(left: Tensor, there: Tensor, shift: Tensor, products: int, dot: bool) -> Tensor:
    """z of one place (b n h'·w')."""
    if not products:
        return (left - there).flatten(2).relu_()
    multiplied = left[:, :products] * there[:, :products]
    if dot:
        multiplied = multiplied.sum(1, keepdim=True)
    rest = left[:, products:] - there[:, products:]
    return torch.cat([multiplied + shift[:, None, None], rest], 1).flatten(2).relu_()


class _Slopes:
    """Gradients of left, right and shift, place by place."""

    def __init__(self, tensors: tuple[Tensor, ...], products: int, dot: bool, win: Windows) -> None:
        self.left, self.right, self.shift = tensors[0], win.pad(tensors[1]), tensors[2]
        self.products, self.dot, self.windows = products, dot, win
        self.size = (tensors[1].shape[-2], tensors[1].shape[-1])
        self.places = win.slices(self.left.shape)
        self.d_left, self.d_right = torch.zeros_like(self.left), torch.zeros_like(self.right)
        self.d_shift = torch.zeros_like(self.shift)

    def compare(self, place: tuple[slice, slice]) -> Tensor:
        """z of one place (b n h'·w')."""
        there = self.right[..., place[0], place[1]]
        return _compare(self.left, there, self.shift, self.products, self.dot)

    def add(self, place: tuple[slice, slice], slope: Tensor) -> None:
        """Take the slopes of what was compared (b n h'·w')."""
        slope = slope.view(len(self.left), -1, *self.left.shape[2:])
        count, target = self.products, self.d_right[..., place[0], place[1]]
        many = 1 if self.dot else count
        if count:
            there = self.right[:, :count, place[0], place[1]]
            self.d_shift += slope[:, :many].sum((0, 2, 3))
            self.d_left[:, :count] += slope[:, :many] * there
            target[:, :count] += slope[:, :many] * self.left[:, :count]
        self.d_left[:, count:] += slope[:, many:]
        target[:, count:] -= slope[:, many:]

    def found(self) -> tuple[Tensor, ...]:
        """The gradients of left, right and shift."""
        return self.d_left, self.windows.unpad(self.d_right, self.size), self.d_shift


def logits_forward(
    left: Tensor,
    right: Tensor,
    shift: Tensor,
    first: Tensor,
    middle: Tensor,
    second: Tensor,
    products: int,
    dot: bool,
    windows: Windows,
) -> tuple[Tensor, ...]:
    """Logits (b groups j h' w') of all windows, place by place."""
    padded, found = windows.pad(right), []
    for row, column in windows.slices(left.shape):
        z = _compare(left, padded[..., row, column], shift, products, dot)
        hidden = (first @ z).add_(middle[:, None]).relu_()
        found.append(second @ hidden)
    return (torch.stack(found, 2).unflatten(3, left.shape[2:]),)  # type: ignore[no-untyped-call]


def logits_backward(
    gradient: Tensor, _: Tensor, *rest: Tensor | int | bool | Windows
) -> tuple[Tensor, ...]:
    """Give the gradients of everything that the logits were made of."""
    left, right, shift, first, middle, second = (x for x in rest[:6] if isinstance(x, Tensor))
    slopes = _Slopes((left, right, shift), *rest[6:])  # type: ignore[arg-type]
    d_first, d_middle, d_second = (torch.zeros_like(x) for x in (first, middle, second))
    for j, place in enumerate(slopes.places):
        z = slopes.compare(place)
        hidden = (first @ z).add_(middle[:, None]).relu_()
        slope = gradient[:, :, j].flatten(2)
        d_second += torch.einsum("bgi,boi->go", slope, hidden)
        slope = (second.mT @ slope).mul_(hidden > 0)
        d_middle += slope.sum((0, 2))
        d_first += torch.einsum("boi,bni->on", slope, z)
        slopes.add(place, (first.mT @ slope).mul_(z > 0))
    return (*slopes.found(), d_first, d_middle, d_second)


def moments_forward(
    left: Tensor,
    right: Tensor,
    shift: Tensor,
    first: Tensor,
    products: int,
    dot: bool,
    windows: Windows,
) -> tuple[Tensor, ...]:
    """Mean and variance of first · z (2 o): one pass for sums from a first guess."""
    padded, sums, pivot = windows.pad(right), [], None
    for row, column in windows.slices(left.shape):
        hidden = first @ _compare(left, padded[..., row, column], shift, products, dot)
        if pivot is None:
            pivot = hidden.mean((0, 2))
        away = hidden.sub_(pivot[:, None])
        sums.append(torch.stack([away.mean((0, 2)), away.square_().mean((0, 2))]))
    mean, square = torch.stack(sums).mean(0)
    start = torch.zeros_like(mean) if pivot is None else pivot
    return (torch.stack([start + mean, square - mean.square()]),)


def moments_backward(
    gradient: Tensor, found: Tensor, *rest: Tensor | int | bool | Windows
) -> tuple[Tensor, ...]:
    """Give the gradients of everything that the moments were made of."""
    left, right, shift, first = (x for x in rest[:4] if isinstance(x, Tensor))
    slopes = _Slopes((left, right, shift), *rest[4:])  # type: ignore[arg-type]
    count = left.shape[0] * len(slopes.places) * left.shape[2] * left.shape[3]
    per, start = 2 * gradient[1] / count, gradient[0] / count
    start, d_first = start - per * found[0], torch.zeros_like(first)
    for place in slopes.places:
        z = slopes.compare(place)
        slope = (first @ z).mul_(per[:, None]).add_(start[:, None])
        d_first += torch.einsum("boi,bni->on", slope, z)
        slopes.add(place, (first.mT @ slope).mul_(z > 0))
    return (*slopes.found(), d_first)


def _sum_shapes(left: Tensor, _: Tensor, values: Tensor, *rest: object) -> tuple[object, ...]:
    second, size = rest[3], left.shape[2:]
    groups = len(second) if isinstance(second, Tensor) else 0
    return (*values.shape[:2], *size), (values.shape[0], groups, 2, *size)


def _logit_shapes(left: Tensor, *rest: object) -> tuple[tuple[int, ...], ...]:
    second, windows = rest[4], rest[-1]
    places = windows.places if isinstance(windows, Windows) else 0
    groups = len(second) if isinstance(second, Tensor) else 0
    return ((left.shape[0], groups, places, *left.shape[2:]),)


def _moment_shapes(*rest: Tensor) -> tuple[tuple[int, ...], ...]:
    return ((2, len(rest[3])),)


_MAPS = "Tensor left, Tensor right"
_FIRST = "Tensor shift, Tensor first"
_OPTIONS = "int products, bool dot"
pairs_c = operator(
    Recipe(
        name="pairs_c",
        inputs=f"{_MAPS}, Tensor values, {_FIRST}, Tensor middle, Tensor second",
        options=_OPTIONS,
        outputs=2,
        forward=pairs_forward,
        backward=pairs_backward,
        shapes=_sum_shapes,
    )
)
logits_torch = operator(
    Recipe(
        name="logits_torch",
        inputs=f"{_MAPS}, {_FIRST}, Tensor middle, Tensor second",
        options=_OPTIONS,
        forward=logits_forward,
        backward=logits_backward,
        shapes=_logit_shapes,
    )
)
moments_c, moments_torch = (
    operator(
        Recipe(
            name=name,
            inputs=f"{_MAPS}, {_FIRST}",
            options=_OPTIONS,
            forward=forward,
            backward=backward,
            shapes=_moment_shapes,
        )
    )
    for name, forward, backward in (
        ("moments_c", hidden_forward, hidden_backward),
        ("moments_torch", moments_forward, moments_backward),
    )
)
_MOMENTS = {"c": moments_c, "torch": moments_torch, "triton": moments_torch}
