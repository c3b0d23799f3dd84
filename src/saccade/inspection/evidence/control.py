"""A score beside the scores of random orders: how much of it is the explanation's own?

Source: the random order is the control of Samek et al., "Evaluating the Visualization of What a
Deep Neural Network Has Learned", IEEE TNNLS 2017, arXiv:1509.06321, section IV.
Axes: b images, h rows, w columns, r random orders.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from saccade.errors import ConfigError
from saccade.shapes import expect


@dataclass(frozen=True, slots=True)
class Control:
    """A score for each image, and what random orders reach on it.

    Args:
        value: the score of the explanation (b).
        random: the scores of the random orders (r b).
        lower_is_better: whether a small score is a good one.
    """

    value: Tensor
    random: Tensor
    lower_is_better: bool

    @property
    def mean(self) -> Tensor:
        """Mean of the random orders (b)."""
        return self.random.mean(dim=0)

    @property
    def spread(self) -> Tensor:
        """Standard deviation of the random orders (b); NaN for a single one."""
        if len(self.random) < 2:
            return torch.full_like(self.value, torch.nan)
        return self.random.std(dim=0)

    @property
    def advantage(self) -> Tensor:
        """How much better than the mean random order (b); negative where it is worse."""
        gain = self.value - self.mean
        return -gain if self.lower_is_better else gain

    def to_dict(self) -> dict[str, float]:
        """Give means over the images, and the share of images that are better than random."""
        return {
            "value": float(self.value.mean()),
            "random": float(self.mean.mean()),
            "random_spread": float(self.spread.mean()),
            "advantage": float(self.advantage.mean()),
            "better_than_random": float((self.advantage > 0).float().mean()),
        }


def random_maps(
    maps: Tensor,
    *,
    draws: int = 5,
    grain: tuple[int, int] | None = None,
    generator: torch.Generator | None = None,
) -> Iterator[Tensor]:
    """Draw maps (b h w) in which every order is as likely as any other, one after the other.

    Args:
        maps: whose shape, type and device are taken (b h w).
        draws: how many.
        grain: rows and columns of the draw, which is then stretched (bilinear) to the size of the
            maps; each entry by itself when None.
        generator: of the numbers.

    Raises:
        ShapeError: the maps are not (b h w).
        ConfigError: there is nothing to draw.
    """
    expect(maps, "b h w", "the maps")
    if draws < 1 or (grain is not None and min(grain) < 1):
        raise ConfigError("one random order or more", f"draws={draws}, grain={grain}", "draws=5")
    device = maps.device if generator is None else generator.device
    size = tuple(maps.shape[-2:])

    def draw() -> Tensor:
        noise = torch.rand(len(maps), 1, *(grain or size), generator=generator, device=device)
        if tuple(noise.shape[-2:]) != size:
            noise = functional.interpolate(noise, size, mode="bilinear", align_corners=False)
        return noise[:, 0].to(maps.device)

    return (draw() for _ in range(draws))
