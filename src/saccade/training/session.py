"""What a run needs before its first step: pictures, model, folder, state."""

import dataclasses
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch

from saccade.checkpoints.card import Card
from saccade.checkpoints.native import read
from saccade.data.sets import Splits
from saccade.errors import DataError
from saccade.training.announcing import announce
from saccade.training.assembly import make_task, prepare
from saccade.training.beginning import (
    RunData,
    new_journal,
    old_journal,
    tell_choices,
    write_resume,
    write_start,
)
from saccade.training.choices import Choice
from saccade.training.config import TrainConfig
from saccade.training.facts import fingerprint
from saccade.training.hashes import data_hash
from saccade.training.journal import Show
from saccade.training.lessons import parts_chosen
from saccade.training.loop import Loop
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
    world: World = ALONE,
    *,
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
    journal = new_journal(config, show, world)
    parts = parts_chosen(config, start.model, len(splits.part("train")))
    choices = [*proposal.choices, *start.choices, *parts]
    tell_choices(journal, choices)
    for caution in proposal.cautions:
        journal.write("caution", name=caution.name, sentence=caution.sentence)
    choices += prepare(start, config, splits, journal, device)
    data = RunData(source, _facts(splits), partial(data_hash, splits))
    write_start(journal, config, data, choices, start.model, world)
    card = Card(
        model=start.model.name,
        config=dataclasses.asdict(start.model.config),
        classes=splits.classes,
        preprocessing=start.preprocessing.to_dict(),
        training={"data": data.told},
    )
    task = make_task(start, config, splits, card, journal, device, world, source=source, fresh=True)
    announce(task)
    return Session(loop=Loop(task), task=task, splits=splits, choices=tuple(choices))


def go_on(
    source: str | None,
    config: TrainConfig,
    path: Path,
    show: Show | None,
    world: World = ALONE,
    *,
    splits: Splits | None = None,
) -> Session:
    """Set up a run as it stood when its checkpoint was saved.

    Args:
        source: of the pictures; that of the run when None.
        config: what is asked for anew.
        path: the folder of the run, or its last.safetensors.
        show: called with each event.
        world: the processes of the run.
        splits: the pictures, where they are open already.

    Raises:
        CheckpointError: there is nothing to go on from.
        ConfigError: an option differs from the run's.
        DataError: the pictures differ from the run's.
    """
    shares = newest(path) if path.is_dir() else None
    path = path / "last.safetensors" if path.is_dir() else path
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
    journal = old_journal(path.parent, config, int(place.get("step", 0)), show, world)
    prepare(start, config, splits, journal, device, fresh=False)
    done = int(place.get("epoch", 0))
    named = source or card.training["data"]["source"]
    task = make_task(start, config, splits, blank, journal, device, world, source=named, done=done)
    loop = Loop(task)
    if shares is None:
        loop.resume(checkpoint, origin=origin)
    else:
        loop.resume_shares(shares)
    write_resume(loop)
    return Session(loop=loop, task=task, splits=splits, choices=())


def _check_same(card: Card, splits: Splits) -> None:
    """See that a run goes on with the pictures it was started with."""
    hint = "the data that the run was started with, unchanged"
    if splits.classes != card.classes:
        old, new = (", ".join(names[:8]) for names in (card.classes, splits.classes))
        raise DataError(f"the run's {len(card.classes)} classes ({old})", new, hint)
    for name, value in _facts(splits).items():
        old = card.training["data"].get(name)
        if old != value:
            raise DataError(f"the run's pictures ({name} {old})", f"{name} {value}", hint)


def _facts(splits: Splits) -> dict[str, int | str]:
    """How many pictures the parts have that a run learns from, and a fingerprint of them."""
    known = {name: images for name, images in splits.parts().items() if name != "test"}
    counts = {name: len(images) for name, images in known.items()}
    return {**counts, "fingerprint": "-".join(map(fingerprint, known.values()))}
