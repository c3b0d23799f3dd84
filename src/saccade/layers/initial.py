"""How weights start: the two rules that published vision transformers follow.

Sources: timm's default (normal, std 0.02, cut at ±2); the authors' Flax code ("jax"), which draws
dense kernels by Xavier and the patch kernel by LeCun's rule.
"""

import math
from typing import Literal

from torch import Tensor, nn

InitRule = Literal["trunc", "jax"]


def reset_linear(linear: nn.Linear, rule: InitRule, *, parts: int = 1, bias_std: float = 0) -> None:
    """Draw a dense layer anew.

    Args:
        linear: the layer.
        rule: "trunc" or "jax".
        parts: how many matrices are stored as one along the outputs, such as 3 for query, key and
            value; Xavier's bound is that of one part.
        bias_std: spread of the bias under "jax"; it is zero under "trunc".
    """
    if rule == "trunc":
        nn.init.trunc_normal_(linear.weight, std=0.02)
    else:
        bound = math.sqrt(6.0 / (linear.in_features + linear.out_features / parts))
        nn.init.uniform_(linear.weight, -bound, bound)
    if linear.bias is not None:
        nn.init.normal_(linear.bias, std=bias_std if rule == "jax" else 0.0)


def lecun_normal(weight: Tensor) -> None:
    """Draw a kernel (out in ...) from a normal cut at two sigmas, with variance 1 / fan-in."""
    cut = 0.87962566103423978  # the std of a standard normal cut at two sigmas
    std = math.sqrt(1.0 / weight[0].numel()) / cut
    nn.init.trunc_normal_(weight, std=std, a=-2 * std, b=2 * std)
