"""Windows that stand among images or heads, brought to where windows stand."""

import dataclasses
from collections.abc import Callable

import torch
from torch import Tensor

from saccade.attention.fused_reading import Fused
from saccade.attention.reading import Reading, Whole

HIDDEN = -99.0  # libraries add so much to hide a key
_NOTHING = 1e-30  # what is left of the weight of such a key


def moved(reading: Reading, images: int) -> Reading | None:
    """Bring windows that stand among the heads among the images, and heads among the heads.

    Args:
        reading: (images·heads windows i j).
        images: how many there are.

    Returns:
        The same as (images·windows heads i j); None where this cannot be told.
    """

    def swap(x: Tensor) -> Tensor:
        apart = x.reshape(images, len(x) // images, *x.shape[1:])
        return apart.transpose(1, 2).flatten(0, 1)

    return _changed(reading, swap)


def split(reading: Reading, count: int) -> Reading | None:
    """Part windows from heads that stand behind each other: (images windows·heads i j).

    Args:
        reading: of the call.
        count: windows of an image.
    """
    return _changed(reading, lambda x: x.reshape(len(x) * count, -1, *x.shape[2:]))


def hides(reading: Reading, count: int) -> bool:
    """Tell whether windows hide some of their keys, in all heads and images.

    Args:
        reading: (images·windows heads i j).
        count: windows of an image.
    """
    if isinstance(reading, Whole):
        weights = reading.map.reshape(-1, count, *reading.shape[1:])
        return bool((weights < _NOTHING).all(0).all(1).any())
    if not isinstance(reading, Fused) or reading.added is None:
        return False
    added = reading.added
    return bool((~added if added.dtype == torch.bool else added <= HIDDEN).any())


def _changed(reading: Reading, change: Callable[[Tensor], Tensor]) -> Reading | None:
    if isinstance(reading, Whole):
        return Whole(change(reading.map))
    if not isinstance(reading, Fused) or reading.keys.shape[1] != reading.queries.shape[1]:
        return None
    added = reading.added
    if added is not None and (added.dim() != 4 or added.shape[0] > 1 or added.shape[1] > 1):
        added = change(added.expand(*reading.shape[:2], *added.shape[-2:]))
    return dataclasses.replace(
        reading,
        queries=change(reading.queries),
        keys=change(reading.keys),
        values=change(reading.values),
        added=added,
        output=None if reading.output is None else change(reading.output),
    )
