"""How modules cut a map into windows: which position each place of each window is.

Every cut is a table of the queries' positions (windows i) and one of the keys' positions
(windows j), -1 where a window holds what was filled in.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from saccade.attention.place import Place
from saccade.layers.windows import Cut, places, split_windows

Size = tuple[int, int]


class Partition(NamedTuple):
    """Windows of a map.

    Attributes:
        queries: position of each query on its grid, -1 for none (windows i).
        keys: position of each key on its grid, -1 for none (windows j).
        query_grid: (rows, columns) of the positions that ask.
        key_grid: (rows, columns) of the positions that are read.
        kind: what to call it.
    """

    queries: Tensor
    keys: Tensor
    query_grid: Size
    key_grid: Size
    kind: str

    def stitched(self) -> tuple[Tensor, Place] | None:
        """Where each position stands among the queries of the windows, and what it reads.

        Returns:
            None where the windows do not hold each position once.
        """
        flat, cells = self.queries.flatten(), math.prod(self.query_grid)
        order = flat.argsort(stable=True)[max(len(flat) - cells, 0) :]
        if not torch.equal(flat[order], torch.arange(cells)):
            return None
        index = self.keys.repeat_interleave(self.queries.shape[1], 0)[order]
        return order, Place(self.query_grid, self.key_grid, index)


def blocks(size: Size, window: Size, shift: Size, *, late: bool = False) -> Partition:
    """Windows side by side, moved down and right, and filled up at the bottom and the right.

    Args:
        size: (rows, columns) of the map.
        window: of a window.
        shift: by how much windows are moved.
        late: the map is filled up after it is moved.
    """
    whole = (-(-size[0] // window[0]) * window[0], -(-size[1] // window[1]) * window[1])
    own = places(Cut(size, whole, window, shift), "late" if late else "zero")
    return Partition(own, own, size, size, "windows shifted" if any(shift) else "windows")


def strided(size: Size, grid: Size) -> Partition:
    """Windows whose places lie far apart, one in each cell of a grid.

    Args:
        size: (rows, columns) of the map; multiples of the grid's.
        grid: (rows, columns) of the places of a window.
    """
    (rows, columns), (down, right) = size, grid
    positions = torch.arange(rows * columns).view(down, rows // down, right, columns // right)
    own = positions.permute(1, 3, 0, 2).reshape(-1, down * right)
    return Partition(own, own, size, size, "windows of a grid")


def haloed(size: Size, block: int, halo: int, asking: int) -> Partition:
    """Blocks that also read a border around them.

    Args:
        size: (rows, columns) of the map of keys.
        block: side of a block.
        halo: width of the border.
        asking: side of the queries of a block, fewer where they are strided.
    """
    grid = (size[0] // block * asking, size[1] // block * asking)
    numbers = torch.arange(grid[0] * grid[1]).view(1, *grid, 1)
    queries = split_windows(numbers, (asking, asking))[0, :, :, 0]
    rows, columns = (_around(side, block, halo) for side in size)
    y, x = rows[:, None, :, None], columns[None, :, None, :]
    outside = (y < 0) | (x < 0) | (y >= size[0]) | (x >= size[1])
    keys = (y * size[1] + x).masked_fill(outside, -1).flatten(2).flatten(0, 1)
    return Partition(queries, keys, grid, size, "windows with a border")


def unrolled(size: Size, schedule: list[Size], count: int) -> tuple[Tensor, Size]:
    """The order of tokens that stand so that each pooling takes rows of a table.

    Args:
        size: (rows, columns) of the finest grid.
        schedule: strides of the poolings to come, the first one first.
        count: how many tokens are left after some of them.

    Returns:
        The position of each token on its grid, and that grid.
    """
    order = torch.arange(math.prod(size)).view(1, *size)
    for down, right in schedule:
        parts, rows, columns = order.shape
        cut = order.view(parts, rows // down, down, columns // right, right)
        order = cut.permute(0, 2, 4, 1, 3).reshape(-1, rows // down, columns // right)
    flat = order.flatten()
    for stride in schedule:
        if len(flat) > count:
            flat, size = pooled(flat, size, stride)
    return flat, size


def pooled(order: Tensor, size: Size, stride: Size) -> tuple[Tensor, Size]:
    """What is left of an order of tokens after one pooling, and of their grid."""
    first = order.view(math.prod(stride), -1)[0]
    y, x = first // size[1] // stride[0], first % size[1] // stride[1]
    return y * (size[1] // stride[1]) + x, (size[0] // stride[0], size[1] // stride[1])


def mask_units(order: Tensor, grid: Size, windows: int, stride: Size | None) -> Partition:
    """Windows of unrolled tokens, whose numbers run over the windows first.

    Args:
        order: position of each token, as `unrolled` gives it.
        grid: of these positions.
        windows: how many there are.
        stride: of a pooling of the queries; None where there is none.
    """
    keys = order.view(-1, windows).T
    kind = "windows of mask units" if windows > 1 else "tokens in another order"
    if stride is None:
        return Partition(keys, keys, grid, grid, kind)
    asking, coarse = pooled(order, grid, stride)
    return Partition(asking.view(-1, windows).T, keys, coarse, grid, f"{kind}, queries pooled")


def pair_of(value: object, least: int = 1) -> Size | None:
    """Read two sides, or one for both, from whatever a module keeps them in.

    Args:
        value: a number, two numbers or a tensor of them; anything else gives None.
        least: that a side may be.
    """
    if isinstance(value, Tensor):
        value = value.tolist()
    if isinstance(value, int) and not isinstance(value, bool):
        value = (value, value)
    if not isinstance(value, tuple | list) or len(value) != 2:
        return None
    if not all(isinstance(side, int) and side >= least for side in value):
        return None
    return int(value[0]), int(value[1])


def _around(side: int, block: int, halo: int) -> Tensor:
    first = torch.arange(0, side, block)[:, None]
    return first + torch.arange(-halo, block + halo)
