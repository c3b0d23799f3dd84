"""What a run needs before its first step: pictures, model, folder, state."""

import dataclasses
import functools
import json
from dataclasses import dataclass
from pathlib import Path

import torch

from saccade import __version__
from saccade.checkpoints.card import Card
from saccade.checkpoints.native import read
from saccade.data.augmentation import Augmentation
from saccade.data.batches import Batches
from saccade.data.images import open_images
from saccade.data.sets import ImageSet, Splits
from saccade.data.transforms import Preprocessing
from saccade.errors import DataError
from saccade.files import write_text
from saccade.training.choices import Choice, choose
from saccade.training.config import TrainConfig, resumed
from saccade.training.facts import find_facts, fingerprint, sample
from saccade.training.folders import new_folder
from saccade.training.journal import Journal, Show
from saccade.training.loop import Loop, Task
from saccade.training.objectives import OBJECTIVES
from saccade.training.randomness import own_randomness
from saccade.training.start import (
    Start,
    fresh_start,
    known_size,
    known_start,
    pick_device,
    resumed_start,
    run_card,
    settled,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Session:
    """A run under way.

    Args:
        loop: at its place.
        task: what the loop works on.
        splits: the pictures.
        choices: what was chosen at its start; none when it is gone on with.
    """

    loop: Loop
    task: Task
    splits: Splits
    choices: tuple[Choice, ...]


def begin(source: str, config: TrainConfig, show: Show | None) -> Session:
    """Open the pictures, settle what is left open, make the folder, write down the reasons."""
    device = pick_device(config.device)
    splits = _open(source, config)
    images = splits.part("train")
    pictures = sample(images)
    facts = find_facts(images, pictures)
    known = known_size(config)
    config, choices = choose(config, facts, on_gpu=device.type == "cuda", known=known)
    with own_randomness(config.seed, torch.device("cpu")):
        if config.checkpoint is None:
            start = fresh_start(config, splits.classes, facts, pictures)
        else:
            start = known_start(config, splits.classes)
    config = settled(config, start)
    data = {"source": source, **_counts(splits), "fingerprint": _fingerprint(splits)}
    reasons = [choice.to_dict() for choice in (*choices, *start.choices)]
    folder = new_folder(Path(config.out))
    told = {"library": __version__, "config": config.to_dict(), "data": data, "choices": reasons}
    write_text(folder / "config.json", json.dumps(told, ensure_ascii=False, indent=1) + "\n")
    card = Card(
        model=start.model.name,
        config=dataclasses.asdict(start.model.config),
        classes=splits.classes,
        preprocessing=start.preprocessing.to_dict(),
        training={"data": data},
    )
    task = _task(start, config, splits, card, Journal(folder, show=show), device)
    _announce(task)
    task.journal.write("choices", choices=reasons)
    return Session(loop=Loop(task), task=task, splits=splits, choices=(*choices, *start.choices))


def go_on(source: str | None, config: TrainConfig, resume: Path, show: Show | None) -> Session:
    """Set up a run as it stood when its checkpoint was saved.

    Raises:
        CheckpointError: there is nothing to go on from.
        ConfigError: an option differs from the run's.
        DataError: the pictures differ from the run's.
    """
    path = resume / "last.safetensors" if resume.is_dir() else resume
    checkpoint = read(path)
    card = run_card(checkpoint, origin=str(path))
    config = resumed(config, TrainConfig.from_dict(card.training["config"]))
    device = pick_device(config.device)
    splits = _open(source or card.training["data"]["source"], config)
    _check_same(card, splits)
    start = resumed_start(checkpoint, card, origin=str(path))
    blank = dataclasses.replace(card, training={"data": card.training["data"]})
    task = _task(start, config, splits, blank, Journal(path.parent, show=show), device)
    loop = Loop(task)
    loop.resume(checkpoint, origin=str(path))
    _announce(task)
    task.journal.write("resume", epoch=loop.place.epoch + 1, position=loop.place.position)
    return Session(loop=loop, task=task, splits=splits, choices=())


def _check_same(card: Card, splits: Splits) -> None:
    """See that a run goes on with the pictures it was started with."""
    hint = "the data that the run was started with, unchanged"
    if splits.classes != card.classes:
        old, new = (", ".join(names[:8]) for names in (card.classes, splits.classes))
        raise DataError(f"the run's {len(card.classes)} classes ({old})", new, hint)
    now = {**_counts(splits), "fingerprint": _fingerprint(splits)}
    for name, value in now.items():
        old = card.training["data"].get(name)
        if old != value:
            raise DataError(f"the run's pictures ({name} {old})", f"{name} {value}", hint)


def _open(source: str, config: TrainConfig) -> Splits:
    return open_images(
        source, seed=config.seed, val_fraction=config.val_fraction, on_bad=config.on_bad
    )


def _task(
    start: Start,
    config: TrainConfig,
    splits: Splits,
    card: Card,
    journal: Journal,
    device: torch.device,
) -> Task:
    changes = Augmentation(
        crop_scale=(config.crop, 1.0) if config.crop else None,
        shift=config.shift or 0.0,
        zoom=config.zoom or 0.0,
        rotate=config.rotate or 0.0,
        flip=bool(config.flip),
    )
    pixels = start.preprocessing
    start.model.set_grad_checkpointing(bool(config.grad_checkpointing))
    train = batches_of(splits.part("train"), pixels, config, changes)
    val = None if splits.val is None else batches_of(splits.val, pixels, config)
    return Task(
        model=start.model.to(device),
        objective=functools.partial(OBJECTIVES["classify"], smoothing=config.smoothing or 0.0),
        train=train,
        val=val,
        config=config,
        card=card,
        folder=journal.path.parent,
        journal=journal,
    )


def batches_of(
    images: ImageSet,
    preprocessing: Preprocessing,
    config: TrainConfig,
    augmentation: Augmentation | None = None,
) -> Batches:
    """Make the batches of a part: in order to measure, shuffled and changed to learn from.

    Args:
        images: the part.
        preprocessing: of the model.
        config: of the run.
        augmentation: random changes, of training pictures only.
    """
    size = config.batch_size or 1
    return Batches(
        images,
        preprocessing,
        batch_size=max(size, 64) if augmentation is None else size,
        seed=None if augmentation is None else config.seed,
        augmentation=augmentation,
        workers=config.workers,
        on_bad=config.on_bad,
    )


def _announce(task: Task) -> None:
    task.journal.write(
        "start",
        model=task.card.model,
        parameters=sum(p.numel() for p in task.model.parameters()),
        device=str(next(task.model.parameters()).device),
        threads=task.config.threads or torch.get_num_threads(),
        torch=torch.__version__,
        epochs=task.config.epochs,
        data=task.card.training["data"],
    )


def _counts(splits: Splits) -> dict[str, int]:
    return {name: len(images) for name, images in splits.parts().items() if name != "test"}


def _fingerprint(splits: Splits) -> str:
    parts = (splits.train, splits.val)
    return "-".join(fingerprint(images) for images in parts if images is not None)
