"""Neighbourhoods on a grid: which positions a window covers, and what stands beyond the border.

Three rules for the border are in use, and they give different numbers:
"zero" pads with zeros, which still take their share of a softmax; "mask" leaves what is outside
out; "reflect" mirrors the map at its outermost positions.
"""

from typing import Literal

import torch
from torch import Tensor

from saccade.errors import ConfigError

Boundary = Literal["zero", "mask", "reflect"]


def check_window(kernel_size: int, boundary: str) -> None:
    """Refuse a window without a centre and an unknown rule for the border.

    Raises:
        ConfigError: `kernel_size` is even or below 1, or `boundary` is unknown.
    """
    if kernel_size < 1 or kernel_size % 2 == 0:
        raise ConfigError(
            "an odd kernel_size, so that a window has a centre",
            str(kernel_size),
            f"kernel_size={max(kernel_size, 0) + 1}",
        )
    if boundary not in ("zero", "mask", "reflect"):
        raise ConfigError("boundary zero, mask or reflect", repr(boundary), "boundary='zero'")


def reflected(positions: Tensor, size: int) -> Tensor:
    """Mirror positions at 0 and size - 1 as often as it takes to come inside.

    This is the "reflect" of image padding for any distance, also beyond the size of the map; a map
    of size 1 has only one position to give.
    """
    if size == 1:
        return torch.zeros_like(positions)
    period = 2 * (size - 1)
    folded = positions.remainder(period)
    return torch.minimum(folded, period - folded)


def axis_neighbours(
    size: int, kernel_size: int, *, stride: int = 1, dilation: int = 1, boundary: Boundary = "zero"
) -> Tensor:
    """Positions that the windows along one axis cover, int64 (o k); -1 is outside.

    Window o is centred on position o * stride; there are ceil(size / stride) of them.
    """
    centres = torch.arange(0, size, stride)
    offsets = dilation * (torch.arange(kernel_size) - kernel_size // 2)
    positions = centres[:, None] + offsets
    if boundary == "reflect":
        return reflected(positions, size)
    return torch.where((positions >= 0) & (positions < size), positions, -1)


def neighbour_index(
    grid: tuple[int, int],
    kernel_size: int,
    *,
    stride: int = 1,
    dilation: int = 1,
    boundary: Boundary = "zero",
) -> Tensor:
    """Positions of the map that each window covers, int64 (i j); -1 is outside.

    Windows count row by row, and so do the k² positions of a window. It is the index of a
    `saccade.attention.place.Place`.
    """
    rows, columns = (
        axis_neighbours(size, kernel_size, stride=stride, dilation=dilation, boundary=boundary)
        for size in grid
    )
    row, column = rows[:, None, :, None], columns[None, :, None, :]
    index = torch.where((row >= 0) & (column >= 0), row * grid[1] + column, -1)
    return index.reshape(rows.shape[0] * columns.shape[0], kernel_size**2)


def window_slices(
    size: tuple[int, int], kernel_size: int, *, stride: int = 1, dilation: int = 1
) -> list[tuple[slice, slice]]:
    """Cut a padded map (… h+2r w+2r) into what all windows see at one place, for each place.

    Args:
        size: how many windows there are, as (rows, columns).
        kernel_size: side of a window.
        stride: distance of the centres of two windows.
        dilation: distance of two positions of a window.

    Returns:
        Rows and columns of the padded map for the k² places of a window, row by row.
    """
    starts = [dilation * place for place in range(kernel_size)]
    rows, columns = (
        [slice(start, start + (count - 1) * stride + 1, stride) for start in starts]
        for count in size
    )
    return [(row, column) for row in rows for column in columns]


def pad_map(x: Tensor, radius: int, boundary: Boundary) -> Tensor:
    """Pad the last two axes of a map (… h w) on all sides; "mask" pads with zeros too.

    Reflection works for any radius, unlike torch's.
    """
    if radius == 0:
        return x
    if boundary != "reflect":
        return torch.nn.functional.pad(x, (radius,) * 4)
    height, width = x.shape[-2:]
    rows = reflected(torch.arange(-radius, height + radius, device=x.device), height)
    columns = reflected(torch.arange(-radius, width + radius, device=x.device), width)
    return x.index_select(-2, rows).index_select(-1, columns)
