# ruff: noqa: ANN001, ANN202 - the parameters of kernels are what Triton makes of them
# mypy: allow-untyped-defs, allow-incomplete-defs
"""Sums over windows whose weights are given on CUDA, in Triton, forward and backward.

The values are padded first. A program takes a block of windows of one channel and goes through
their k² places. The gradient of the weights goes by windows of one group and through its channels,
that of the values by padded positions, and gathers what each window gave: nothing is added by two
programs, so results repeat to the bit.

Cost: k²·c·h'·w' multiplications forward and twice as many for the gradient.
"""

import torch
import triton  # type: ignore[import-not-found,import-untyped,unused-ignore]
import triton.language as tl  # type: ignore[import-not-found,import-untyped,unused-ignore]
from torch import Tensor

from saccade.kernels.operators import Windows

_BLOCK = 256  # windows or positions of a program


@triton.jit  # type: ignore[untyped-decorator,unused-ignore]
def _group(one, channels, groups, share, woven: tl.constexpr):
    """Which weights channel number `one` of all images has."""
    channel = one % channels
    own = channel % groups if woven else channel // share
    return one // channels * groups + own


@triton.jit  # type: ignore[untyped-decorator,unused-ignore]
def _sum(
    values, weights, out,
    channels, groups, share, rows, columns, oh, ow, stride, gap,
    side: tl.constexpr, woven: tl.constexpr, block: tl.constexpr,
):  # fmt: skip
    one = tl.program_id(0).to(tl.int64)
    window = tl.program_id(1) * block + tl.arange(0, block)
    real, count = window < oh * ow, oh * ow
    from_w = weights + _group(one, channels, groups, share, woven) * side * side * count + window
    top, left = window // ow * stride, window % ow * stride
    from_v = values + one * rows * columns + top * columns + left
    total = tl.zeros((block,), out.dtype.element_ty)
    for place in range(side * side):
        v = tl.load(from_v + (place // side * columns + place % side) * gap, real, 0.0)
        total += v * tl.load(from_w + place * count, real, 0.0)
    tl.store(out + one * count + window, total, real)


@triton.jit  # type: ignore[untyped-decorator,unused-ignore]
def _to_weights(
    gradient, values, d_weights,
    channels, groups, share, rows, columns, oh, ow, stride, gap,
    side: tl.constexpr, woven: tl.constexpr, block: tl.constexpr,
):  # fmt: skip
    one, count = tl.program_id(0).to(tl.int64), oh * ow
    window = tl.program_id(1) * block + tl.arange(0, block)
    image, own = one // groups, one % groups
    top, left = window // ow * stride, window % ow * stride
    for place in range(side * side):
        at = top * columns + left + (place // side * columns + place % side) * gap
        total = tl.zeros((block,), d_weights.dtype.element_ty)
        for member in range(share):
            channel = own + member * groups if woven else own * share + member
            real = window < tl.where(channel < channels, count, 0)  # a last group may be smaller
            which = image * channels + channel
            g = tl.load(gradient + which * count + window, real, 0.0)
            total += g * tl.load(values + which * rows * columns + at, real, 0.0)
        tl.store(d_weights + (one * side * side + place) * count + window, total, window < count)


@triton.jit  # type: ignore[untyped-decorator,unused-ignore]
def _to_values(
    gradient, weights, d_values,
    channels, groups, share, rows, columns, oh, ow, stride, gap,
    side: tl.constexpr, woven: tl.constexpr, block: tl.constexpr,
):  # fmt: skip
    one, count = tl.program_id(0).to(tl.int64), oh * ow
    position = tl.program_id(1) * block + tl.arange(0, block)
    row, column = position // columns, position % columns
    from_w = weights + _group(one, channels, groups, share, woven) * side * side * count
    total = tl.zeros((block,), d_values.dtype.element_ty)
    for place in range(side * side):
        down, across = row - place // side * gap, column - place % side * gap
        y, x = down // stride, across // stride
        good = (down >= 0) & (across >= 0) & (down % stride == 0) & (across % stride == 0)
        good &= (y < oh) & (x < ow) & (position < rows * columns)
        g = tl.load(gradient + one * count + y * ow + x, good, 0.0)
        total += g * tl.load(from_w + place * count + y * ow + x, good, 0.0)
    tl.store(d_values + one * rows * columns + position, total, position < rows * columns)


def triton_forward(values: Tensor, weights: Tensor, windows: Windows) -> tuple[Tensor, ...]:
    """The sums, by Triton."""
    padded, numbers = windows.pad(values).contiguous(), _numbers(values, weights, windows)
    out = values.new_empty(*values.shape[:2], *weights.shape[-2:])
    grid = (out.shape[0] * out.shape[1], triton.cdiv(out.shape[2] * out.shape[3], _BLOCK))
    _sum[grid](padded, weights.contiguous(), out, *numbers, **_constants(windows))
    return (out,)


def triton_backward(
    gradient: Tensor, _out: Tensor, values: Tensor, weights: Tensor, windows: Windows
) -> tuple[Tensor, ...]:
    """The gradients of values and weights, by Triton."""
    padded, numbers = windows.pad(values).contiguous(), _numbers(values, weights, windows)
    gradient, constants = gradient.contiguous(), _constants(windows)
    d_weights, d_padded = torch.empty(weights.shape).to(weights), torch.empty_like(padded)
    count, positions = gradient[0, 0].numel(), padded[0, 0].numel()
    grid = (weights.shape[0] * weights.shape[1], triton.cdiv(count, _BLOCK))
    _to_weights[grid](gradient, padded, d_weights, *numbers, **constants)
    grid = (values.shape[0] * values.shape[1], triton.cdiv(positions, _BLOCK))
    _to_values[grid](gradient, weights.contiguous(), d_padded, *numbers, **constants)
    return windows.unpad(d_padded, (values.shape[-2], values.shape[-1])), d_weights


def _numbers(values: Tensor, weights: Tensor, windows: Windows) -> tuple[int, ...]:
    channels, groups, reach = values.shape[1], weights.shape[1], 2 * windows.reach
    return (
        *(channels, groups, -(-channels // groups)),
        *(values.shape[2] + reach, values.shape[3] + reach),
        *(weights.shape[3], weights.shape[4], windows.stride, windows.dilation),
    )


def _constants(windows: Windows) -> dict[str, int | bool]:
    woven = windows.layout == "interleaved"
    return {"side": windows.kernel_size, "woven": woven, "block": _BLOCK}
