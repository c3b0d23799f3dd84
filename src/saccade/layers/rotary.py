"""Rotary positions on a grid: queries and keys turn by angles that grow with row and column.

Sources: Su et al., "RoFormer", arXiv:2104.09864, section 3.2 (turning); Fang et al., "EVA-02",
arXiv:2303.11331, section 2.1 (rows and columns, the grid stretched to that of pretraining); Siméoni
et al., "DINOv3", arXiv:2508.10104, section 3.2 (coordinates from -1 to 1). Both as their code.
Axes: b batch, heads, n patches row by row, d features of a head.
Differs: the random shift, jitter and scale of DINOv3's coordinates while pretraining is left out.
"""

import math
from typing import Literal, NamedTuple, get_args

import torch
from torch import Tensor

from saccade.errors import ConfigError, ShapeError

RotaryRule = Literal["cat", "dinov3"]
Grid = tuple[int, int]


class Turns(NamedTuple):
    """By how much each patch turns each pair of features.

    Attributes:
        sine: of the angles (n d), in float32.
        cosine: of the angles (n d), in float32.
        halves: pairs are features k and k + d/2; neighbours 2k and 2k + 1 otherwise.
    """

    sine: Tensor
    cosine: Tensor
    halves: bool

    def __call__(self, x: Tensor) -> Tensor:
        """Turn queries or keys (b heads n d), all but the special tokens that stand first.

        Computed in float32 at least, and given back in the type that came.

        Raises:
            ShapeError: there are fewer tokens than patches, or the features differ.
        """
        patches, features = self.sine.shape
        special = x.shape[-2] - patches
        if special < 0 or x.shape[-1] != features:
            raise ShapeError(
                f"at least {patches} tokens of {features} features in each head",
                str(tuple(x.shape)),
                "turns that were made for this grid",
            )
        moved = x[..., special:, :]
        turned = moved * self.cosine + _quarter(moved, self.halves) * self.sine
        return torch.cat([x[..., :special, :], turned.to(x.dtype)], dim=-2)


def _quarter(x: Tensor, halves: bool) -> Tensor:
    """Turn each pair of features (first, second) by a right angle, to (-second, first)."""
    if halves:
        first, second = x.chunk(2, dim=-1)
        return torch.cat([-second, first], dim=-1)
    return torch.stack([-x[..., 1::2], x[..., ::2]], dim=-1).flatten(-2)


def rotary_turns(
    grid: Grid,
    dim: int,
    *,
    rule: RotaryRule = "cat",
    temperature: float = 10000.0,
    halves: bool = False,
    reference: Grid | None = None,
    device: torch.device | None = None,
) -> Turns:
    """Make the turns of a grid: half of the pairs follow the row, half the column.

    "cat" is EVA's rule: pair k turns by place / temperature^(4k/d), where places count patches,
    stretched to those of `reference`. "dinov3" turns it by 2π·place / temperature^(4k/d), where
    places run from -1 to 1 along each side, to the middle of each patch, whatever the grid.

    Args:
        grid: (rows, columns).
        dim: features d of a head, divisible by four.
        rule: "cat" or "dinov3".
        temperature: slowness of the last pair; 10000 in EVA-02, 100 in DINOv3.
        halves: which features are pairs; see `Turns`.
        reference: the grid of pretraining, for "cat"; the grid itself when None.
        device: where the tables lie.

    Raises:
        ConfigError: four does not divide the features, or the rule is unknown.
    """
    if rule not in get_args(RotaryRule):
        raise ConfigError("a rule for turns", repr(rule), " or ".join(get_args(RotaryRule)))
    if dim % 4 or dim < 4:
        raise ConfigError("heads of features divisible by 4, for turns", str(dim), "64 features")
    steps = torch.arange(dim // 4, dtype=torch.float32, device=device) / (dim // 4)
    sides = zip(grid, grid if reference is None else reference, strict=True)
    places = [_places(side, known, rule, device) for side, known in sides]
    y, x = torch.meshgrid(*places, indexing="ij")
    spread = torch.stack([y.flatten(), x.flatten()], dim=1)[:, :, None]  # (n 2 1)
    angles = (spread / temperature**steps).flatten(1)  # (n d/2)
    angles = angles.repeat(1, 2) if halves else angles.repeat_interleave(2, dim=1)
    return Turns(angles.sin(), angles.cos(), halves)


def _places(side: int, known: int, rule: RotaryRule, device: torch.device | None) -> Tensor:
    places = torch.arange(side, dtype=torch.float32, device=device)
    if rule == "cat":
        return places / side * known
    return 2 * math.pi * (2 * (places + 0.5) / side - 1)
