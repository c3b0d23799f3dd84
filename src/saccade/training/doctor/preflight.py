"""A run before it begins: what will probably go wrong, how much memory, how long."""

import dataclasses
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from saccade.checkpoints.card import Card
from saccade.data.doctor.remark import Remark, ordered, say
from saccade.data.sets import Splits
from saccade.training.assembly import make_task, prepare
from saccade.training.config import TrainConfig
from saccade.training.doctor.forecast import Forecast, forecast, size_words
from saccade.training.doctor.phrases import RUN
from saccade.training.doctor.timing import Pace, measure_pace, time_words
from saccade.training.facts import Facts
from saccade.training.journal import Journal
from saccade.training.loop import Loop
from saccade.training.proposal import Proposal, propose
from saccade.training.randomness import own_randomness
from saccade.training.recipe.cautions import cautions
from saccade.training.recipe.model_facts import ModelFacts, from_options
from saccade.training.scale.processes import ALONE
from saccade.training.start import (
    Start,
    fresh_start,
    known_start,
    pick_device,
    settled,
)
from saccade.training.task import Task
from saccade.training.threads import own_threads

_TIGHT = 0.8  # share of the free memory
Row = tuple[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class RunExamination:
    """What is to be said of a run before it begins.

    Args:
        config: with nothing left open.
        memory: the forecast.
        pace: of a few steps; None where none were taken.
        remarks: problems first.
    """

    config: TrainConfig
    memory: Forecast | None
    pace: Pace | None
    remarks: tuple[Remark, ...]

    def rows(self) -> list[Row]:
        """Give the facts as lines of a table."""
        own = self.config
        told: list[Row] = [
            ("model", str(own.model)),
            ("steps", f"batches of {own.batch_size} x {own.grad_accum or 1}, {own.epochs} epochs"),
            ("optimizer", f"{own.opt}, lr {own.lr:g}"),
        ]
        if self.memory is not None:
            told += [
                (f"memory: {name}", size_words(size)) for name, size in self.memory.terms.items()
            ]
            told.append(("memory: all", size_words(self.memory.total)))
        if self.pace is not None:
            pictures = (own.batch_size or 1) * (own.grad_accum or 1) / self.pace.step
            told.append(("a step", f"{time_words(self.pace.step)} ({pictures:.3g} pictures/s)"))
        return told

    def to_dict(self) -> dict[str, Any]:
        """Write what was found as plain values, fit for JSON."""
        memory = self.memory
        return {
            "config": self.config.to_dict(),
            "memory": {**memory.terms, "total": memory.total} if memory else None,
            "free_memory": memory.free if memory else None,
            "pace": dataclasses.asdict(self.pace) if self.pace else None,
            "remarks": [remark.to_dict() for remark in self.remarks],
        }


def examine_run(
    config: TrainConfig,
    facts: Facts,
    model: ModelFacts,
    *,
    memory: Forecast | None = None,
    pace: Pace | None = None,
) -> RunExamination:
    """Judge a run before it begins.

    Args:
        config: with nothing left open.
        facts: about the training pictures.
        model: before its first step.
        memory: the forecast, where there is one.
        pace: of a few steps, where some were taken.
    """
    known = [
        say(RUN, "caution", {"name": one.name, "text": one.sentence})
        for one in cautions(config, facts, model)
    ]
    every = (*known, *_about_memory(memory), *_about_pace(pace))
    return RunExamination(config=config, memory=memory, pace=pace, remarks=ordered(every))


def preflight(source: str, config: TrainConfig, *, splits: Splits | None = None) -> RunExamination:
    """Set a run up as `train` would, forecast it and take a few steps; nothing is kept of it.

    Args:
        source: of the pictures, as for `train`.
        config: what is asked for; what is open is chosen as `train` would.
        splits: the pictures, where they are open already.

    Raises:
        DataError: the pictures cannot be used.
        ConfigError: an option cannot work.
        CheckpointError: the weights to start from cannot be used.
    """
    told = propose(source, config, splits=splits)
    device = pick_device(told.config.device)
    with own_threads(told.config.threads), own_randomness(told.config.seed, device):
        start = _start(told)
        config = settled(told.config, start)
        with tempfile.TemporaryDirectory() as place:
            loop = Loop(_task(start, config, told, Path(place), device))
            memory = _forecast(loop, device)
            fits = memory.free is None or memory.total < memory.free
            pace = measure_pace(loop) if fits and not loop.task.ready else None
    options = dataclasses.asdict(start.model.config)
    model = from_options(start.model.name, options, pretrained=config.checkpoint is not None)
    return examine_run(config, told.facts, model, memory=memory, pace=pace)


def _start(told: Proposal) -> Start:
    config, classes = told.config, told.splits.classes
    if config.checkpoint is None:
        return fresh_start(config, classes, told.facts, told.pictures)
    return known_start(config, classes)


def _task(
    start: Start, config: TrainConfig, told: Proposal, folder: Path, device: torch.device
) -> Task:
    """What the loop would work on; its head is not started, for that takes all pictures."""
    splits = told.splits
    quiet = dataclasses.replace(config, watch=None, tensorboard=False)
    journal = Journal(folder, silent=True)
    prepare(start, quiet, splits, journal, device, fresh=False)
    card = Card(model=start.model.name, config={}, classes=splits.classes)
    return make_task(start, quiet, splits, card, journal, device, ALONE, source=told.source)


def _forecast(loop: Loop, device: torch.device) -> Forecast:
    model, pixels = loop.task.model, loop.task.train.preprocessing
    height, width = pixels.img_size
    image = torch.zeros(1, pixels.in_chans, height, width, device=device)
    loop.task.lesson.train()
    return forecast(model, loop.task.config, image, device=device)


def _about_memory(memory: Forecast | None) -> Iterator[Remark]:
    if memory is None or memory.free is None:
        return
    share = memory.total / memory.free
    code = "memory_over" if share > 1 else "memory_tight" if share > _TIGHT else "memory_fits"
    values = {"need": size_words(memory.total), "there": size_words(memory.free)}
    yield say(RUN, code, values)


def _about_pace(pace: Pace | None) -> Iterator[Remark]:
    if pace is None:
        return
    if not pace.finite:
        yield say(RUN, "steps_not_finite")
    values = {
        "epoch": time_words(pace.epoch),
        "run": time_words(pace.run),
        "steps": pace.steps,
    }
    yield say(RUN, "pace", values)
