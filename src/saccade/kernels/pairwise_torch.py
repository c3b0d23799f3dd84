"""The pairwise mapping of vector attention by plain torch; see `saccade.kernels.pairwise`.

Places of windows are worked off one by one; the gradient makes what it needs of each again.

Axes: b batch, r relations, n compared, o hidden, h height, w width, groups of channels that share
    weights, j the k² places of a window.
"""

import torch
from torch import Tensor

from saccade.kernels.operators import Windows


def _where_on(slope: Tensor, active: Tensor) -> Tensor:
    """The gradient of a ReLU that gave `active`."""
    return torch.ops.aten.threshold_backward(slope, active, 0)


def _compare(left: Tensor, there: Tensor, shift: Tensor, products: int, dot: bool) -> Tensor:
    """What the mapping reads of one place (b n h'·w'), after its ReLU."""
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
        """What the mapping reads of one place (b n h'·w'), after its ReLU."""
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
        found.append(second @ (first @ z).add_(middle[:, None]).relu_())
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
        d_second += (slope @ hidden.mT).sum(0)
        slope = _where_on(second.mT @ slope, hidden)
        d_middle += slope.sum((0, 2))
        d_first += (slope @ z.mT).sum(0)
        slopes.add(place, _where_on(first.mT @ slope, z))
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
        d_first += (slope @ z.mT).sum(0)
        slopes.add(place, _where_on(first.mT @ slope, z))
    return (*slopes.found(), d_first)
