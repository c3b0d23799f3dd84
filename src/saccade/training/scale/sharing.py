"""What lets several processes learn together: DDP copies the weights, FSDP2 spreads them.

Source: Li et al., "PyTorch Distributed", VLDB 2020, arXiv:2006.15704; Zhao et al., "PyTorch FSDP",
VLDB 2023, arXiv:2304.11277, in its second form, `fully_shard`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from saccade.training.scale.processes import World


def wrapped(lesson: nn.Module, world: World, strategy: str, device: torch.device) -> nn.Module:
    """Give what is called in place of a lesson, so that its gradients are those of all processes.

    Args:
        lesson: on its device, the same in every process.
        world: the processes.
        strategy: "ddp" or "fsdp".
        device: of this process.
    """
    if world.size == 1 or strategy == "fsdp":
        return lesson
    ids = [device] if device.type == "cuda" else None
    return DistributedDataParallel(lesson, device_ids=ids)


def sharded(lesson: nn.Module, world: World, strategy: str) -> nn.Module:
    """Spread the weights of a lesson over the processes, block by block; before the optimizer.

    Args:
        lesson: on its device, the same in every process.
        world: the processes.
        strategy: nothing is done unless it is "fsdp".
    """
    if world.size > 1 and strategy == "fsdp":
        kind = next(lesson.parameters()).device.type
        # Imported only where weights are spread: they take seconds.
        mesh = import_module("torch.distributed.device_mesh").init_device_mesh(kind, (world.size,))
        fully_shard = import_module("torch.distributed.fsdp").fully_shard
        for name, module in lesson.named_modules():
            if name.rpartition(".")[0].endswith("blocks"):
                fully_shard(module, mesh=mesh)
        fully_shard(lesson, mesh=mesh)
    return lesson


@contextmanager
def gathered(lesson: nn.Module) -> Iterator[None]:
    """Let parts of a lesson be called by themselves inside, as to measure its model.

    Where the weights are spread, each process holds all of them inside, so that no process waits
    for another however many pictures it has. Gradients and optimizer stay spread.
    """
    spread: list[Any] = [module for module in lesson.modules() if hasattr(module, "unshard")]
    for module in spread:
        module.set_reshard_after_forward(False, recurse=False)
        module.unshard()
    try:
        yield
    finally:
        for module in spread:
            module.set_reshard_after_forward(module is not lesson, recurse=False)
            module.reshard()


def whole(value: Tensor) -> Tensor:
    """Give all of a tensor that may be spread over the processes; each must ask at once."""
    gather = getattr(value, "full_tensor", None)  # of a DTensor
    return value if gather is None else gather()


@contextmanager
def unsynced(engine: nn.Module) -> Iterator[None]:
    """Gather gradients in this process alone inside."""
    if isinstance(engine, DistributedDataParallel):
        with engine.no_sync():
            yield
        return
    switch = getattr(engine, "set_requires_gradient_sync", None)  # of FSDP2
    if switch is not None:
        switch(False)
    yield
    if switch is not None:
        switch(True)
