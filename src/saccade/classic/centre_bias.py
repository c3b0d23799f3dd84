"""Centre bias: people look at the middle of pictures, whatever is in them.

Source: Tatler, "The central fixation bias in scene viewing", Journal of Vision 2007; as a baseline
of saliency: Bylinskii et al., "What do different evaluation metrics tell us about saliency
models?", TPAMI 2019, arXiv:1604.03605, section 3.
Axes: b batch, c channels, h height, w width.
"""

import torch
from torch import Tensor

from saccade.errors import ConfigError


def centre_bias(size: tuple[int, int], *, spread: float = 0.25) -> Tensor:
    """Make the map of looking at the middle (h w): a Gaussian as wide as the picture is.

    Args:
        size: (height, width) of the picture in pixels.
        spread: standard deviation as a share of each side.

    Raises:
        ConfigError: the spread is not positive.
    """
    if not spread > 0:
        raise ConfigError("a spread above 0", str(spread), "0.25")
    y, x = (
        torch.exp(-0.5 * (((torch.arange(side) + 0.5).double() / side - 0.5) / spread) ** 2)
        for side in size
    )
    return y[:, None] * x[None, :]


def centre(images: Tensor) -> Tensor:
    """Map the middle of each picture (b 3 h w), the same for all of one size (b h w)."""
    b, _, h, w = images.shape
    return centre_bias((h, w)).to(images.device, torch.float32).expand(b, h, w).clone()
