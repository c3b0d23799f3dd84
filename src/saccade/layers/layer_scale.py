"""LayerScale: each feature of a residual branch times a learned number that starts small.

Source: Touvron et al., "Going deeper with Image Transformers", ICCV 2021, arXiv:2103.17239,
section 2, eq. 4.
Axes: (... d) to (... d).
"""

import torch
from torch import Tensor, nn


class LayerScale(nn.Module):
    """Scale each feature.

    Args:
        width: features d.
        init: where all factors start; 1e-5 in the paper's deep networks, 1e-6 in DeiT III.
    """

    def __init__(self, width: int, init: float = 1e-5) -> None:
        super().__init__()
        self.init = init
        self.gamma = nn.Parameter(torch.full((width,), init))

    def forward(self, x: Tensor) -> Tensor:
        """Scale (... d)."""
        return x * self.gamma

    def reset_parameters(self) -> None:
        """Set all factors back to their start."""
        nn.init.constant_(self.gamma, self.init)

    def extra_repr(self) -> str:
        """Show the width and the start."""
        return f"{self.gamma.shape[0]}, init={self.init:g}"
