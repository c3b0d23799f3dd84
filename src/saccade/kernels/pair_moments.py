"""Mean and variance of what pairs of positions compare, without making all the pairs.

The sum over the places of a window of a map, and of its square, is enough: with δ = a_i - b_j,
the mean of δ² over i and j is that of a² plus that of b² minus twice that of a_i · b_j.

Axes: b batch, c channels, h height, w width, n compared, j places of a window.
"""

import torch
from torch import Tensor

from saccade.kernels.operators import Windows


def pair_moments(
    left: Tensor, right: Tensor, products: int, dot: bool, windows: Windows
) -> tuple[Tensor, Tensor]:
    """Mean and variance (n each) over all images, windows and places, by plain torch.

    Args:
        left: what windows bring (b c h' w').
        right: what positions bring (b c h w).
        products: how many of the leading channels are multiplied; the others are subtracted.
        dot: whether the products are added up.
        windows: which positions a window sees.
    """
    exact = left.dtype if left.device.type == "mps" else torch.float64
    left, padded = left.to(exact), windows.pad(right).to(exact)
    parts = [_differences(left[:, products:], padded[:, products:], windows)]
    if dot:
        parts.insert(0, _dots(left[:, :products], padded[:, :products], windows))
    elif products:
        parts.insert(0, _products(left[:, :products], padded[:, :products], windows))
    means, variances = zip(*parts, strict=True)
    return torch.cat(means), torch.cat(variances)


def _differences(left: Tensor, padded: Tensor, windows: Windows) -> tuple[Tensor, Tensor]:
    far, near = (x.detach().mean((0, 2, 3)) for x in (left, padded))
    left, padded = left - far[:, None, None], padded - near[:, None, None]
    theirs = _over_windows(padded, left, windows)
    mean = (left - theirs).mean((0, 2, 3))
    squares = left.square() + _over_windows(padded.square(), left, windows) - 2 * left * theirs
    return mean + far - near, squares.mean((0, 2, 3)) - mean.square()


def _products(left: Tensor, padded: Tensor, windows: Windows) -> tuple[Tensor, Tensor]:
    mean = (left * _over_windows(padded, left, windows)).mean((0, 2, 3))
    squares = left.square() * _over_windows(padded.square(), left, windows)
    return mean, squares.mean((0, 2, 3)) - mean.square()


def _dots(left: Tensor, padded: Tensor, windows: Windows) -> tuple[Tensor, Tensor]:
    slices = windows.slices(left.shape)
    found = torch.stack([(left * padded[..., r, c]).sum(1) for r, c in slices], 1)
    variance, mean = torch.var_mean(found, correction=0)
    return mean[None], variance[None]


def _over_windows(padded: Tensor, like: Tensor, windows: Windows) -> Tensor:
    """Mean of the places of each window (b c h' w'), first over rows, then over columns."""
    rows = windows.slices(like.shape)[:: windows.kernel_size]
    columns = windows.slices(like.shape)[: windows.kernel_size]
    tall = padded[..., rows[0][0], :]
    for row, _ in rows[1:]:
        tall = tall + padded[..., row, :]
    total = tall[..., columns[0][1]]
    for _, column in columns[1:]:
        total = total + tall[..., column]
    return total / windows.places
