"""Sums over windows whose weights are a small network of pairs of positions, and a softmax.

For a window i and its place j, with left maps a (r h' w') and right maps b (r h w):

    z = relu(pair(a_i, b_j))      pair: a - b, or a·b + shift for the first channels
    logits = second · relu(first · z + middle)
    y_i = sum_j softmax_j(logits) v_j

Axes: b batch, c channels, r relations, n compared, o hidden, h height, w width, groups of channels
    that share weights.
Cost: k²·h'·w'·(n·o + o·g + c) multiplications forward, about four times as many for the gradient,
    which makes the logits again; nothing of the size of k² relation maps is kept.
"""

from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor

from saccade.kernels.aggregation import aggregate_over
from saccade.kernels.aggregation_c import SOURCE
from saccade.kernels.choice import chosen
from saccade.kernels.operators import Recipe, Shapes, Windows, operator
from saccade.kernels.pairwise_c import (
    hidden_backward,
    hidden_forward,
    pairs_backward,
    pairs_forward,
)
from saccade.kernels.pairwise_torch import (
    logits_backward,
    logits_forward,
    moments_backward,
    moments_forward,
)


@dataclass(frozen=True, slots=True)
class Pairs:
    """What is compared, all in one precision.

    Args:
        left: what a window brings (b r h' w').
        right: what the positions bring (b r h w).
        shift: is added to the products; as many as there are products, one for a dot product.
        products: how many of the leading channels are multiplied; the others are subtracted.
        dot: whether the products are added up to one number.
    """

    left: Tensor
    right: Tensor
    shift: Tensor
    products: int = 0
    dot: bool = False


def pairwise_sums(
    pairs: Pairs, values: Tensor, mapping: tuple[Tensor, Tensor, Tensor], windows: Windows
) -> Tensor:
    """Mix the values of each window by the softmax of the mapping of its pairs.

    Args:
        pairs: what is compared.
        values: (b c h w), of the same precision.
        mapping: first (o n), middle (o) and second (groups o).
        windows: which positions a window sees.

    Returns:
        The mixed values (b c h' w').
    """
    how = (pairs.products, pairs.dot)
    left, right, shift = pairs.left, pairs.right, pairs.shift
    if torch.compiler.is_exporting():
        logits = logits_forward(left, right, shift, *mapping, *how, windows)[0]
    elif chosen(values, SOURCE) == "c":
        return pairs_c(left, right, values, shift, *mapping, *how, *windows.numbers)[0]
    else:
        logits = logits_torch(left, right, shift, *mapping, *how, *windows.numbers)
    weights = window_softmax(logits, (values.shape[-2], values.shape[-1]), windows)
    return aggregate_over(values, weights, windows)


def hidden_moments(pairs: Pairs, first: Tensor, windows: Windows) -> tuple[Tensor, Tensor]:
    """Mean and variance (o each) of first · z over all images, windows and places.

    Args:
        pairs: what is compared.
        first: matrix (o n).
        windows: which positions a window sees.
    """
    tensors = (pairs.left, pairs.right, pairs.shift, first)
    how = (pairs.products, pairs.dot)
    if torch.compiler.is_exporting():
        found = moments_forward(*tensors, *how, windows)[0]
    else:
        found = _MOMENTS[chosen(first, SOURCE)](*tensors, *how, *windows.numbers)
    return found[0], found[1]


def window_softmax(logits: Tensor, grid: tuple[int, int], windows: Windows) -> Tensor:
    """Turn logits (b groups j h' w') into weights that sum to one over j.

    Args:
        logits: of the places of each window.
        grid: sizes (h, w) of the map.
        windows: under "mask" their places beyond the border get 0.
    """
    if windows.boundary != "mask":
        return logits.softmax(2)
    outside = (windows.index(grid) < 0).to(logits.device).T.reshape(logits.shape[2:])
    return logits.masked_fill(outside, float("-inf")).softmax(2)  # the centre is always inside


def _sum_shapes(left: Tensor, _: Tensor, values: Tensor, *rest: Tensor) -> Shapes:
    size, groups = left.shape[2:], len(rest[3])
    return (*values.shape[:2], *size), (values.shape[0], groups, 2, *size)


def _logit_shapes(left: Tensor, *rest: Tensor) -> Shapes:
    windows = cast("Windows", rest[-1])
    return ((left.shape[0], len(rest[4]), windows.places, *left.shape[2:]),)


def _moment_shapes(*rest: Tensor) -> Shapes:
    return ((2, len(rest[3])),)


_MAPS = "Tensor left, Tensor right"
_FIRST = "Tensor shift, Tensor first"
_OPTIONS = "int products, bool dot"
pairs_c = operator(
    Recipe(
        name="pairs_c",
        inputs=f"{_MAPS}, Tensor values, {_FIRST}, Tensor middle, Tensor second",
        options=_OPTIONS,
        outputs=2,
        forward=pairs_forward,
        backward=pairs_backward,
        shapes=_sum_shapes,
    )
)
logits_torch = operator(
    Recipe(
        name="logits_torch",
        inputs=f"{_MAPS}, {_FIRST}, Tensor middle, Tensor second",
        options=_OPTIONS,
        forward=logits_forward,
        backward=logits_backward,
        shapes=_logit_shapes,
    )
)
moments_c, moments_torch = (
    operator(
        Recipe(
            name=name,
            inputs=f"{_MAPS}, {_FIRST}",
            options=_OPTIONS,
            forward=forward,
            backward=backward,
            shapes=_moment_shapes,
        )
    )
    for name, forward, backward in (
        ("moments_c", hidden_forward, hidden_backward),
        ("moments_torch", moments_forward, moments_backward),
    )
)
_MOMENTS = {"c": moments_c, "torch": moments_torch, "triton": moments_torch}
