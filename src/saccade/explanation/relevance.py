"""Rules that pass relevance from what a layer gives back to what it was given, image by image.

Every rule keeps the sum, but for what falls on numbers that are zero: relevance is shared out and
never made. Norms, softmax, activations, dropout and factors hand it on as it is.

Source: Chefer, Gur, Wolf, "Transformer Interpretability Beyond Attention Visualization", CVPR 2021,
arXiv:2012.09838, section 3.1 and 3.2, equations 3 to 10, with α = 1 and β = 0.
Axes: b images, i rows, j, n and k columns, f features in, o features out.
Differs: the sums of `shared` are those of one image, so that a batch gives what its images give.
"""

import torch
from torch import Tensor

_LEAST = 1e-9


def through_linear(relevance: Tensor, x: Tensor, weight: Tensor) -> Tensor:
    """Share relevance (b … o) among the inputs (b … f) that pulled the same way as the output.

    Args:
        relevance: of what the layer gave; its bias gets none.
        x: what it was given (b … f).
        weight: (o f).
    """
    up, down = weight.clamp_min(0), weight.clamp_max(0)
    positive, negative = x.clamp_min(0), x.clamp_max(0)
    share = divided(relevance, positive @ up.mT + negative @ down.mT)
    return positive * (share @ up) + negative * (share @ down)


def through_product(relevance: Tensor, left: Tensor, right: Tensor) -> tuple[Tensor, Tensor]:
    """Share relevance (… i k) of a product of matrices in halves among its factors.

    Args:
        relevance: of the product.
        left: (… i j).
        right: (… j k).

    Returns:
        The relevance of each factor, in its shape.
    """
    share = divided(relevance, left @ right)
    return left * (share @ right.mT) / 2, right * (left.mT @ share) / 2


def through_sum(relevance: Tensor, first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
    """Share relevance (b …) of a sum of two tensors, each getting by its total size.

    Args:
        relevance: of the sum.
        first: (b …).
        second: (b …).
    """
    share = divided(relevance, first + second)
    own, other = first * share, second * share
    sizes = _total(own).abs(), _total(other).abs()
    both, all_ = sizes[0] + sizes[1], _total(relevance)
    return (
        own * divided(divided(sizes[0], both) * all_, _total(own)),
        other * divided(divided(sizes[1], both) * all_, _total(other)),
    )


def through_mean(relevance: Tensor, tokens: Tensor, chosen: Tensor) -> Tensor:
    """Share relevance (b f) of the mean of some tokens (b n f) by what each adds to it.

    Args:
        relevance: of the mean.
        tokens: all of them.
        chosen: which ones the mean is of (b n), booleans.
    """
    part = tokens * chosen[..., None]
    count = chosen.sum(dim=1)[:, None]
    if bool((count == 1).all()):
        return relevance[:, None] * chosen[..., None]
    share = divided(relevance, part.sum(dim=1) / count)
    return part * share[:, None] / count[..., None]


def divided(above: Tensor, below: Tensor) -> Tensor:
    """Divide, with a little added below; 0 where there is nothing below."""
    safe = below + _LEAST
    safe = torch.where(safe == 0, _LEAST, safe)
    return torch.where(below == 0, 0.0, above / safe)


def _total(x: Tensor) -> Tensor:
    return x.sum(dim=tuple(range(1, x.dim())), keepdim=True)
