"""What an objective is given, and what it returns."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from torch import Tensor


@dataclass(frozen=True, slots=True)
class Examples:
    """A batch as the model sees it.

    Args:
        images: normalised floats (b c h w), on the model's device.
        labels: class indices (b), on the model's device.
    """

    images: Tensor
    labels: Tensor


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one pass through the model gave.

    Args:
        loss: what to make small, one number with a gradient.
        numbers: what else to report: sums over the pictures of the batch.
    """

    loss: Tensor
    numbers: Mapping[str, Tensor] = field(default_factory=dict)
