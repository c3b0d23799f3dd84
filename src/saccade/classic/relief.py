"""ReliefF: a good feature differs among near rows of other classes, and not among near own ones.

Sources: Kira, Rendell, "A Practical Approach to Feature Selection", ICML 1992; Kononenko,
"Estimating Attributes: Analysis and Extensions of RELIEF", ECML 1994; the form of Robnik-Šikonja,
Kononenko, "Theoretical and Empirical Analysis of ReliefF and RReliefF", Machine Learning 53, 2003,
figure 2, for numeric features.
Axes: n rows, d features.
Cost: rows·n·d for the distances, some rows at a time.
Differs: all rows are asked unless there are more than `rows`; neighbours weigh alike.
"""

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from saccade.classic.feature_rows import Floats, class_rows
from saccade.errors import ConfigError

_ROOM = 2_000_000  # distances at a time


def relieff(
    values: ArrayLike | Tensor,
    labels: ArrayLike | Tensor,
    *,
    neighbours: int = 10,
    rows: int = 1000,
    seed: int = 0,
) -> Floats:
    """Weigh each feature by what near rows say (d), -1 to 1.

    It sees features that tell only together, such as the two of an exclusive or. Chance is about 0,
    and a weight below it is no better. Equally near rows are taken in their order.

    Args:
        values: features (n d).
        labels: classes (n).
        neighbours: near rows of each class that are looked at.
        rows: how many rows are asked at most; more are drawn from.
        seed: of the draw.

    Raises:
        ConfigError: `neighbours` or `rows` is below 1.
        DataError: gaps, or no classes.
        ShapeError: features and labels do not go together.
    """
    if min(neighbours, rows) < 1:
        got = f"neighbours={neighbours}, rows={rows}"
        raise ConfigError("neighbours and rows of 1 or more", got, "neighbours=10, rows=1000")
    found, numbers = class_rows(values, labels)
    y = torch.from_numpy(numbers)
    asked = torch.arange(len(y))
    if len(y) > rows:
        draw = torch.Generator().manual_seed(seed)
        asked = torch.randperm(len(y), generator=draw)[:rows].sort().values
    x = torch.from_numpy(_unit(found))
    shares = torch.bincount(y).double() / len(y)
    weights = torch.zeros(x.shape[1], dtype=torch.float64)
    for own in range(len(shares)):
        mine = asked[y[asked] == own]
        for other in range(len(shares)):
            factor = -1.0 if own == other else float(shares[other] / (1 - shares[own]))
            members = torch.nonzero(y == other)[:, 0]
            weights += factor * _differences(x, mine, members, neighbours)
    return (weights / len(asked)).numpy()


def _unit(values: Floats) -> Floats:
    """Stretch each feature to 0-1; a constant one becomes 0."""
    low = values.min(axis=0)
    span = values.max(axis=0) - low
    return (values - low) / np.where(span > 0, span, 1.0)


def _differences(x: Tensor, asked: Tensor, members: Tensor, neighbours: int) -> Tensor:
    """Sum over the rows asked of the mean difference from their nearest members (d)."""
    total = torch.zeros(x.shape[1], dtype=x.dtype)
    for some in torch.split(asked, max(1, _ROOM // len(members))):
        own = some[:, None] == members
        count = min(neighbours, len(members) - int(own.any()))
        if count == 0:  # the only row of its class
            continue
        far = torch.cdist(x[some], x[members], p=1.0).masked_fill(own, torch.inf)
        near = members[far.sort(dim=1, stable=True).indices[:, :count]]
        for place in range(count):
            total += (x[some] - x[near[:, place]]).abs().sum(dim=0) / count
    return total
