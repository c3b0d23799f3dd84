"""Putting together what a loop works on, from a model, its pictures and a config."""

from contextlib import suppress
from importlib import import_module

import torch
from PIL import Image

from saccade.checkpoints.card import Card
from saccade.data.batches import Feed
from saccade.data.sets import Splits
from saccade.errors import ConfigError, DataError
from saccade.models.vit import ViT
from saccade.training.config import TrainConfig
from saccade.training.distillation.distil import DistillationLesson
from saccade.training.journal import Journal
from saccade.training.lessons import make_lesson
from saccade.training.optimizers import freeze
from saccade.training.presenting import Pictures
from saccade.training.recipe.choice import Choice
from saccade.training.scale.processes import World
from saccade.training.scale.sharing import sharded
from saccade.training.setting import Setting
from saccade.training.start import Start
from saccade.training.supply import batch_change, batches_of, to_learn_from
from saccade.training.task import Task
from saccade.training.watching.run_watch import RunWatch

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

    Raises:
        ConfigError: weights that are spread cannot be learned in float16.
    """
    if config.strategy == "fsdp" and config.amp and config.amp_dtype == "float16":
        raise ConfigError("amp_dtype bfloat16 with fsdp", "float16", "bfloat16, or strategy=ddp")
    model = start.model.to(device)
    model.set_grad_checkpointing(bool(config.grad_checkpointing))
    if isinstance(model, ViT):
        model.set_lean_training()
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


def make_task(
    start: Start,
    config: TrainConfig,
    splits: Splits,
    card: Card,
    journal: Journal,
    device: torch.device,
    world: World,
    *,
    source: str,
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
        source: of the pictures.
        fresh: nothing was learned yet, so that a teacher is measured first.
        done: epochs that are done.
    """
    pixels, images = start.preprocessing, splits.part("train")
    train = to_learn_from(images, pixels, config, world, source)
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
        present=Pictures(pixels, batch_change(config, len(splits.classes))),
        watch=_watch(start, config, splits, journal, done),
        ready=config.freeze == "backbone" and config.head_init == "probe",
    )


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
