"""A teacher's answers, computed once for each training picture and kept in a file.

The teacher sees each picture as at evaluation, so a run with such answers differs from one whose
teacher sees the augmented picture. The file is named after a hash of teacher and pictures; a run
that is gone on with finds it, and so does another run beside it.
Axes: n pictures of the training set, k classes of the student.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.distributed as dist
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from saccade.data.batches import Batches
from saccade.data.sets import ImageSet
from saccade.errors import ConfigError, OutputError
from saccade.files import replacing
from saccade.training.distillation.teacher import Teacher
from saccade.training.facts import fingerprint
from saccade.training.scale.processes import World

HALF_FROM = 1 << 28  # bytes in float32, above which half as many are kept
Tick = Callable[[int], None]


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """Logits of a teacher.

    Args:
        table: (n k), float32 or float16, on the CPU; a picture that could not be read has zeros.
        path: the file they are kept in.
        found: the file was there already.
    """

    table: Tensor
    path: Path
    found: bool

    def of(self, indices: Sequence[int], device: torch.device) -> Tensor:
        """Look up the logits (b k) of pictures by their indices, float32 on a device."""
        return self.table[list(indices)].float().to(device)


def cached_answers(
    teacher: Teacher,
    images: ImageSet,
    folder: Path,
    *,
    device: torch.device,
    workers: int = 0,
    tick: Tick | None = None,
) -> Answers:
    """Find a teacher's answers to all pictures of a set, or compute and keep them.

    Several processes share the work, and all of them have all answers.

    Args:
        teacher: with its outputs in the order of the classes.
        images: the training pictures.
        folder: of the run; folders beside it are searched too.
        device: to compute on.
        workers: processes that read pictures.
        tick: called after each batch of 64 pictures with its position.

    Raises:
        OutputError: the file cannot be written.
    """
    key = hashlib.sha256(f"{teacher.key()} {fingerprint(images)}".encode()).hexdigest()[:16]
    shape, world = (len(images), len(teacher.columns)), _world()
    path, table = _find(folder, f"teacher-{key}.safetensors", shape)
    missing = world.total(torch.tensor(0 if table is not None else 1))
    if table is not None and not int(missing):
        return Answers(table, path, found=True)
    table = _computed(teacher, images, world, device=device, workers=workers, tick=tick)
    path = folder / f"teacher-{key}.safetensors"
    if world.main:
        _save(path, table, teacher)
    return Answers(table, path, found=False)


def check_unmixed(mixup: float | None, cutmix: float | None) -> None:
    """Refuse to cache answers for pictures that are mixed: no picture was asked about alone.

    Raises:
        ConfigError: pictures are mixed.
    """
    if mixup or cutmix:
        raise ConfigError(
            "no mixed pictures with distill.cache, which knows whole pictures only",
            f"augment.mixup={mixup or 0:g} and augment.cutmix={cutmix or 0:g}",
            "both 0, or distill.cache=False",
        )


def _world() -> World:
    if dist.is_available() and dist.is_initialized():
        return World(dist.get_rank(), dist.get_world_size())
    return World()


def _find(folder: Path, name: str, shape: tuple[int, int]) -> tuple[Path, Tensor | None]:
    """Look for a file in the run's folder, then in those beside it; damaged ones are passed by."""
    beside = sorted(folder.parent.glob(f"*/{name}"))
    for path in (folder / name, *beside):
        try:
            with safe_open(path, framework="pt") as file:
                table: Tensor = file.get_tensor("answers")
        except (OSError, SafetensorError):
            continue
        if tuple(table.shape) == shape:
            return path, table
    return folder / name, None


def _computed(
    teacher: Teacher,
    images: ImageSet,
    world: World,
    *,
    device: torch.device,
    workers: int,
    tick: Tick | None,
) -> Tensor:
    """Ask about this process's share of the pictures, and add up what all were told."""
    own = list(range(world.rank, len(images), world.size))
    table = torch.zeros(len(images), len(teacher.columns))
    share = images.subset(images.name, own)
    batches = Batches(share, teacher.preprocessing, batch_size=64, workers=workers)
    for batch in batches.epoch(0) if own else ():
        if len(batch):
            pixels = teacher.preprocessing.normalize(batch.images.to(device))
            table[[own[index] for index in batch.indices]] = teacher.answer(pixels).cpu()
        if tick is not None:
            tick(batch.position)
    world.total(table)
    return table.half() if table.numel() * table.element_size() > HALF_FROM else table


def _save(path: Path, table: Tensor, teacher: Teacher) -> None:
    with replacing(path) as temporary:
        try:
            save_file({"answers": table}, temporary, metadata={"teacher": teacher.name})
        except SafetensorError as error:
            raise OutputError(f"to write {path}", str(error), "more disk space") from error
