"""The gated perceptron of EVA-02: gates and values of two layers, perhaps normed.

Sources: Shazeer, "GLU Variants Improve Transformer", 2020, arXiv:2002.05202, eq. 6; Fang et al.,
"EVA-02", arXiv:2303.11331, section 2.1 (the norm). Names of the weights are timm's.
Axes: (b n d) to (b n d).
"""

import torch.nn.functional as F
from torch import Tensor, nn


class SplitSwiGLU(nn.Module):
    """silu(gates) times values, a norm where wanted, linear; with biases.

    Args:
        width: features d.
        hidden: gates, and as many values.
        norm_eps: added to the variance of the norm before the last layer; no norm when None.
        dropout: after each dense layer, 0-1.
    """

    def __init__(
        self, width: int, hidden: int, *, norm_eps: float | None = None, dropout: float = 0.0
    ) -> None:
        super().__init__()
        self.fc1_g = nn.Linear(width, hidden)
        self.fc1_x = nn.Linear(width, hidden)
        self.drop = nn.Dropout(dropout)
        self.norm = nn.Identity() if norm_eps is None else nn.LayerNorm(hidden, eps=norm_eps)
        self.fc2 = nn.Linear(hidden, width)

    def forward(self, x: Tensor) -> Tensor:
        """Apply the perceptron to each token alone."""
        gated = F.silu(self.fc1_g(x)) * self.fc1_x(x)
        return self.drop(self.fc2(self.norm(self.drop(gated))))
