"""The processes of a run: how many there are, and what they tell each other.

One process needs none of this. Several are started by torchrun, which tells each its rank and where
to meet; here they join and leave.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor

from saccade.errors import SaccadeError

WAIT = timedelta(minutes=10)  # for the slowest process, before it is taken for dead


@dataclass(frozen=True, slots=True)
class World:
    """The processes of a run, as one of them sees it.

    Args:
        rank: of this process, counted from 0; 0 writes the files.
        size: how many there are.
        local_rank: of this process on its machine.
    """

    rank: int = 0
    size: int = 1
    local_rank: int = 0

    @property
    def main(self) -> bool:
        """Whether this process writes the files."""
        return self.rank == 0

    def total(self, values: Tensor) -> Tensor:
        """Add numbers over all processes; in place."""
        if self.size > 1:
            dist.all_reduce(values)
        return values

    def any(self, *flags: bool) -> tuple[bool, ...]:
        """Tell of each flag whether it is set in any process."""
        if self.size == 1:
            return flags
        return tuple(bool(value) for value in self.total(torch.tensor(flags, dtype=torch.int)))

    def gathered(self, thing: Any) -> list[Any]:  # noqa: ANN401
        """Give what each process has, in the order of the ranks."""
        if self.size == 1:
            return [thing]
        found: list[Any] = [None] * self.size
        dist.all_gather_object(found, thing)
        return found

    def told(self, thing: Any) -> Any:  # noqa: ANN401
        """Give what the first process has."""
        if self.size == 1:
            return thing
        box = [thing]
        dist.broadcast_object_list(box, src=0)
        return box[0]

    def wait(self) -> None:
        """Wait until every process is here."""
        if self.size > 1:
            dist.barrier()


ALONE = World()


@contextmanager
def joined(device: str = "auto") -> Iterator[World]:
    """Join the other processes that torchrun started, and leave them at the end.

    Without torchrun there is one process, and nothing happens.

    Args:
        device: of the run; on CUDA the gradients travel by NCCL, else by gloo.

    Raises:
        SaccadeError: another process ended, or does not answer.
    """
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size == 1:
        yield World()
        return
    world = World(int(os.environ["RANK"]), size, int(os.environ.get("LOCAL_RANK", "0")))
    on_gpu = device.startswith("cuda") or (device == "auto" and torch.cuda.is_available())
    own = not dist.is_initialized()
    if own:
        if on_gpu:
            torch.cuda.set_device(world.local_rank)
        dist.init_process_group("cpu:gloo,cuda:nccl" if on_gpu else "gloo", timeout=WAIT)
    try:
        yield world
    except (RuntimeError, dist.DistError) as error:
        if not _is_loss(error):
            raise
        raise SaccadeError(
            f"all {size} processes of the run alive",
            f"one that ended or does not answer (seen by process {world.rank})",
            "starting them again with --resume and the folder of the run",
        ) from error
    finally:
        if own and dist.is_initialized():
            dist.destroy_process_group()


def _is_loss(error: BaseException) -> bool:
    """Tell by an error's words whether another process was lost."""
    words = str(error).lower()
    signs = ("connection", "peer", "timed out", "timeout", "socket", "nccl", "gloo")
    return any(sign in words for sign in signs)
