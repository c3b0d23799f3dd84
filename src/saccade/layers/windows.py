"""Windows on a map: cut it, shift it cyclically, and know where every position went.

A shifted map is rolled up and to the left, so that the windows of the rolled map are windows of the
map moved down and to the right, except at the end: there a window holds what was torn apart.
"""

from typing import Literal, NamedTuple

import torch
from torch import Tensor

from saccade.layers.neighbours import Boundary, reflected

Size = tuple[int, int]
# What fills a window that sticks out: nothing that is read ("mask"), the mirrored map ("reflect"),
# zeros ("zero"), zeros that come after the shift ("late"), zeros also around a map that is smaller
# than a window ("whole").
Filling = Literal["zero", "mask", "reflect", "late", "whole"]


class Cut(NamedTuple):
    """How a map is cut, all as (rows, columns).

    Attributes:
        size: of the map.
        whole: of the map filled up to whole windows.
        window: of a window.
        shift: by how much the map is rolled up and to the left.
    """

    size: Size
    whole: Size
    window: Size
    shift: Size


def cut_of(size: Size, window: Size, shift: Size, filling: Filling) -> Cut:
    """Say how a map is cut: a window shrinks to it, and a side that one covers is not shifted.

    Args:
        size: rows and columns of the map.
        window: rows and columns of a window.
        shift: by how much windows are shifted down and right.
        filling: what fills a window that sticks out; "whole" windows do not shrink.
    """
    down, right = (_axis(*sides, filling) for sides in zip(size, window, shift, strict=True))
    return Cut(size, (down[0], right[0]), (down[1], right[1]), (down[2], right[2]))


def _axis(size: int, window: int, shift: int, filling: Filling) -> tuple[int, int, int]:
    """Cut along one axis: the filled side, the window, the shift."""
    part = window if filling == "whole" else min(window, size)
    return -(-size // part) * part, part, 0 if size <= window else shift


def to_windows(x: Tensor, cut: Cut, filling: Filling) -> Tensor:
    """Fill up, shift and cut a map (b h w c) into windows (b windows positions c).

    Args:
        x: the map.
        cut: as `cut_of` gives it.
        filling: what fills a window that sticks out.
    """
    back = (-cut.shift[0], -cut.shift[1])
    boundary: Boundary = "reflect" if filling == "reflect" else "zero"
    if filling == "late":
        return split_windows(fill_up(x.roll(back, (1, 2)), cut.window, boundary), cut.window)
    return split_windows(fill_up(x, cut.window, boundary).roll(back, (1, 2)), cut.window)


def from_windows(windows: Tensor, cut: Cut, filling: Filling) -> Tensor:
    """Undo `to_windows`: (b windows positions c) to the map (b h w c), without what was filled in.

    Args:
        windows: as `to_windows` gives them.
        cut: as `cut_of` gives it.
        filling: what filled the windows.
    """
    x = join_windows(windows, cut.window, cut.whole)
    rows, columns = cut.size
    if filling == "late":
        return x[:, :rows, :columns].roll(cut.shift, (1, 2))
    return x.roll(cut.shift, (1, 2))[:, :rows, :columns]


def places(cut: Cut, filling: Filling, *, device: torch.device | None = None) -> Tensor:
    """Say which position of a map each place of each window is, int64 (windows positions).

    Args:
        cut: as `cut_of` gives it.
        filling: what fills a window that sticks out; such a place is position -1, but where the
            map is mirrored.
        device: where to make the numbers.
    """
    counted = torch.arange(1, cut.size[0] * cut.size[1] + 1, device=device)
    return to_windows(counted.view(1, *cut.size, 1), cut, filling)[0, :, :, 0] - 1


def split_windows(x: Tensor, window: Size) -> Tensor:
    """Cut a map (b h w c) into windows (b windows positions c), row by row.

    Args:
        x: the map; its sides are multiples of the window's.
        window: rows and columns of a window.
    """
    batch, height, width, channels = x.shape
    rows, columns = window
    cut = x.reshape(batch, height // rows, rows, width // columns, columns, channels)
    return cut.transpose(2, 3).reshape(batch, -1, rows * columns, channels)


def join_windows(windows: Tensor, window: Size, size: Size) -> Tensor:
    """Put windows (b windows positions c) together to the map (b h w c) that they were cut from.

    Args:
        windows: as `split_windows` gives them.
        window: rows and columns of a window.
        size: rows and columns of the map.
    """
    (height, width), (rows, columns) = size, window
    cut = windows.reshape(
        windows.shape[0], height // rows, width // columns, rows, columns, windows.shape[-1]
    )
    return cut.transpose(2, 3).reshape(windows.shape[0], height, width, windows.shape[-1])


def fill_up(x: Tensor, window: Size, boundary: Boundary) -> Tensor:
    """Pad a map (b h w c) at the bottom and the right to whole windows.

    Args:
        x: the map.
        window: rows and columns of a window.
        boundary: "reflect" mirrors the map; otherwise it is padded with zeros.
    """
    height, width = x.shape[1:3]
    down, right = -height % window[0], -width % window[1]
    if down == right == 0:
        return x
    if boundary != "reflect":
        return torch.nn.functional.pad(x, (0, 0, 0, right, 0, down))
    rows = reflected(torch.arange(height + down, device=x.device), height)
    columns = reflected(torch.arange(width + right, device=x.device), width)
    return x.index_select(1, rows).index_select(2, columns)


def same_region(
    size: Size, window: Size, shift: Size, *, device: torch.device | None = None
) -> Tensor:
    """Say which places of a window lay side by side before the roll (windows positions positions).

    A rolled map brings its opposite ends together in one window; True is a pair that may read each
    other because it was not torn apart.

    Args:
        size: rows and columns of the map, multiples of the window's.
        window: rows and columns of a window.
        shift: by how much the map was rolled up and to the left before it was cut.
        device: where to make the booleans.
    """
    regions = torch.zeros(1, *size, 1, dtype=torch.int64, device=device)
    for axis in (0, 1):
        torn = torch.zeros(size[axis], dtype=torch.int64, device=device)
        if shift[axis]:
            torn[size[axis] - window[axis] : size[axis] - shift[axis]] = 1
            torn[size[axis] - shift[axis] :] = 2
        shape = [1, 1, 1, 1]
        shape[axis + 1] = size[axis]
        regions = 3 * regions + torn.view(shape)
    labels = split_windows(regions.expand(1, *size, 1), window)[0, :, :, 0]
    return labels[:, :, None] == labels[:, None]


def relative_offsets(window: Size, reach: Size, *, device: torch.device | None = None) -> Tensor:
    """Number the offset of every pair of places in a window, int64 (positions positions).

    Args:
        window: rows and columns of a window.
        reach: rows and columns of the largest window, which the table (2·rows - 1)·(2·columns - 1)
            of offsets is made for; offsets count from the most negative, query minus key.
        device: where to make the numbers.
    """
    rows, columns = (torch.arange(side, device=device) for side in window)
    down = rows.repeat_interleave(window[1])
    right = columns.repeat(window[0])
    vertical = down[:, None] - down + reach[0] - 1
    horizontal = right[:, None] - right + reach[1] - 1
    return vertical * (2 * reach[1] - 1) + horizontal
