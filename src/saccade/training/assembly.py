"""Putting together what a loop works on, from a model, its pictures and a config."""

import dataclasses
import random
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from pathlib import Path

import torch
from PIL import Image

from saccade.checkpoints.card import Card
from saccade.data.augment.erasing import erase
from saccade.data.augment.mixing import Mixing
from saccade.data.augmentation import Augmentation
from saccade.data.batches import Batches, Feed, View
from saccade.data.sets import ImageSet, Splits
from saccade.data.transforms import Preprocessing
from saccade.errors import DataError
from saccade.training.config import TrainConfig
from saccade.training.distillation.distil import DistillationLesson
from saccade.training.journal import Journal, Show
from saccade.training.lessons import make_lesson
from saccade.training.objectives.outcome import Examples
from saccade.training.optimizers import freeze
from saccade.training.pretraining.multi_crop import first_view, views_of
from saccade.training.recipe.choice import Choice
from saccade.training.scale.processes import World
from saccade.training.scale.sharing import sharded
from saccade.training.setting import Setting
from saccade.training.start import Start
from saccade.training.task import Task
from saccade.training.watching.run_watch import RunWatch
from saccade.training.watching.showing import together
from saccade.training.watching.tensorboard import TensorBoardLog

_FEW = 4  # pictures that are enough to tell whether attention collapses


def prepare(
    start: Start,
    config: TrainConfig,
    splits: Splits,
    journal: Journal,
    device: torch.device,
    *,
    fresh: bool = True,
) -> list[Choice]:
    """Bring a model to its device, see what of it learns, and start its head where that is asked.

    Args:
        start: the model and its preprocessing.
        config: with nothing left open.
        splits: the pictures.
        journal: of the run.
        device: of this process.
        fresh: nothing was learned yet, so that the head may be started.

    Returns:
        What was decided on the way.
    """
    model = start.model.to(device)
    model.set_grad_checkpointing(bool(config.grad_checkpointing))
    images = splits.part("train")
    choices = []
    if fresh and config.head_init == "probe" and start.fresh_head and images.multi is None:
        plain = batches_of(images, start.preprocessing, config)
        # Imported by name only when it is asked for: scikit-learn takes seconds to import.
        start_head = import_module("saccade.training.head_start").start_head
        choices.append(start_head(model, plain, journal, seed=config.seed))
    if config.freeze == "backbone":
        freeze(model, "backbone")
    return choices


def shown_by(
    config: TrainConfig, folder: Path, show: Show | None, world: World, *, step: int | None = None
) -> Show | None:
    """Give what is shown the records of a run: whoever watches, and TensorBoard's file.

    Args:
        config: of the run.
        folder: of the run.
        show: called with each event.
        world: only the first process writes.
        step: that the run is gone on from; None for a new run.
    """
    if not (config.tensorboard and world.main):
        return show
    return together(show, TensorBoardLog(folder, step=step))


def make_task(
    start: Start,
    config: TrainConfig,
    splits: Splits,
    card: Card,
    journal: Journal,
    device: torch.device,
    world: World,
    *,
    fresh: bool = False,
    done: int = 0,
) -> Task:
    """Put a task together.

    Args:
        start: the model and its preprocessing.
        config: with nothing left open.
        splits: the pictures.
        card: what is known of the weights.
        journal: of the run.
        device: of this process.
        world: the processes of the run.
        fresh: nothing was learned yet, so that a teacher is measured first.
        done: epochs that are done.
    """
    pixels, images = start.preprocessing, splits.part("train")
    train = _to_learn_from(images, pixels, config, world)
    setting = Setting(
        model=start.model,
        config=config,
        classes=splits.classes,
        preprocessing=pixels,
        train=images,
        val=splits.val,
        folder=journal.path.parent,
        steps=(config.epochs or 0) * -(-len(train) // (config.grad_accum or 1)),
    )
    lesson = make_lesson(setting).to(device)
    if fresh and isinstance(lesson, DistillationLesson):
        _introduce(lesson, setting, journal, world)
    sharded(lesson, world, config.strategy)
    shared = Feed(rank=world.rank, processes=world.size) if lesson.shares_judging else Feed()
    return Task(
        lesson=lesson,
        train=train,
        val=None if splits.val is None else batches_of(splits.val, pixels, config, feed=shared),
        config=config,
        card=card,
        folder=journal.path.parent,
        journal=journal,
        world=world,
        change=batch_change(config, len(splits.classes)),
        watch=_watch(start, config, splits, journal, done),
        ready=config.freeze == "backbone" and config.head_init == "probe",
    )


def _to_learn_from(
    images: ImageSet, pixels: Preprocessing, config: TrainConfig, world: World
) -> Batches:
    """Make the training batches of this process."""
    view = View(pixels, changes_of(config))
    others: tuple[View, ...] = ()
    if config.objective == "dino":
        view, others = first_view(config, pixels), views_of(config, pixels)
    feed = Feed(
        sampler=config.sampler,
        repeats=config.augment.repeats or 1,
        views=others,
        rank=world.rank,
        processes=world.size,
    )
    return batches_of(images, pixels, config, view.augmentation, feed)


def _watch(
    start: Start, config: TrainConfig, splits: Splits, journal: Journal, done: int
) -> RunWatch | None:
    """Watch a run: by the pictures that were asked for, or the alarm alone by a few others."""
    others = splits.val or splits.part("train")
    few: list[Image.Image] = []
    if config.watch is None:
        for index in range(min(_FEW, len(others))):
            with suppress(DataError):
                few.append(others.load(index).image)
    return RunWatch(config, start.preprocessing, splits.classes, journal, otherwise=few, done=done)


def _introduce(
    lesson: DistillationLesson, setting: Setting, journal: Journal, world: World
) -> None:
    """Measure a teacher before anything is learned from it; the other processes wait."""
    if world.main:

        def tick(position: int) -> None:
            journal.show("evaluate", part="teacher", batch=position + 1, batches=position + 1)

        journal.write("teacher", **lesson.introduce(setting, tick=tick))
    world.wait()


def batch_change(config: TrainConfig, classes: int) -> Callable[[Examples, int], Examples] | None:
    """Give what is done to a batch as a whole: mixing, then erasing; None for nothing.

    All processes mix with the same lambda, and partners share a process, so that any number of
    processes mixes alike.

    Args:
        config: of the run.
        classes: how many there are.
    """
    options = config.augment
    mixing = Mixing(
        mixup=options.mixup or 0.0,
        cutmix=options.cutmix or 0.0,
        mix_prob=options.mix_prob,
        switch_prob=options.switch_prob,
        smoothing=config.smoothing or 0.0,
    )
    mixes, share = bool(mixing.mixup or mixing.cutmix), options.erase or 0.0
    if config.objective != "classify" or not (mixes or share):
        return None

    def change(examples: Examples, position: int) -> Examples:
        images, targets = examples.images, examples.targets
        if mixes:
            chances = random.Random(f"{examples.chance}/mix/{position}")
            images, targets = mixing.apply(
                images, examples.labels, classes=classes, chances=chances
            )
        if share:
            each = [random.Random(f"{examples.chance}/erase/{i}") for i in examples.indices]
            images = erase(images, share, chances=each)
        return dataclasses.replace(examples, images=images, targets=targets)

    return change


def changes_of(config: TrainConfig) -> Augmentation:
    """Give the random changes of a training picture."""
    return Augmentation(
        crop_scale=(config.crop, 1.0) if config.crop else None,
        shift=config.shift or 0.0,
        zoom=config.zoom or 0.0,
        rotate=config.rotate or 0.0,
        flip=bool(config.flip),
        auto=config.augment.auto,
        jitter=config.augment.jitter,
    )


def batches_of(
    images: ImageSet,
    preprocessing: Preprocessing,
    config: TrainConfig,
    augmentation: Augmentation | None = None,
    feed: Feed | None = None,
) -> Batches:
    """Make the batches of a part: in order to measure, shuffled and changed to learn from.

    Args:
        images: the part.
        preprocessing: of the model.
        config: of the run.
        augmentation: random changes, of training pictures only.
        feed: what of an epoch this process gets; all of it when None.
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
        feed=feed or Feed(),
    )
