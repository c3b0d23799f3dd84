"""The two-layer perceptron of every transformer: widen, bend, narrow; plain or gated."""

from typing import Literal

import torch.nn.functional as F
from torch import Tensor, nn

Activation = Literal["gelu", "gelu_tanh", "quick_gelu"]


class QuickGELU(nn.Module):
    """The cheap stand-in for GELU of CLIP's first weights: x times the sigmoid of 1.702 x."""

    def forward(self, x: Tensor) -> Tensor:
        """Bend every number."""
        return x * (1.702 * x).sigmoid()


class Mlp(nn.Module):
    """Linear, GELU, linear; each dense layer followed by dropout.

    Source: Dosovitskiy et al., arXiv:2010.11929, section 3.1. The published Flax code bends with
    the tanh form of GELU, the PyTorch ports of its checkpoints with the exact one; both are here.
    Axes: (b n d) to (b n d).
    """

    def __init__(
        self, width: int, hidden: int, *, activation: Activation = "gelu", dropout: float = 0.0
    ) -> None:
        super().__init__()
        self.fc1 = nn.Linear(width, hidden)
        self.act = make_activation(activation)
        self.drop = nn.Dropout(dropout)
        self.fc2 = nn.Linear(hidden, width)

    def forward(self, x: Tensor) -> Tensor:
        """Apply the perceptron to each token alone."""
        return self.drop(self.fc2(self.drop(self.act(self.fc1(x)))))


class PackedSwiGLU(nn.Module):
    """One linear layer gives gates and values side by side; silu(gates) times values, linear.

    Source: Shazeer, "GLU Variants Improve Transformer", 2020, arXiv:2002.05202, eq. 6; with biases
    and both halves in one matrix, as in the giant of DINOv2.
    Axes: (b n d) to (b n d).

    Args:
        width: features d.
        hidden: gates and values together, an even number.
        dropout: after each dense layer, 0-1.
    """

    def __init__(self, width: int, hidden: int, *, dropout: float = 0.0) -> None:
        super().__init__()
        self.fc1 = nn.Linear(width, hidden)
        self.drop = nn.Dropout(dropout)
        self.fc2 = nn.Linear(hidden // 2, width)

    def forward(self, x: Tensor) -> Tensor:
        """Apply the perceptron to each token alone."""
        gates, values = self.fc1(x).chunk(2, dim=-1)
        return self.drop(self.fc2(self.drop(F.silu(gates) * values)))


def make_activation(name: Activation) -> nn.Module:
    """Make the layer that bends: the exact GELU, its tanh form, or CLIP's stand-in."""
    if name == "quick_gelu":
        return QuickGELU()
    return nn.GELU(approximate="tanh" if name == "gelu_tanh" else "none")
