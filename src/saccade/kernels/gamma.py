"""The mapping gamma of vector attention with its batch norms folded into what is beside them.

Gamma is batch norm, ReLU, linear layer, batch norm, ReLU, linear layer. While its norms learn, the
moments of the first are found from sums over windows, those of the second in one pass over all
pairs, so that pairs are made twice but never held.

Axes: b batch, r relations, n compared, h height, w width, groups of channels that share weights.
"""

from functools import partial
from typing import cast

import torch
from torch import Tensor, nn

from saccade.kernels.operators import Windows
from saccade.kernels.pair_moments import pair_moments
from saccade.kernels.pairwise import Pairs, hidden_moments
from saccade.kernels.patchwise import patch_linear, patch_moments
from saccade.layers.batch_norm import affine_of, is_plain


def foldable(gamma: nn.Sequential, count: int) -> bool:
    """Whether the norms can be taken apart: they are torch's own, and see more than one number.

    Args:
        gamma: the six layers.
        count: how many windows there are.
    """
    return is_plain((gamma[0], gamma[3])) and count > 1


def fold_pairs(
    sides: Pairs, gamma: nn.Sequential, windows: Windows
) -> tuple[Pairs, tuple[Tensor, Tensor, Tensor]]:
    """Make the pairs and the mapping of `pairwise_sums` from gamma.

    The bias of gamma's last layer adds the same to all logits of a window. The softmax takes it
    away, and here it is left out; its gradient is zero.

    Args:
        sides: what is compared, without a shift; in the precision of the computation.
        gamma: the six layers.
        windows: which positions a window sees.
    """
    left, right, products, dot = sides.left, sides.right, sides.products, sides.dot
    norms, (layer, last) = _parts(gamma)
    count = left.shape[0] * windows.places * left.shape[2] * left.shape[3]
    moments = partial(pair_moments, left, right, products, dot, windows)
    affine = affine_of(norms[0], moments, count, left.dtype)
    pairs = Pairs(*_folded(sides, affine), products, dot)
    first = layer.weight.flatten(1).to(left.dtype)
    moments = partial(hidden_moments, pairs, first, windows)
    scale, shift = affine_of(norms[1], moments, count, left.dtype)
    second = last.weight.flatten(1).to(left.dtype)
    nothing = 0 if last.bias is None else 0 * last.bias.sum()
    return pairs, (first * scale[:, None], shift + nothing, second)


def fold_patches(centres: Tensor, psi: Tensor, gamma: nn.Sequential, windows: Windows) -> Tensor:
    """Gamma's first layer of concatenated windows (b groups h' w'), place by place.

    Args:
        centres: phi of the centres (b r h' w').
        psi: psi of all positions (b r h w), of the same precision.
        gamma: the six layers.
        windows: which positions a window sees.
    """
    inner = centres.shape[1]

    def moments() -> tuple[Tensor, Tensor]:
        variance, mean = torch.var_mean(centres, (0, 2, 3), correction=0)
        around = patch_moments(psi, windows)
        return torch.cat([mean, around[0].flatten()]), torch.cat([variance, around[1].flatten()])

    count = centres.shape[0] * centres.shape[2] * centres.shape[3]
    norms, (layer, _) = _parts(gamma)
    scale, shift = affine_of(norms[0], moments, count, psi.dtype)
    weight = layer.weight.flatten(1).to(psi.dtype)
    own = (centres * scale[:inner, None, None] + shift[:inner, None, None]).relu()
    hidden = torch.einsum("on,bnhw->bohw", weight[:, :inner], own)
    rest = [t[..., inner:].unflatten(-1, (inner, -1)) for t in (scale, shift, weight)]
    return hidden + patch_linear(psi, (rest[0], rest[1]), rest[2], windows)


def _parts(gamma: nn.Sequential) -> tuple[tuple[nn.BatchNorm2d, ...], tuple[nn.Conv2d, ...]]:
    """The two norms and the two linear layers."""
    norms, layers = (gamma[0], gamma[3]), (gamma[2], gamma[5])
    return cast("tuple[nn.BatchNorm2d, ...]", norms), cast("tuple[nn.Conv2d, ...]", layers)


def _folded(sides: Pairs, affine: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Apply scale and shift of pairs (2 n) to their sides; gives the shift of the products too."""
    left, right, products = sides.left, sides.right, sides.products
    many = 1 if sides.dot else products
    scale, shift = affine[:, many:, None, None]
    apart = left[:, products:] * scale + shift
    if not products:
        return apart, right * scale, affine[1, :0]
    multiplied = left[:, :products] * affine[0, :many, None, None]
    right = torch.cat([right[:, :products], right[:, products:] * scale], 1)
    return torch.cat([multiplied, apart], 1), right, affine[1, :many]
