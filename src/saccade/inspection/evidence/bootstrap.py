"""How sure is a mean? Intervals by drawing the images again.

Source: Efron, Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13 (percentiles).
Axes: b images, r draws.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from saccade.errors import ConfigError, ShapeError
from saccade.shapes import expect

_BLOCK = 1 << 22  # numbers that are drawn at a time


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean and where it would lie for other images of the same kind.

    Args:
        mean: of the values.
        low: lower end of the interval.
        high: upper end.
        count: how many values it rests on.
    """

    mean: float
    low: float
    high: float
    count: int

    def to_dict(self) -> dict[str, float]:
        """The interval as plain numbers."""
        return {"mean": self.mean, "low": self.low, "high": self.high, "count": self.count}


def bootstrap(
    values: Tensor,
    *,
    level: float = 0.95,
    draws: int = 2000,
    generator: torch.Generator | None = None,
) -> Interval:
    """Give the mean of values (b) and its percentile interval; NaN values are left out.

    For two methods on the same images give the differences of their values.

    Args:
        values: one for each image (b).
        level: share of the draws that lie inside, 0-1.
        draws: how often the images are drawn again.
        generator: of the draws.

    Raises:
        ShapeError: there is no value.
        ConfigError: level or draws is out of its range.
    """
    expect(values, "b", "the values")
    if not 0 < level < 1 or draws < 1:
        raise ConfigError("a level in (0, 1) and draws of 1 or more", f"{level}, {draws}", "0.95")
    kept = values.detach().double().cpu()
    kept = kept[~torch.isnan(kept)]
    count = len(kept)
    if not count:
        raise ShapeError("one number or more", "none", "images with fixations")
    means = []
    for some in torch.split(torch.arange(draws), max(1, _BLOCK // count)):
        device = "cpu" if generator is None else generator.device
        places = torch.randint(count, (len(some), count), generator=generator, device=device)
        means.append(kept[places.cpu()].mean(dim=1))
    ends = torch.tensor([(1 - level) / 2, (1 + level) / 2], dtype=torch.float64)
    low, high = torch.cat(means).quantile(ends).tolist()
    return Interval(float(kept.mean()), low, high, count)
