"""The two-layer perceptron of every transformer: widen, bend, narrow."""

from typing import Literal

from torch import Tensor, nn

Activation = Literal["gelu", "gelu_tanh"]


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
        self.act = nn.GELU(approximate="tanh" if activation == "gelu_tanh" else "none")
        self.drop = nn.Dropout(dropout)
        self.fc2 = nn.Linear(hidden, width)

    def forward(self, x: Tensor) -> Tensor:
        """Apply the perceptron to each token alone."""
        return self.drop(self.fc2(self.drop(self.act(self.fc1(x)))))
