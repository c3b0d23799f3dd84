"""What a run needs before its first step: pictures, model, folder, state."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path

import torch

from saccade.checkpoints.card import Card
from saccade.checkpoints.native import read
from saccade.data.sets import Splits
from saccade.errors import DataError
from saccade.training.announcing import announce, shown_by, write_down
from saccade.training.assembly import make_task, prepare
from saccade.training.choices import Choice
from saccade.training.config import TrainConfig
from saccade.training.facts import fingerprint
from saccade.training.folders import new_folder
from saccade.training.hashes import data_hash
from saccade.training.journal import Journal, Show
from saccade.training.lessons import parts_chosen
from saccade.training.loop import Loop
from saccade.training.manifest import resume_manifest, start_manifest
from saccade.training.proposal import open_pictures, propose
from saccade.training.randomness import own_randomness
from saccade.training.resuming import resumed
from saccade.training.scale.processes import ALONE, World
from saccade.training.scale.shares import newest
from saccade.training.start import (
    fresh_start,
    in_shares,
    known_start,
    pick_device,
    resumed_start,
    run_card,
    settled,
)
from saccade.training.task import Task


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


def begin(
    source: str,
    config: TrainConfig,
    show: Show | None,
    *,
    world: World = ALONE,
    splits: Splits | None = None,
) -> Session:
    """Open the pictures, settle what is left open, make the folder, write down the reasons.

    Args:
        source: of the pictures.
        config: what is asked for.
        show: called with each event.
        world: the processes of the run.
        splits: the pictures, where they are open already.
    """
    proposal = propose(source, config, world=world, splits=splits)
    splits, facts, config = proposal.splits, proposal.facts, proposal.config
    device = pick_device(config.device, world)
    with own_randomness(config.seed, torch.device("cpu")):
        if config.checkpoint is None:
            start = fresh_start(config, splits.classes, facts, proposal.pictures)
        else:
            start = known_start(config, splits.classes)
    config = settled(config, start)
    folder = Path(world.told(str(new_folder(Path(config.out))) if world.main else ""))
    shown = shown_by(config, folder, show, world)
    journal = Journal(folder, show=shown, silent=not world.main)
    parts = parts_chosen(config, start.model, len(splits.part("train")))
    choices = [*proposal.choices, *start.choices, *parts]
    journal.write("choices", choices=[choice.to_dict() for choice in choices])
    for caution in proposal.cautions:
        journal.write("caution", name=caution.name, sentence=caution.sentence)
    choices += prepare(start, config, splits, journal, device)
    data = {"source": source, **_counts(splits), "fingerprint": _fingerprint(splits)}
    if world.main:
        write_down(folder, config, source, data, choices)
        start_manifest(
            folder,
            config=config,
            data=data_hash(splits),
            source=source,
            weights=start.model.state_dict(),
            device=device,
            processes=world.size,
        )
    card = Card(
        model=start.model.name,
        config=dataclasses.asdict(start.model.config),
        classes=splits.classes,
        preprocessing=start.preprocessing.to_dict(),
        training={"data": data},
    )
    task = make_task(start, config, splits, card, journal, device, world, source=source, fresh=True)
    announce(task)
    return Session(loop=Loop(task), task=task, splits=splits, choices=tuple(choices))


def go_on(
    source: str | None,
    config: TrainConfig,
    resume: Path,
    show: Show | None,
    *,
    world: World = ALONE,
    splits: Splits | None = None,
) -> Session:
    """Set up a run as it stood when its checkpoint was saved.

    Args:
        source: of the pictures; that of the run when None.
        config: what is asked for anew.
        resume: the folder of the run, or its last.safetensors.
        show: called with each event.
        world: the processes of the run.
        splits: the pictures, where they are open already.

    Raises:
        CheckpointError: there is nothing to go on from.
        ConfigError: an option differs from the run's.
        DataError: the pictures differ from the run's.
    """
    shares = newest(resume) if resume.is_dir() else None
    path = resume / "last.safetensors" if resume.is_dir() else resume
    checkpoint = read(path) if shares is None else in_shares(shares)
    origin = str(shares or path)
    card = run_card(checkpoint, origin=origin)
    config = resumed(config, TrainConfig.from_dict(card.training["config"]))
    device = pick_device(config.device, world)
    splits = splits or open_pictures(source or card.training["data"]["source"], config)
    _check_same(card, splits)
    start = resumed_start(checkpoint, card, origin=origin)
    blank = dataclasses.replace(card, training={"data": card.training["data"]})
    place = card.training["place"]
    shown = shown_by(config, path.parent, show, world, step=int(place.get("step", 0)))
    journal = Journal(path.parent, show=shown, silent=not world.main)
    prepare(start, config, splits, journal, device, fresh=False)
    done = int(place.get("epoch", 0))
    named = source or card.training["data"]["source"]
    task = make_task(start, config, splits, blank, journal, device, world, source=named, done=done)
    loop = Loop(task)
    if shares is None:
        loop.resume(checkpoint, origin=origin)
    else:
        loop.resume_shares(shares)
    if world.main:
        resume_manifest(path.parent, epoch=loop.place.epoch, device=device, processes=world.size)
    announce(task)
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


def _counts(splits: Splits) -> dict[str, int]:
    return {name: len(images) for name, images in splits.parts().items() if name != "test"}


def _fingerprint(splits: Splits) -> str:
    parts = (splits.train, splits.val)
    return "-".join(fingerprint(images) for images in parts if images is not None)
