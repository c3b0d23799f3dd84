"""A table of biases for the offsets inside a window, and its resize to another window.

Sources: Liu et al., arXiv:2103.14030, section 3.2 (the table; "bicubic" is how its authors' code
fits one to other windows); the code of Bao et al., "BEiT: BERT Pre-Training of Image Transformers",
ICLR 2022, arXiv:2106.08254 ("geometric", which timm took over and made linear); "bilinear" is how
transformers fits BEiT's.
Axes: n offsets, row by row from the most negative, then perhaps rows for no offset; heads.
"""

import math
from typing import Literal, get_args

import torch
import torch.nn.functional as F
from torch import Tensor

from saccade.errors import ConfigError, ShapeError

TableRule = Literal["bicubic", "bilinear", "geometric"]
Size = tuple[int, int]


def offsets_of(window: Size) -> Size:
    """Say how many offsets down and to the right there are between positions of a window.

    Args:
        window: (rows, columns).
    """
    return 2 * window[0] - 1, 2 * window[1] - 1


def resize_bias_table(
    table: Tensor, source: Size, target: Size, *, rule: TableRule = "bicubic"
) -> Tensor:
    """Fit a table of biases to another window.

    "bicubic" and "bilinear" stretch the table, so that the largest offset of one window becomes
    that of the other. "geometric" keeps the bias of small offsets as it is: the old offsets are
    taken for places that lie ever farther apart, up to the largest new one, and biases between them
    are linear; a table that shrinks loses its border.

    Args:
        table: biases (n heads); what comes after the offsets is kept.
        source: the window (rows, columns) that the table was made for.
        target: the window (rows, columns) that is wanted.
        rule: "bicubic", "bilinear", or "geometric" as in timm.

    Raises:
        ShapeError: the table has fewer rows than the source window has offsets.
        ConfigError: the rule is unknown.
    """
    if rule not in get_args(TableRule):
        raise ConfigError("a rule for tables", repr(rule), " or ".join(get_args(TableRule)))
    old, new = offsets_of(source), offsets_of(target)
    count = math.prod(old)
    if table.ndim != 2 or table.shape[0] < count:
        raise ShapeError(
            f"a table (n heads) of at least {count} offsets for windows of {source[0]}x{source[1]}",
            str(tuple(table.shape)),
            "the window that the table was trained with",
        )
    if source == target:
        return table
    image = table[:count].float().T.reshape(1, -1, *old)
    if rule != "geometric":
        image = F.interpolate(image, size=new, mode=rule)
    else:
        down, right = (_between(a, b).to(image) for a, b in zip(old, new, strict=True))
        image = down @ image @ right.T
    return torch.cat([image[0].flatten(1).T.to(table.dtype), table[count:]])


def _between(old: int, new: int) -> Tensor:
    """Weights (new old) of the old biases in the new ones, along one axis."""
    reach = new // 2
    steps = [_ratio(old // 2, reach) ** power for power in range(old // 2)]
    right = torch.tensor([0.0, *steps], dtype=torch.float64).cumsum(0)
    places = torch.cat([-right[1:].flip(0), right])
    wanted = torch.arange(-reach, reach + 1, dtype=torch.float64)
    wanted = wanted.clamp(float(places[0]), float(places[-1]))
    after = torch.searchsorted(places, wanted).clamp(min(1, old - 1), old - 1)
    before = (after - 1).clamp_min(0)
    gap = (places[after] - places[before]).clamp_min(1e-12)
    share = (wanted - places[before]) / gap
    weights = torch.zeros(new, old, dtype=torch.float64)
    rows = torch.arange(new)
    weights[rows, before] = 1 - share
    return weights.index_put((rows, after), share, accumulate=True)


def _ratio(steps: int, reach: int) -> float:
    """The ratio, of 1.01 to 1.5, with which that many steps from 1 on sum up to the reach."""
    low, ratio, high = 1.01, 1.01, 1.5
    while high - low > 1e-6:
        ratio = (low + high) / 2  # the last one tried counts, as in BEiT's code
        total = (1 - ratio**steps) / (1 - ratio)
        low, high = (low, ratio) if total > reach else (ratio, high)
    return ratio
