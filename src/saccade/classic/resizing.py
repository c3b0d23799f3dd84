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
    rows, down = _places(side, images.shape[-2])
    columns, right = _places(side, images.shape[-1])
    device = images.device
    rows, columns = rows.t().flatten().to(device), columns.t().flatten().to(device)
    read = images.index_select(2, rows).index_select(3, columns)
    down, right = ((share * _SLOTS).round().to(device) for share in (down, right))
    levels = grey_levels(read)
    across = (levels[..., :side] * (_SLOTS - right)).addcmul_(levels[..., side:], right)
    down = down[:, None]
    both = (across[:, :side] * (_SLOTS - down)).addcmul_(across[:, side:], down)
    return both.add_(_SLOTS**2 // 2).mul_(1 / _SLOTS**2).floor_()


def enlarged(maps: Tensor, size: tuple[int, int]) -> Tensor:
    """Stretch maps (n h w) bilinearly to (height, width), in float32."""
    n, h, w = maps.shape
    height, width = size
    wide = maps.float() @ _mixing(width, w).to(maps.device)
    rows, share = _places(height, h)
    rows, share = rows.to(maps.device), share.to(maps.device)
    every = (torch.arange(n, device=maps.device)[:, None, None] * h + rows).view(-1, 2)
    weights = torch.stack((1 - share, share), dim=1).repeat(n, 1)
    tall = F.embedding_bag(every, wide.view(n * h, width), per_sample_weights=weights, mode="sum")
    return tall.view(n, height, width)


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


@lru_cache(maxsize=64)
@torch.inference_mode(False)
def _mixing(count: int, size: int) -> Tensor:
    """The same as a matrix (size count): how much each sample takes of each pixel."""
    both, share = _places(count, size)
    matrix = torch.zeros(size, count)
    return matrix.scatter_add_(0, both.t(), torch.stack((1 - share, share)))
