"""A model in another type of number, for rules that rounding would carry off."""

import copy
from itertools import chain

import torch
from torch import Tensor, nn

from saccade.inspection.frames import original


def in_type(model: nn.Module, dtype: torch.dtype) -> nn.Module:
    """Give the model itself if its numbers are of this type already, else a twin in this type.

    Args:
        model: any; of a compiled one the twin is that of the original.
        dtype: of floating-point numbers.
    """
    inner = original(model)
    tensors = list(chain(inner.parameters(), inner.buffers()))
    if all(x.dtype == dtype for x in tensors if x.is_floating_point()):
        return model
    with torch.inference_mode(False):
        known: dict[int, object] = {
            id(x): _cast(x, dtype) for x in tensors if x.is_floating_point()
        }
        return copy.deepcopy(inner, known)


def _cast(tensor: Tensor, dtype: torch.dtype) -> Tensor:
    numbers = tensor.detach().to(dtype, copy=True)
    return (
        nn.Parameter(numbers, requires_grad=False) if isinstance(tensor, nn.Parameter) else numbers
    )
