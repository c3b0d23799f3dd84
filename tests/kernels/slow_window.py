"""Local attention once more, in nested loops from equation 3, and what tests of it draw."""

import itertools
import math

import torch
from torch import Tensor

from saccade.kernels.window import Window


def place(position: int, size: int, boundary: str) -> int | None:
    """Which position is read at `position`; None is beyond the border."""
    if 0 <= position < size:
        return position
    if boundary != "reflect":
        return None
    while not 0 <= position < size:
        position = 0 if size == 1 else -position if position < 0 else 2 * (size - 1) - position
    return position


@torch.no_grad()
def attend_slowly(
    q: Tensor, k: Tensor, v: Tensor, rows: Tensor | None, columns: Tensor | None, window: Window
) -> tuple[Tensor, Tensor]:
    """The output (b c h' w') and the weights (b heads i j), number by number."""
    images, channels, height, width = q.shape
    d, side = channels // window.heads, window.kernel_size
    out = torch.zeros_like(q)
    weights = q.new_zeros(images, window.heads, height * width, side * side)
    each = itertools.product(range(images), range(window.heads), range(height), range(width))
    for image, head, y, x in each:
        part = slice(head * d, (head + 1) * d)
        query, logits, values = q[image, part, y, x], [], []
        for a, b in itertools.product(range(side), repeat=2):
            reach, gap = side // 2, window.dilation
            row = place(y * window.stride + (a - reach) * gap, k.shape[2], window.boundary)
            column = place(x * window.stride + (b - reach) * gap, k.shape[3], window.boundary)
            outside = row is None or column is None
            key = torch.zeros_like(query) if outside else k[image, part, row, column]
            if rows is not None and columns is not None:
                which = head if rows.shape[0] > 1 else 0
                key = key + torch.cat([rows[which, a], columns[which, b]])
            hidden = outside and window.boundary == "mask"
            logits.append(-math.inf if hidden else float(query @ key))
            values.append(torch.zeros_like(query) if outside else v[image, part, row, column])
        shares = [math.exp(logit - max(logits)) for logit in logits]
        for j, (share, value) in enumerate(zip(shares, values, strict=True)):
            weights[image, head, y * width + x, j] = share / sum(shares)
            out[image, part, y, x] += share / sum(shares) * value
    return out, weights


def draw(
    window: Window,
    grid: tuple[int, int],
    *,
    d: int = 2,
    images: int = 2,
    tables: int = 1,
    dtype: torch.dtype = torch.float64,
) -> list[Tensor]:
    """Seeded queries, keys, values and, unless `tables` is 0, so many tables."""
    generator = torch.Generator().manual_seed(3)
    channels, side = window.heads * d, window.kernel_size
    asked = (images, channels, window.count(grid[0]), window.count(grid[1]))
    shapes: list[tuple[int, ...]] = [asked, (images, channels, *grid), (images, channels, *grid)]
    shapes += [(tables, side, d // 2)] * 2 if tables else []
    drawn = [torch.randn(shape, generator=generator, dtype=torch.float64) for shape in shapes]
    return [x.to(dtype).requires_grad_() for x in drawn]


def arguments(tensors: list[Tensor], window: Window) -> tuple[object, ...]:
    """What the operators want: tensors, None for absent tables, the window's numbers."""
    absent = (None,) * (5 - len(tensors))
    numbers = (window.heads, window.kernel_size, window.stride, window.dilation, window.boundary)
    return (*tensors, *absent, *numbers)


WINDOWS = [
    (Window(1, 3), (4, 5), 1),
    (Window(2, 3, boundary="mask"), (1, 6), 2),
    (Window(2, 3, boundary="reflect"), (5, 1), 0),
    (Window(1, 7), (3, 4), 1),
    (Window(1, 7, boundary="mask"), (2, 9), 1),
    (Window(1, 7, boundary="reflect"), (2, 5), 1),
    (Window(2, 5, stride=2), (5, 6), 2),
    (Window(1, 3, stride=2, boundary="mask"), (6, 3), 1),
    (Window(1, 3, stride=3, dilation=2, boundary="reflect"), (7, 5), 1),
    (Window(1, 3, dilation=2), (4, 4), 0),
    (Window(1, 9, boundary="mask"), (4, 10), 1),
    (Window(1, 1, stride=2), (3, 4), 1),
]
