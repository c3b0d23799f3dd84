"""Maps and grey levels in other sizes, without antialiasing, as OpenCV samples them.

Source: `resize` of OpenCV 5.0.0, INTER_LINEAR and INTER_LINEAR_EXACT, found by experiment; grey
levels are equal in every bit.
Axes: b batch, c channels, h height, w width, n maps.
Cost: of an enlargement two reads and one write a pixel: whole rows are mixed at once.
"""

from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor

from saccade.classic.pixels import grey_levels

_SLOTS = 256  # INTER_LINEAR_EXACT keeps a place between two pixels in 256ths


def shrunken_levels(images: Tensor, side: int) -> Tensor:
    """Sample grey levels of pictures (b 3 h w) on a square (b side side), whole numbers.

    Only the pixels that are read are turned grey.
    """
    device, (height, width) = images.device, images.shape[-2:]
    read, down, right = (one.to(device) for one in _read(side, height, width))
    pixels = images.flatten(2).gather(2, read.expand(*images.shape[:2], -1))
    levels = grey_levels(pixels.view(*images.shape[:2], 2 * side, 2 * side))
    across = (levels[..., :side] * (_SLOTS - right)).addcmul_(levels[..., side:], right)
    both = (across[:, :side] * (_SLOTS - down)).addcmul_(across[:, side:], down)
    return both.add_(_SLOTS**2 // 2).mul_(1 / _SLOTS**2).floor_()


def enlarged(maps: Tensor, size: tuple[int, int]) -> Tensor:
    """Stretch maps (n h w) bilinearly to (height, width), in float32."""
    n, h, w = maps.shape
    height, width = size
    wide = maps.float() @ _mixing(width, w).to(maps.device)
    every, shares = (one.to(maps.device) for one in _rows_mixed(n, height, h))
    tall = F.embedding_bag(every, wide.view(n * h, width), per_sample_weights=shares, mode="sum")
    return tall.view(n, height, width)


@lru_cache(maxsize=64)
@torch.inference_mode(False)
def _read(side: int, height: int, width: int) -> tuple[Tensor, Tensor, Tensor]:
    """Which pixels of a picture a square samples, row by row (4·side²), and shares in 256ths.

    Rows and columns stand twice: all first neighbours, then all second ones. The shares are those
    of the second row (side 1) and column (side).
    """
    rows, down = _places(side, height)
    columns, right = _places(side, width)
    read = rows.t().reshape(-1, 1) * width + columns.t().flatten()
    down, right = ((share * _SLOTS).round() for share in (down, right))
    return read.flatten(), down[:, None], right


@lru_cache(maxsize=64)
@torch.inference_mode(False)
def _places(count: int, size: int) -> tuple[Tensor, Tensor]:
    """Where `count` samples lie on a line of pixels: both neighbours (count 2), the second's share.

    Samples stand in the middle of equal parts; beyond the outer pixels they read those.
    """
    middle = (torch.arange(count, dtype=torch.float64) + 0.5) * size / count - 0.5
    first = middle.floor()
    both = torch.stack((first, first + 1), dim=1).clamp_(0, size - 1).long()
    return both, (middle - first).float()


@lru_cache(maxsize=8)  # of large batches these are megabytes
@torch.inference_mode(False)
def _rows_mixed(n: int, count: int, size: int) -> tuple[Tensor, Tensor]:
    """Which two rows of n maps below each other each sample mixes (n·count 2), and their shares."""
    both, share = _places(count, size)
    every = torch.arange(n)[:, None, None] * size + both
    return every.view(-1, 2), torch.stack((1 - share, share), dim=1).repeat(n, 1)


@lru_cache(maxsize=64)
@torch.inference_mode(False)
def _mixing(count: int, size: int) -> Tensor:
    """The same as a matrix (size count): how much each sample takes of each pixel."""
    both, share = _places(count, size)
    matrix = torch.zeros(size, count)
    return matrix.scatter_add_(0, both.t(), torch.stack((1 - share, share)))
