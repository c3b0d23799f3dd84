"""Batch norm as a scale and a shift, for layers that never hold all that it is taken over."""

from collections.abc import Callable, Iterable

import torch
from torch import Tensor, nn

Moments = Callable[[], tuple[Tensor, Tensor]]


def is_plain(norms: Iterable[nn.Module]) -> bool:
    """Whether all are torch's own batch norm with nothing attached, as `affine_of` needs."""
    return all(
        type(norm) is nn.BatchNorm2d and not norm._forward_hooks and not norm._forward_pre_hooks
        for norm in norms
    )


def affine_of(norm: nn.BatchNorm2d, moments: Moments, count: int, dtype: torch.dtype) -> Tensor:
    """Give the scale and the shift of a batch norm (2 c), as one call of it would use them.

    While it learns it takes the moments of the batch and moves its running ones towards them.

    Args:
        norm: the batch norm.
        moments: gives mean and variance (c each) of what it would be called with; only called if
            they are needed.
        count: how many numbers per channel they are taken over, at least 2.
        dtype: of the result.
    """
    if norm.training or norm.running_mean is None or norm.running_var is None:
        mean, variance = moments()
        if norm.training:
            _remember(norm, mean.detach(), variance.detach() * (count / (count - 1)))
    else:
        mean, variance = norm.running_mean, norm.running_var
    scale = (variance.to(dtype) + norm.eps).rsqrt()
    if norm.weight is not None:
        scale = scale * norm.weight.to(dtype)
    shift = -mean.to(dtype) * scale
    if norm.bias is not None:
        shift = shift + norm.bias.to(dtype)
    return torch.stack([scale, shift])


@torch.no_grad()
def _remember(norm: nn.BatchNorm2d, mean: Tensor, variance: Tensor) -> None:
    if norm.running_mean is None or norm.running_var is None or norm.num_batches_tracked is None:
        return
    norm.num_batches_tracked.add_(1)
    rate = 1 / norm.num_batches_tracked if norm.momentum is None else norm.momentum
    for running, new in ((norm.running_mean, mean), (norm.running_var, variance)):
        running.add_((new.to(running.dtype) - running) * rate)
