"""Recompute a block in the backward pass instead of keeping what it computed: time for memory.

Source: Chen et al., "Training Deep Nets with Sublinear Memory Cost", 2016, arXiv:1604.06174.
Axes: those of the block.
Differs: torch's checkpoint, except that batch norms count a batch once. Left alone they would count
it twice, since they run twice, and the network would end with other statistics.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.utils.checkpoint import checkpoint

Block = Callable[[Tensor], Tensor]


def recomputed(block: Block, x: Tensor) -> Tensor:
    """Apply a block and keep only its input for the backward pass; draws are repeated too.

    Args:
        block: a module or function of one tensor.
        x: its input.
    """
    norms = _norms(block)
    if not norms or torch.compiler.is_compiling():
        found: Tensor = checkpoint(block, x, use_reentrant=False)
        return found

    def contexts() -> tuple[AbstractContextManager[None], AbstractContextManager[None]]:
        return nullcontext(), _uncounted(norms)

    counted: Tensor = checkpoint(block, x, use_reentrant=False, context_fn=contexts)
    return counted


def _norms(block: Block) -> list[_BatchNorm]:
    if not isinstance(block, nn.Module):
        return []
    return [part for part in block.modules() if isinstance(part, _BatchNorm)]


@contextmanager
def _uncounted(norms: list[_BatchNorm]) -> Iterator[None]:
    """Let norms use the statistics of the batch and leave their running ones as they are."""
    before = [(norm, norm.momentum, norm.num_batches_tracked) for norm in norms]
    for norm in norms:
        norm.momentum, norm.num_batches_tracked = 0.0, None
    try:
        yield
    finally:
        for norm, momentum, count in before:
            norm.momentum, norm.num_batches_tracked = momentum, count
