"""Sums over windows whose weights are given: y_i = sum_j w_ij · v_j, without copies of the windows.

Axes: b batch, c channels, h height, w width, groups of channels that share a weight, j the k²
    positions of a window row by row.
Cost: k²·c·h'·w' multiplications forward and twice as many for the gradient.
"""

from importlib import import_module

import torch
from torch import Tensor

from saccade.kernels.aggregation_c import SOURCE, Padded, Sums
from saccade.kernels.choice import chosen
from saccade.kernels.operators import Layout, Recipe, Shapes, Windows, group_of, operator
from saccade.layers.neighbours import Boundary

TRITON = "saccade.kernels.aggregation_triton"


def aggregate(
    values: Tensor,
    weights: Tensor,
    *,
    kernel_size: int,
    stride: int = 1,
    dilation: int = 1,
    boundary: Boundary = "zero",
    layout: Layout = "interleaved",
) -> Tensor:
    """Sum the values of each window with the weights of its group.

    Half precision is computed in single precision.

    Args:
        values: (b c h w).
        weights: (b groups j h' w') with h' = ceil(h / stride).
        kernel_size: side k of the window, odd.
        stride: distance of the centres of two windows.
        dilation: distance of two positions of a window.
        boundary: "reflect" mirrors the values; otherwise they are zero outside.
        layout: which channels share a weight; see `group_of`.

    Returns:
        The sums (b c h' w').
    """
    return aggregate_over(values, weights, Windows(kernel_size, stride, dilation, boundary, layout))


def aggregate_over(values: Tensor, weights: Tensor, windows: Windows) -> Tensor:
    """Sum the values (b c h w) of each window with the weights (b groups j h' w') of its group."""
    kind = torch.float64 if values.dtype == torch.float64 else torch.float32
    parts = (values.to(kind), weights.to(kind))
    if torch.compiler.is_exporting():
        return torch_forward(*parts, windows)[0].to(values.dtype)
    return _RUN[chosen(parts[0], SOURCE)](*parts, *windows.numbers).to(values.dtype)


def torch_forward(values: Tensor, weights: Tensor, windows: Windows) -> tuple[Tensor, ...]:
    """Add up shifted maps, place by place."""
    spread = _Spread(values.shape[1], weights.shape[1], windows.layout)
    padded, slices = windows.pad(values), windows.slices(weights.shape)
    shares = [spread(share) for share in weights.unbind(2)]
    total = shares[0] * spread.apart(padded[..., slices[0][0], slices[0][1]])
    for (row, column), share in zip(slices[1:], shares[1:], strict=True):
        total = total.addcmul_(share, spread.apart(padded[..., row, column]))
    return (spread.together(total),)


def torch_backward(
    gradient: Tensor, _out: Tensor, values: Tensor, weights: Tensor, windows: Windows
) -> tuple[Tensor, ...]:
    """Give the gradients of values and weights, place by place."""
    spread = _Spread(values.shape[1], weights.shape[1], windows.layout)
    padded, out = windows.pad(values), spread.apart(gradient)
    d_padded, d_weights = torch.zeros_like(padded), torch.empty_like(weights)
    for j, (row, column) in enumerate(windows.slices(weights.shape)):
        d_padded[..., row, column] += spread.together(spread(weights[:, :, j]) * out)
        d_weights[:, :, j] = spread.gather(spread.apart(padded[..., row, column]) * out)
    return windows.unpad(d_padded, (values.shape[-2], values.shape[-1])), d_weights


class _Spread:
    """How weights (b groups h w) meet channels (b c h w).

    Where groups are of equal size the channels are viewed as (b groups share h w) or
    (b share groups h w), else the weights are copied.
    """

    def __init__(self, channels: int, groups: int, layout: Layout) -> None:
        self.groups, self.even = groups, channels % groups == 0
        self.first = layout == "contiguous"
        self.index = None if self.even else group_of(channels, groups, layout)

    def __call__(self, weights: Tensor) -> Tensor:
        if self.index is None:
            return weights.unsqueeze(2 if self.first else 1)
        return weights[:, self.index.to(weights.device)]

    def apart(self, x: Tensor) -> Tensor:
        """Channels by group, if that can be."""
        if self.index is not None:
            return x
        sizes = (self.groups, -1) if self.first else (-1, self.groups)
        return x.unflatten(1, sizes)  # type: ignore[no-untyped-call]

    def together(self, x: Tensor) -> Tensor:
        """The reverse of `apart`."""
        return x if self.index is not None else x.flatten(1, 2)

    def gather(self, x: Tensor) -> Tensor:
        """Sum over the channels of each group (b groups h w)."""
        if self.index is None:
            return x.sum(2 if self.first else 1)
        sums = x.new_zeros(x.shape[0], self.groups, *x.shape[2:])
        return sums.index_add_(1, self.index.to(x.device), x)


def c_forward(values: Tensor, weights: Tensor, windows: Windows) -> tuple[Tensor, ...]:
    """The sums, by `aggregation.c`."""
    sums = _sums(values, weights, windows)
    out = values.new_empty(*values.shape[:2], *weights.shape[-2:])
    sums.run({"given": weights, "values": sums.pad(values), "out": out})
    return (out,)


def c_backward(
    gradient: Tensor, _out: Tensor, values: Tensor, weights: Tensor, windows: Windows
) -> tuple[Tensor, ...]:
    """The gradients of values and weights, by `aggregation.c`."""
    sums = _sums(values, weights, windows)
    d_weights, bands = (
        torch.empty(weights.shape, dtype=weights.dtype),
        sums.new_bands(values.shape[1]),
    )
    sums.run(
        {
            "given": weights,
            "values": sums.pad(values),
            "gradient": gradient,
            "d_given": d_weights,
            "d_values": bands,
        }
    )
    return sums.unpad(bands), d_weights


def triton_forward(*arguments: Tensor | Windows) -> tuple[Tensor, ...]:
    """The sums, on CUDA; Triton is imported at the first call."""
    return import_module(TRITON).triton_forward(*arguments)


def triton_backward(*arguments: Tensor | Windows) -> tuple[Tensor, ...]:
    """The gradients of values and weights, on CUDA."""
    return import_module(TRITON).triton_backward(*arguments)


def _sums(values: Tensor, weights: Tensor, windows: Windows) -> Sums:
    return Sums(
        kind="given",
        like=values,
        padded=Padded(windows, (values.shape[-2], values.shape[-1])),
        groups=weights.shape[1],
        channels=values.shape[1],
    )


def _shapes(values: Tensor, weights: Tensor, _: Windows) -> Shapes:
    return ((*values.shape[:2], *weights.shape[-2:]),)


_INPUTS = "Tensor values, Tensor weights"
aggregate_c = operator(
    Recipe(
        name="aggregate_c",
        inputs=_INPUTS,
        forward=c_forward,
        backward=c_backward,
        shapes=_shapes,
    )
)
aggregate_torch = operator(
    Recipe(
        name="aggregate_torch",
        inputs=_INPUTS,
        forward=torch_forward,
        backward=torch_backward,
        shapes=_shapes,
    )
)
aggregate_triton = operator(
    Recipe(
        name="aggregate_triton",
        inputs=_INPUTS,
        forward=triton_forward,
        backward=triton_backward,
        shapes=_shapes,
    )
)
_RUN = {"c": aggregate_c, "torch": aggregate_torch, "triton": aggregate_triton}
