"""How long a run will take on this machine, from a few of its own steps.

The steps are those of the run: real pictures, read, changed, learned from. The first ones are not
timed, because kernels are chosen and memory is taken then. Measuring on the validation part is
counted as forward passes, timed once.
"""

import time
from dataclasses import dataclass
from itertools import islice

import torch

from saccade.data.batches import Batch
from saccade.training.lesson import Moment
from saccade.training.loop import Loop
from saccade.training.optimizers import rest
from saccade.training.state import Place
from saccade.training.step import Diverged, Stepper

_WARM, _TIMED = 2, 3
_LIMIT = 8.0  # seconds, after which no step begins


@dataclass(frozen=True, slots=True)
class Pace:
    """How long steps took.

    Args:
        steps: that were timed.
        step: seconds of one, the median.
        epoch: seconds of an epoch, measuring included.
        run: seconds of the whole run.
        finite: every loss was a number.
    """

    steps: int
    step: float
    epoch: float
    run: float
    finite: bool


def measure_pace(loop: Loop, *, limit: float = _LIMIT) -> Pace | None:
    """Take a few steps and time them; the model learns from them, so throw it away after.

    Args:
        loop: of a run that has not begun.
        limit: seconds after which no further step begins.

    Returns:
        None where not one batch could be read.
    """
    task, config = loop.task, loop.task.config
    stepper = Stepper(loop.moving, config, task.world, task.presented)
    place, seconds, finite = Place(), list[float](), True
    task.lesson.train()
    if config.freeze == "backbone":
        rest(task.lesson)
    batches, begun = iter(task.train.epoch(0, start=0)), time.monotonic()
    last: Batch | None = None
    while len(seconds) < _WARM + _TIMED and not (seconds and time.monotonic() - begun > limit):
        started = time.monotonic()
        group = list(islice(batches, config.grad_accum or 1))
        if not group:
            break
        finite &= _stepped(stepper, group, loop, place)
        _settle(loop.moving.device)
        seconds.append(time.monotonic() - started)
        last = group[-1]
    if last is None:
        return None
    timed = sorted(seconds[_WARM:] or seconds[-1:])
    step = timed[len(timed) // 2]
    epoch = step * loop.steps_per_epoch + _judging(loop, last)
    return Pace(len(timed), step, epoch, epoch * (config.epochs or 0), finite)


def _stepped(stepper: Stepper, group: list[Batch], loop: Loop, place: Place) -> bool:
    """Take a step; whether its loss was a number."""
    config = loop.task.config
    steps = (config.epochs or 1) * loop.steps_per_epoch
    place.step += 1
    stepper.prepare(0.0, config.weight_decay)  # the weights stay, the work is the same
    moment = Moment(step=place.step, steps=steps, epoch=0, epochs=config.epochs or 1)
    try:
        taken = stepper.take(group, moment, place)
    except Diverged:
        return False
    return taken.good or not taken.pictures


def _judging(loop: Loop, batch: Batch) -> float:
    """Seconds to measure the validation part: a forward pass of a batch, times their number."""
    task = loop.task
    if task.val is None or not len(batch):
        return 0.0
    images = task.train.preprocessing.normalize(batch.images.to(loop.moving.device))
    task.lesson.eval()
    started = time.monotonic()
    with torch.no_grad():
        task.model(images)
    _settle(loop.moving.device)
    seconds = time.monotonic() - started
    return seconds / len(batch) * len(task.val.images)


def _settle(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def time_words(seconds: float) -> str:
    """Write a length of time as people read it, such as "3 min 20 s"."""
    whole = round(seconds)
    if whole < 60:
        return f"{seconds:.2g} s" if seconds < 10 else f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
