"""One linear layer over whole windows after a scale, a shift and a ReLU, without copies of windows.

    h_o = sum over n and j of weight_onj · relu(scale_nj · x_n(i + j) + shift_nj)

Axes: b batch, n channels, h height, w width, j the k² places of a window, o outputs.
Cost: k²·n·o·h'·w' multiplications; the gradient makes the ReLUs again, place by place.
"""

import torch
from torch import Tensor

from saccade.kernels.operators import Recipe, Shapes, Windows, operator


def patch_linear(
    x: Tensor, affine: tuple[Tensor, Tensor], weight: Tensor, windows: Windows
) -> Tensor:
    """Map each window of a map (b n h w) to its outputs (b o h' w').

    Args:
        x: the map; all tensors have one precision.
        affine: scale and shift (n j each).
        weight: (o n j).
        windows: which positions a window sees.
    """
    if torch.compiler.is_exporting():
        return patch_forward(x, *affine, weight, windows)[0]
    return patch_torch(x, *affine, weight, *windows.numbers)


def patch_moments(x: Tensor, windows: Windows) -> tuple[Tensor, Tensor]:
    """Mean and variance of what the windows of a map (b n h w) see at each place (n j each)."""
    padded = windows.pad(x)
    size = torch.Size([windows.count(x.shape[-2]), windows.count(x.shape[-1])])
    found = [
        torch.var_mean(padded[..., row, column], (0, 2, 3), correction=0)
        for row, column in windows.slices(size)
    ]
    variances, means = zip(*found, strict=True)
    return torch.stack(means, 1), torch.stack(variances, 1)


def patch_forward(
    x: Tensor, scale: Tensor, shift: Tensor, weight: Tensor, windows: Windows
) -> tuple[Tensor, ...]:
    """Add up the places of all windows."""
    padded, size = windows.pad(x), _size(x, windows)
    total = x.new_zeros(len(x), len(weight), size.numel())
    for j, (row, column) in enumerate(windows.slices(size)):
        z = _active(padded[..., row, column], scale[:, j], shift[:, j])
        total = total + weight[:, :, j] @ z
    return (total.unflatten(2, size),)  # type: ignore[no-untyped-call]


def patch_backward(
    gradient: Tensor,
    _out: Tensor,
    x: Tensor,
    scale: Tensor,
    shift: Tensor,
    weight: Tensor,
    windows: Windows,
) -> tuple[Tensor, ...]:
    """Gradients of the map, the scale, the shift and the weight."""
    padded, size = windows.pad(x), _size(x, windows)
    d_padded, slope = torch.zeros_like(padded), gradient.flatten(2)
    d_scale, d_shift, d_weight = (torch.zeros_like(t) for t in (scale, shift, weight))
    for j, (row, column) in enumerate(windows.slices(size)):
        there = padded[..., row, column]
        z = _active(there, scale[:, j], shift[:, j])
        d_weight[:, :, j] = (slope @ z.mT).sum(0)
        back = torch.ops.aten.threshold_backward(weight[:, :, j].mT @ slope, z, 0).view_as(there)
        d_shift[:, j] = back.sum((0, 2, 3))
        d_scale[:, j] = (back * there).sum((0, 2, 3))
        d_padded[..., row, column] += back * scale[:, j, None, None]
    return windows.unpad(d_padded, (x.shape[-2], x.shape[-1])), d_scale, d_shift, d_weight


def _active(there: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
    return torch.addcmul(shift[:, None, None], there, scale[:, None, None]).relu_().flatten(2)


def _size(x: Tensor, windows: Windows) -> torch.Size:
    return torch.Size([windows.count(x.shape[-2]), windows.count(x.shape[-1])])


def _shapes(x: Tensor, _scale: Tensor, _shift: Tensor, weight: Tensor, windows: Windows) -> Shapes:
    return ((len(x), len(weight), *_size(x, windows)),)


patch_torch = operator(
    Recipe(
        name="patch_torch",
        inputs="Tensor x, Tensor scale, Tensor shift, Tensor weight",
        forward=patch_forward,
        backward=patch_backward,
        shapes=_shapes,
    )
)
