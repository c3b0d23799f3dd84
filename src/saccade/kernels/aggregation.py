"""Sums over windows whose weights are given: y_i = sum_j w_ij · v_j, without copies of the windows.

Axes: b batch, c channels, h height, w width, groups of channels that share a weight, j the k²
positions of a window row by row.
"""

from typing import Literal

import torch
from torch import Tensor

from saccade.layers.neighbours import Boundary, pad_map, window_slices

Layout = Literal["interleaved", "contiguous"]


def group_of(channels: int, groups: int, layout: Layout) -> Tensor:
    """Say which group each channel belongs to, int64 (c).

    "interleaved": channel c belongs to group c mod groups; "contiguous": neighbours share, and the
    last group may be smaller.
    """
    place = torch.arange(channels)
    return place % groups if layout == "interleaved" else place // (-(-channels // groups))


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
    """Sum the values of each window with the weights of its group, offset by offset.

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
    padded = pad_map(values, dilation * (kernel_size // 2), boundary)
    size = (weights.shape[-2], weights.shape[-1])
    slices = window_slices(size, kernel_size, stride=stride, dilation=dilation)
    channels, groups = values.shape[1], weights.shape[1]
    even = channels % groups == 0
    total = values.new_zeros(values.shape[0], channels, *size)
    for (row, column), share in zip(slices, weights.unbind(2), strict=True):
        seen = padded[..., row, column]
        if not even:
            total = total + share[:, group_of(channels, groups, layout).to(share.device)] * seen
            continue
        inner = (-1, groups) if layout == "interleaved" else (groups, -1)
        apart = seen.unflatten(1, inner)  # type: ignore[no-untyped-call]
        product = apart * share.unsqueeze(1 if layout == "interleaved" else 2)
        total = total + product.flatten(1, 2)
    return total
