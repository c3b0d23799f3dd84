"""A run that labels pixels: data, model and loop, before its first step and when it goes on."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from saccade.checkpoints.card import Card
from saccade.checkpoints.native import read
from saccade.checkpoints.pixel_weights import pixel_card, pixels_of
from saccade.data.batches import Feed
from saccade.data.segmentation.joint import JointChange
from saccade.data.segmentation.pixel_batches import PixelBatches
from saccade.data.segmentation.sets import PixelSet
from saccade.training.announcing import announce
from saccade.training.beginning import (
    RunData,
    new_journal,
    old_journal,
    tell_choices,
    write_resume,
    write_start,
)
from saccade.training.choices import Choice, given
from saccade.training.config import TrainConfig
from saccade.training.journal import Journal, Show
from saccade.training.loop import Loop
from saccade.training.objectives.segment import class_weights
from saccade.training.randomness import own_randomness
from saccade.training.resuming import check_data, resumed
from saccade.training.scale.processes import ALONE, World
from saccade.training.segmentation.building import PixelStart, build_pixels
from saccade.training.segmentation.lesson import Maps, PixelGoal, PixelLesson
from saccade.training.segmentation.opening import PixelParts, open_pixels
from saccade.training.segmentation.recipe import choose_pixels
from saccade.training.start import pick_device, run_card
from saccade.training.task import Task


@dataclass(frozen=True, kw_only=True, slots=True)
class PixelSession:
    """A run that labels pixels, under way.

    Args:
        loop: at its place.
        task: what the loop works on.
        parts: the data.
        choices: what was chosen at its start; none when it is gone on with.
    """

    loop: Loop
    task: Task
    parts: PixelParts
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class PixelProposal:
    """A run that labels pixels, and could begin.

    Args:
        config: with nothing left open.
        asked: what the user asked for.
        choices: what was chosen for the user.
        parts: the data.
    """

    config: TrainConfig
    asked: tuple[Choice, ...]
    choices: tuple[Choice, ...]
    parts: PixelParts


def propose_pixels(
    source: str, config: TrainConfig, *, world: World = ALONE, show: Show | None = None
) -> PixelProposal:
    """Look at the data, and choose what the config leaves open.

    Args:
        source: of the data.
        config: what is asked for.
        world: the processes of the run.
        show: called while the label maps are looked at.

    Raises:
        DataError: the data cannot be used.
        ConfigError: an option cannot work.
    """

    def tell(part: str, done: int, of: int) -> None:
        if show is not None and world.main:
            show({"event": "evaluate", "part": part, "batch": done, "batches": of})

    on_gpu = pick_device(config.device, world).type == "cuda"
    parts = open_pixels(source, config, tell=tell)
    train = parts.train
    chosen, choices = choose_pixels(config, len(train.kept), train.size, on_gpu=on_gpu)
    return PixelProposal(chosen, tuple(given(config)), tuple(choices), parts)


def begin_pixels(source: str, config: TrainConfig, show: Show | None, world: World) -> PixelSession:
    """Open the data, settle what is left open, make the folder, write down the reasons.

    Args:
        source: of the data.
        config: what is asked for.
        show: called with each event.
        world: the processes of the run.
    """
    device = pick_device(config.device, world)
    proposal = propose_pixels(source, config, world=world, show=show)
    config, parts = proposal.config, proposal.parts
    with own_randomness(config.seed, torch.device("cpu")):
        start = build_pixels(config, parts.train.kept)
    config = dataclasses.replace(config, img_size=start.preprocessing.img_size)
    journal = new_journal(config, show, world)
    choices = [*proposal.choices, *start.choices]
    tell_choices(journal, choices)
    facts = {**parts.counts(), "fingerprint": parts.fingerprint()}
    data = RunData(source, facts, parts.hashes)
    write_start(journal, config, data, choices, start.model, world)
    told = {"data": data.told}
    card = pixel_card(start.model, start.classes, start.preprocessing, training=told)
    start.model.to(device)
    task = make_pixel_task(start, parts, config, card, journal, world)
    announce(task)
    return PixelSession(loop=Loop(task), task=task, parts=parts, choices=tuple(choices))


def go_on_with_pixels(
    source: str | None,
    config: TrainConfig,
    path: Path,
    show: Show | None,
    world: World,
) -> PixelSession:
    """Set up a run as it stood when its checkpoint was saved.

    Args:
        source: of the data; that of the run when None.
        config: what is asked for anew.
        path: of the checkpoint, in the folder of the run.
        show: called with each event.
        world: the processes of the run.

    Raises:
        CheckpointError: there is nothing to go on from.
        ConfigError: an option differs from the run's.
        DataError: the data differ from the run's.
    """
    checkpoint = read(path)
    card = run_card(checkpoint, origin=str(path))
    config = resumed(config, TrainConfig.from_dict(card.training["config"]))
    device = pick_device(config.device, world)
    told = card.training["data"]
    parts = open_pixels(source or told["source"], config)
    check_data(told, {**parts.counts(), "fingerprint": parts.fingerprint()})
    found = pixels_of(checkpoint, origin=str(path))
    start = PixelStart(
        model=found.model.to(device), classes=found.classes, preprocessing=found.preprocessing
    )
    blank = dataclasses.replace(card, training={"data": told})
    step = int(card.training["place"].get("step", 0))
    journal = old_journal(path.parent, config, step, show, world)
    task = make_pixel_task(start, parts, config, blank, journal, world)
    loop = Loop(task)
    loop.resume(checkpoint, origin=str(path))
    write_resume(loop)
    return PixelSession(loop=loop, task=task, parts=parts)


def make_pixel_task(
    start: PixelStart,
    parts: PixelParts,
    config: TrainConfig,
    card: Card,
    journal: Journal,
    world: World,
) -> Task:
    """Put a task together.

    Args:
        start: the model, on its device.
        parts: the data.
        config: with nothing left open.
        card: what is known of the weights.
        journal: of the run.
        world: the processes of the run.
    """
    asked, train = config.segment, parts.train
    weights = class_weights(asked.weights or "none", train.pixels, train.pictures)
    goal = PixelGoal(weights, asked.aux, asked.ohem or 0.0)
    device = next(start.model.parameters()).device
    lesson = PixelLesson(start.model, goal, start.preprocessing, start.classes.names)
    change = JointChange(
        zoom=config.zoom or 0.0, flip=bool(config.flip), jitter=config.augment.jitter or 0.0
    )
    learned = PixelBatches(
        train.kept,
        start.preprocessing,
        batch_size=config.batch_size or 8,
        seed=config.seed,
        change=change,
        workers=config.workers,
        feed=Feed(rank=world.rank, processes=world.size),
    )
    val = parts.part("val")
    return Task(
        lesson=lesson.to(device),
        train=learned,
        val=None if val is None else judged_by(start, val, config),
        config=config,
        card=card,
        folder=journal.path.parent,
        journal=journal,
        world=world,
        present=Maps(start.preprocessing),
    )


def judged_by(start: Any, part: PixelSet, config: TrainConfig) -> PixelBatches:  # noqa: ANN401
    """Make the batches of a part in its order, as it is.

    Args:
        start: whatever knows the preprocessing.
        part: all of it is judged.
        config: of the run.
    """
    size, workers = config.batch_size or 8, config.workers
    return PixelBatches(part, start.preprocessing, batch_size=size, workers=workers)
