"""Comparing batches."""

from collections.abc import Iterable

import torch


def same(some: Iterable[object], others: Iterable[object]) -> bool:
    """Tell whether batches are the same to the bit."""
    return all(_same(one, other) for one, other in zip(some, others, strict=True))


def _same(one: object, other: object) -> bool:
    pairs = ((getattr(one, name), getattr(other, name)) for name in one.__dataclass_fields__)
    return all(torch.equal(a, b) if isinstance(a, torch.Tensor) else a == b for a, b in pairs)
