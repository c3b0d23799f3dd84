"""A small network that looks at a whole map and answers with a few numbers.

Source: the localisation network for the cluttered digits of Jaderberg et al., "Spatial Transformer
Networks", NeurIPS 2015, arXiv:1506.02025, appendix A: two convolutions with 20 filters 5 x 5 on the
map at half its resolution, max pooling, and a hidden layer of 20.
Differs: what the convolutions find is averaged over 4 x 4 fields, so that maps of any size fit.
"""

from collections.abc import Callable
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from saccade.errors import ConfigError


class Localisation(nn.Module):
    """From a map (b c h w) or (b c t h w) to numbers (b outputs).

    Parameters: `conv1` (filters c 5 5), `conv2` (filters filters 5 5), `fc1` (hidden
    filters·fields) and `fc2` (outputs hidden), all with biases; kernels have a third 5 in space.

    Args:
        channels: channels c of the map.
        outputs: how many numbers.
        axes: 2 for maps, 3 for volumes.
        filters: output channels of both convolutions.
        hidden: units before the last layer.
        fields: side of the grid of fields over which the last map is averaged.
    """

    def __init__(
        self,
        channels: int,
        outputs: int,
        *,
        axes: Literal[2, 3] = 2,
        filters: int = 20,
        hidden: int = 20,
        fields: int = 4,
    ) -> None:
        super().__init__()
        self.axes, self.fields = axes, fields
        conv = nn.Conv2d if axes == 2 else nn.Conv3d
        self.conv1 = conv(channels, filters, 5, padding=2)
        self.conv2 = conv(filters, filters, 5, padding=2)
        self.fc1 = nn.Linear(filters * fields**axes, hidden)
        self.fc2 = nn.Linear(hidden, outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Look at the map at half its resolution; a map may have one row or column only."""
        flat = self.axes == 2
        average = F.adaptive_avg_pool2d if flat else F.adaptive_avg_pool3d
        seen = self.conv1(_halve(F.avg_pool2d if flat else F.avg_pool3d, x)).relu()
        seen = self.conv2(_halve(F.max_pool2d if flat else F.max_pool3d, seen)).relu()
        fields = average(_widen(seen), self.fields).to(seen.dtype).flatten(1)
        return self.fc2(self.fc1(fields).relu())


def _halve(pool: Callable[..., Tensor], x: Tensor) -> Tensor:
    sides = [min(2, side) for side in x.shape[2:]]
    return pool(_widen(x), sides, sides, ceil_mode=True).to(x.dtype)


def _widen(x: Tensor) -> Tensor:
    # torch pools no volumes of half precision on the CPU
    return x.to(torch.promote_types(x.dtype, torch.float32))


def start_last_layer(module: nn.Module, numbers: Tensor) -> None:
    """Let a network answer with the same numbers (n) for every input, until it is trained.

    The weights of its last linear layer become zero and the bias becomes the numbers.

    Raises:
        ConfigError: the network does not end in a linear layer with a bias and n outputs.
    """
    last = [part for part in module.modules() if not list(part.children())]
    linear = next((part for part in reversed(last) if isinstance(part, nn.Linear)), None)
    if linear is None or linear.bias is None or linear.out_features != numbers.numel():
        raise ConfigError(
            f"a localisation whose last linear layer has a bias and {numbers.numel()} outputs",
            "none" if linear is None else str(linear),
            f"nn.Linear(..., {numbers.numel()}) as its last layer",
        )
    with torch.no_grad():
        linear.weight.zero_()
        linear.bias.copy_(numbers)
