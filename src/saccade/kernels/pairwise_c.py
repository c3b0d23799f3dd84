"""The pairwise mapping of vector attention by `aggregation.c`; see `saccade.kernels.pairwise`.

Axes: b batch, c channels, r relations, n compared, o hidden, h height, w width, groups of channels
    that share weights.
"""

import torch
from torch import Tensor

from saccade.kernels.aggregation_c import Padded, Sums
from saccade.kernels.operators import Windows


def pairs_forward(
    left: Tensor,
    right: Tensor,
    values: Tensor,
    shift: Tensor,
    first: Tensor,
    middle: Tensor,
    second: Tensor,
    products: int,
    dot: bool,
    windows: Windows,
) -> tuple[Tensor, ...]:
    """The mixed values, and largest logit and 1/sum of each window (b groups 2 h' w')."""
    sums = _sums("pairwise", (left, right, first), products, dot, windows, values, second)
    out = values.new_empty(*values.shape[:2], *left.shape[2:])
    kept = values.new_empty(values.shape[0], len(second), 2, *left.shape[2:])
    sums.run(
        {
            "left": left,
            "right": sums.pad(right),
            "values": sums.pad(values),
            "shift": shift,
            "first": first,
            "middle": middle,
            "second": second,
            "out": out,
            "kept": kept,
        }
    )
    return out, kept


def pairs_backward(
    gradient: Tensor,
    _out: Tensor,
    kept: Tensor,
    left: Tensor,
    right: Tensor,
    values: Tensor,
    *rest: Tensor,
) -> tuple[Tensor, ...]:
    """Gradients of left, right, values, shift, first, middle and second."""
    shift, first, middle, second, products, dot, windows = rest
    how = (int(products), bool(dot), windows)
    sums = _sums("pairwise", (left, right, first), *how, values, second)  # type: ignore[arg-type]
    d_left = torch.empty(left.shape, dtype=left.dtype)
    d_right, d_values = (sums.new_bands(x.shape[1]) for x in (right, values))
    small = left.new_zeros(len(left) * sums.bands, _small(sums))
    sums.run(
        {
            "left": left,
            "right": sums.pad(right),
            "values": sums.pad(values),
            "shift": shift,
            "first": first,
            "middle": middle,
            "second": second,
            "kept": kept,
            "gradient": gradient,
            "d_left": d_left,
            "d_right": d_right,
            "d_values": d_values,
            "d_small": small,
        }
    )
    found = _unpack(small, sums, len(shift))
    return (d_left, sums.unpad(d_right), sums.unpad(d_values), *found)


def hidden_forward(
    left: Tensor,
    right: Tensor,
    shift: Tensor,
    first: Tensor,
    products: int,
    dot: bool,
    windows: Windows,
) -> tuple[Tensor, ...]:
    """Mean and variance of first · z (2 o)."""
    sums = _sums("moments", (left, right, first), products, dot, windows)
    rows = left.shape[0] * left.shape[2]
    totals = torch.zeros(rows, 2, len(first), dtype=torch.float64)
    pivot = first.new_empty(len(first))
    sums.run(
        {
            "left": left,
            "right": sums.pad(right),
            "shift": shift,
            "first": first,
            "sums": totals,
            "pivot": pivot,
        }
    )
    mean, square = totals.sum(0) / (rows * left.shape[3] * windows.places)
    return (torch.stack([pivot + mean, square - mean.square()]).to(first.dtype),)


def hidden_backward(
    gradient: Tensor,
    found: Tensor,
    left: Tensor,
    right: Tensor,
    shift: Tensor,
    first: Tensor,
    products: int,
    dot: bool,
    windows: Windows,
) -> tuple[Tensor, ...]:
    """Gradients of left, right, shift and first."""
    sums = _sums("moments", (left, right, first), products, dot, windows)
    count = left.shape[0] * left.shape[2] * left.shape[3] * windows.places
    per = 2 * gradient[1] / count
    d_left = torch.empty(left.shape, dtype=left.dtype)
    d_right = sums.new_bands(right.shape[1])
    small = left.new_zeros(len(left) * sums.bands, _small(sums))
    sums.run(
        {
            "left": left,
            "right": sums.pad(right),
            "shift": shift,
            "first": first,
            "gradient": torch.stack([gradient[0] / count - per * found[0], per]),
            "d_left": d_left,
            "d_right": d_right,
            "d_small": small,
        }
    )
    return (d_left, sums.unpad(d_right), *_unpack(small, sums, len(shift))[:2])


def _sums(
    kind: str,
    maps: tuple[Tensor, Tensor, Tensor],
    products: int,
    dot: bool,
    windows: Windows,
    values: Tensor | None = None,
    second: Tensor | None = None,
) -> Sums:
    left, right, first = maps
    return Sums(
        kind=kind,
        like=left,
        padded=Padded(windows, (right.shape[-2], right.shape[-1])),
        groups=0 if second is None else len(second),
        channels=0 if values is None else values.shape[1],
        left=left.shape[1],
        hidden=len(first),
        products=products,
        dot=dot,
    )


def _small(sums: Sums) -> int:
    """Numbers that a band gathers for shift, first, middle and second."""
    return sums.products + sums.hidden * (sums.compared + 1 + sums.groups)


def _unpack(small: Tensor, sums: Sums, shifts: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Add bands up, and part them into shift, first, middle and second."""
    n, o = sums.compared, sums.hidden
    sizes = [sums.products, o * n, o, sums.groups * o]
    shift, first, middle, second = torch.split(small.sum(0), sizes)
    return (
        shift[:shifts].clone(),
        first.view(o, n).clone(),
        middle.clone(),
        second.view(sums.groups, o).clone(),
    )
