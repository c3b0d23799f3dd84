"""Sums over windows once more, in nested loops, and what tests of them draw."""

import itertools

import torch
from torch import Tensor

from saccade.kernels.operators import Windows
from tests.kernels.slow_window import place


def group(channel: int, channels: int, groups: int, layout: str) -> int:
    """Which group a channel belongs to."""
    return channel % groups if layout == "interleaved" else channel // -(-channels // groups)


def seen(windows: Windows, grid: tuple[int, int], y: int, x: int) -> list[tuple[int, int] | None]:
    """The positions that window (y, x) sees, place by place; None is beyond the border."""
    found = []
    for a, b in itertools.product(range(windows.kernel_size), repeat=2):
        away = [(n - windows.kernel_size // 2) * windows.dilation for n in (a, b)]
        row = place(y * windows.stride + away[0], grid[0], windows.boundary)
        column = place(x * windows.stride + away[1], grid[1], windows.boundary)
        found.append(None if row is None or column is None else (row, column))
    return found


@torch.no_grad()
def aggregate_slowly(values: Tensor, weights: Tensor, windows: Windows) -> Tensor:
    """The sums (b c h' w'), number by number."""
    images, channels, *grid = values.shape
    out = values.new_zeros(images, channels, *weights.shape[-2:])
    for image, c, y, x in itertools.product(*map(range, out.shape)):
        part = weights[image, group(c, channels, weights.shape[1], windows.layout), :, y, x]
        for w, at in zip(part, seen(windows, (grid[0], grid[1]), y, x), strict=True):
            if at is not None:
                out[image, c, y, x] += w * values[image, c, at[0], at[1]]
    return out


def noise(*shape: int, seed: int = 0, dtype: torch.dtype = torch.float64) -> Tensor:
    """Seeded normal numbers that want a gradient."""
    generator = torch.Generator().manual_seed(seed)
    drawn = torch.randn(shape, generator=generator, dtype=torch.float64)
    return drawn.to(dtype).requires_grad_()


# Windows, grid, channels, groups: odd, one row, one column, smaller than the window, strides,
# dilations, groups of unequal size, more columns than three vectors.
WINDOWS = [
    (Windows(3), (4, 5), 4, 2),
    (Windows(3, boundary="mask", layout="contiguous"), (1, 6), 5, 2),
    (Windows(3, boundary="reflect"), (5, 1), 3, 3),
    (Windows(7, boundary="reflect", layout="contiguous"), (3, 4), 4, 1),
    (Windows(7), (2, 9), 2, 2),
    (Windows(5, stride=2, boundary="reflect"), (5, 6), 5, 3),
    (Windows(3, stride=3, dilation=2, boundary="mask"), (7, 5), 2, 1),
    (Windows(3, dilation=2, layout="contiguous"), (4, 4), 3, 2),
    (Windows(3, boundary="reflect"), (3, 61), 2, 1),
    (Windows(1, stride=2), (3, 4), 2, 1),
    (Windows(3), (17, 3), 1, 1),
]
