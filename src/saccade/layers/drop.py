"""Stochastic depth: leave out a whole residual branch, image by image.

Source: Huang et al., "Deep Networks with Stochastic Depth", ECCV 2016, arXiv:1603.09382, eq. 5;
scaled by the keep probability at training time, as DeiT's code does.
Axes: b batch, then anything.
"""

import torch
from torch import Tensor, nn

from saccade.errors import ConfigError


def drop_path(x: Tensor, probability: float, generator: torch.Generator | None = None) -> Tensor:
    """Zero the branch of some images and scale the others so that the mean stays.

    Args:
        x: output of a residual branch (b ...).
        probability: chance that an image loses the branch, 0-1.
        generator: where the draws come from; torch's global one when None.
    """
    if probability == 0.0:
        return x
    keep = 1.0 - probability
    shape = (x.shape[0],) + (1,) * (x.dim() - 1)
    drawn = torch.rand(shape, device=x.device, dtype=torch.float32, generator=generator)
    return x * ((drawn < keep).to(x.dtype) / keep)


class DropPath(nn.Module):
    """Stochastic depth as a layer; the identity in eval mode."""

    def __init__(self, probability: float = 0.0) -> None:
        super().__init__()
        if not 0.0 <= probability < 1.0:
            raise ConfigError("a drop probability in [0, 1)", str(probability), "0.1")
        self.probability = probability

    def forward(self, x: Tensor) -> Tensor:
        """Drop the branch while training."""
        return drop_path(x, self.probability) if self.training else x

    def extra_repr(self) -> str:
        """Show the probability."""
        return f"{self.probability:g}"
