"""DINO's head: a perceptron, a bottleneck on the unit sphere, and prototypes to be near to.

Source: Caron et al., "Emerging Properties in Self-Supervised Vision Transformers", ICCV 2021,
arXiv:2104.14294, section 3.1 (network architecture) and appendix C.
Axes: b batch, d features of the model, m features of the bottleneck, k prototypes.
Differs: nothing in the head; its sizes follow the number of pictures where none are given.
"""

import math
from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor, nn

from saccade.training.options import PretrainOptions

BOTTLENECK = 256
MANY = 500_000  # pictures from which on the paper's sizes are taken


@dataclass(frozen=True, kw_only=True, slots=True)
class HeadSizes:
    """How large the head is, and why.

    Args:
        hidden: features between its layers.
        bottleneck: features before the prototypes.
        prototypes: outputs.
        reason: of what was not given, in a few words.
    """

    hidden: int
    bottleneck: int
    prototypes: int
    reason: str


def head_sizes(options: PretrainOptions, *, width: int, pictures: int) -> HeadSizes:
    """Choose the sizes that are not given.

    The paper's 65,536 prototypes of 256 features are 17 million weights, three times a tiny ViT,
    and with a few thousand pictures most of them would never be the nearest of any. So there are
    at most as many as pictures (a power of two), and the layers shrink with the model. The
    bottleneck stays: the temperatures are made for cosines of 256 features, which lie within
    1/16 of 0 in a fresh network; with fewer, a fresh teacher would know one prototype only.

    Args:
        options: of the run.
        width: features d of the model.
        pictures: to learn from.
    """
    if pictures >= MANY:
        hidden, prototypes = 2048, 65536
        reason = f"{pictures:,} pictures: the paper's sizes"
    else:
        hidden = min(2048, 8 * width)
        prototypes = min(65536, max(256, 2 ** int(math.log2(max(pictures, 1)))))
        reason = f"{pictures:,} pictures and {width} features; the paper's 1.3 million take 65536"
    return HeadSizes(
        hidden=options.head_hidden or hidden,
        bottleneck=options.bottleneck or BOTTLENECK,
        prototypes=options.prototypes or prototypes,
        reason=reason,
    )


class DinoHead(nn.Module):
    """Three layers with GELU, a unit vector, and its cosine to each prototype.

    The prototypes are weight-normalised with their lengths fixed to 1, so that no answer can grow
    by length alone.

    Args:
        width: features d of the model.
        sizes: of the head.
    """

    def __init__(self, width: int, sizes: HeadSizes) -> None:
        super().__init__()
        self.mlp = nn.Sequential(
            nn.Linear(width, sizes.hidden),
            nn.GELU(),
            nn.Linear(sizes.hidden, sizes.hidden),
            nn.GELU(),
            nn.Linear(sizes.hidden, sizes.bottleneck),
        )
        self.prototypes = nn.Linear(sizes.bottleneck, sizes.prototypes, bias=False)
        for layer in self.mlp:
            if isinstance(layer, nn.Linear):
                nn.init.trunc_normal_(layer.weight, std=0.02)
                nn.init.zeros_(layer.bias)

    def forward(self, features: Tensor) -> Tensor:
        """Turn features (b d) into cosines (b k), -1 to 1."""
        directions = F.normalize(self.mlp(features), dim=-1, eps=1e-6)
        return F.linear(directions, F.normalize(self.prototypes.weight, dim=-1, eps=1e-6))
