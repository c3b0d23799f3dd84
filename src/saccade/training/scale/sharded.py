"""Checkpoints that each process writes its share of, by torch.distributed.checkpoint.

A checkpoint is a folder with the shares, and with what is known of the run in `card.json`. It is
written beside the one before and then takes its place, so that there always is a whole one. A run
may go on with another number of processes. What imports this imports torch's way of writing shares,
which takes seconds.
"""

import json
import shutil
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.distributed.checkpoint.api import CheckpointException
from torch.distributed.checkpoint.filesystem import FileSystemReader, FileSystemWriter
from torch.distributed.checkpoint.state_dict_loader import load
from torch.distributed.checkpoint.state_dict_saver import save

from saccade.errors import CheckpointError, OutputError
from saccade.files import write_text
from saccade.training.scale.processes import World
from saccade.training.scale.shares import CARD


def save_shares(
    folder: Path, state: Mapping[str, Tensor], card: Mapping[str, Any], world: World
) -> None:
    """Write this process's share of a state; all processes must call it.

    Args:
        folder: of the checkpoint; one that is there is replaced when the new one is whole.
        state: tensors by name, whole or spread.
        card: what is known of the run, fit for JSON.
        world: the processes.

    Raises:
        OutputError: it cannot be written.
    """
    new, old = (folder.with_name(f"{folder.name}.{end}") for end in ("new", "old"))
    if world.main:
        shutil.rmtree(new, ignore_errors=True)
    world.wait()
    try:
        with _alone_is_fine():
            save(dict(state), storage_writer=FileSystemWriter(new))
    except (OSError, CheckpointException) as error:
        raise OutputError(f"to write {folder}", str(error), "more disk space") from error
    if world.main:
        write_text(new / CARD, json.dumps(card, ensure_ascii=False))
        shutil.rmtree(old, ignore_errors=True)
        if folder.exists():
            folder.rename(old)
        new.rename(folder)
        shutil.rmtree(old, ignore_errors=True)
    world.wait()


def load_shares(
    folder: Path, room: Callable[[str, torch.Size], Tensor | None]
) -> dict[str, Tensor]:
    """Read this process's share of a state; all processes must call it.

    Args:
        folder: of the checkpoint.
        room: gives a tensor to be filled for a name and its whole shape, spread as this process
            wants it; None for what it does not want.

    Raises:
        CheckpointError: it cannot be read.
    """
    try:
        reader = FileSystemReader(folder)
        held = reader.read_metadata().state_dict_metadata
        shapes = {name: getattr(told, "size", torch.Size()) for name, told in held.items()}
        rooms = {name: room(name, shape) for name, shape in shapes.items()}
        state = {name: value for name, value in rooms.items() if value is not None}
        with torch.no_grad(), _alone_is_fine():
            load(state, storage_reader=reader)
    except (OSError, RuntimeError, CheckpointException) as error:
        raise CheckpointError(f"a whole checkpoint in {folder}", str(error)) from error
    return state


@contextmanager
def _alone_is_fine() -> Iterator[None]:
    """Keep torch from warning that there is one process only."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "torch.distributed is disabled")
        yield
