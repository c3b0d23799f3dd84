"""The only loop: epochs of steps, measured, saved, gone on with.

It can be stopped between any two steps and goes on from there as if it had never stopped, to the
last bit. Torch's generators are lent to it and given back; signals are noted and given back. Where
the numbers run away it goes back to the last good place and on from there with half the rate.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import torch

from saccade.checkpoints.native import Checkpoint
from saccade.data.batches import Batch
from saccade.errors import SaccadeError
from saccade.training.averaging import WeightAverage
from saccade.training.config import TrainConfig
from saccade.training.early import Patience
from saccade.training.interruption import Interrupted, Interruption
from saccade.training.lesson import Judgement, Moment
from saccade.training.optimizers import make_optimizer, rest
from saccade.training.randomness import own_randomness
from saccade.training.rate import rate_at, weight_decay_at
from saccade.training.rows import epoch_row
from saccade.training.saving import Saving, take_shares
from saccade.training.scale.shares import read_card
from saccade.training.scale.sharing import gathered
from saccade.training.state import Moving, Place
from saccade.training.step import Diverged, Stepper
from saccade.training.task import Task

MOST_ROLLBACKS = 3


class Loop:
    """A run of training that can be gone on with.

    Args:
        task: what to work on.
    """

    def __init__(self, task: Task) -> None:
        self.task = task
        self.place = Place()
        config = task.config
        device = next(task.model.parameters()).device
        optimizer = make_optimizer(
            task.lesson,
            opt=config.opt or "adamw",
            lr=config.lr or 0.0,
            weight_decay=config.weight_decay or 0.0,
            momentum=config.momentum,
            layer_decay=config.layer_decay or 1.0,
            localisation_factor=config.localisation_factor,
        )
        average = WeightAverage(task.model, config.ema_decay) if config.ema_decay else None
        self.moving = Moving(
            lesson=task.lesson,
            optimizer=optimizer,
            average=average,
            device=device,
            scaler=torch.amp.GradScaler(device.type, enabled=_scales(config)),
        )
        self.steps_per_epoch = -(-len(task.train) // (config.grad_accum or 1))
        self._interruption = Interruption()
        self._stepper = Stepper(self.moving, config, task.world, task.presented)
        self._saving = Saving(task.folder, task.card, config, self.moving, task.world)
        self._from: Checkpoint | None = None
        self._shares: Path | None = None

    def resume(self, checkpoint: Checkpoint, *, origin: str) -> None:
        """Go on from a checkpoint that this loop saved.

        Raises:
            CheckpointError: it was saved without the state of its run.
        """
        self.moving.check(checkpoint.state, checkpoint.resume, origin=origin)
        training = checkpoint.card.training if checkpoint.card else {}
        self.place = Place.from_dict(training.get("place", {"": 0}), origin=origin)
        self._from = checkpoint

    def resume_shares(self, folder: Path) -> None:
        """Go on from a checkpoint that the processes of this run wrote their shares of.

        Raises:
            CheckpointError: it cannot be read.
        """
        self._shares = folder
        self.place = Place.from_dict(read_card(folder)["training"]["place"], origin=str(folder))

    def run(self, *, stop_after: int | None = None) -> Place:
        """Train until the last epoch, or until `stop_after` epochs are done.

        Raises:
            KeyboardInterrupt: Ctrl-C or SIGTERM; `last` then holds the place where it stopped.
            SaccadeError: the loss was not finite again and again; `last` is the one before.
        """
        epochs = self.task.config.epochs or 0
        end = epochs if stop_after is None else min(epochs, stop_after)
        seed = self.task.config.seed + 1  # the first weights were drawn from the seed itself
        with own_randomness(seed + self.task.world.rank, self.moving.device), self._interruption:
            self._start()
            try:
                while self.place.epoch < end and not self.place.stopped:
                    self._try_epoch()
                    self._agree_to_stop()
            except Interrupted:
                self._saving.last(self.place)
                self.task.journal.write(
                    "interrupted",
                    folder=str(self.task.folder),
                    epoch=self.place.epoch + 1,
                    position=self.place.position,
                )
                raise
        return self.place

    def _start(self) -> None:
        """Take over what was saved, or save how the run begins."""
        if self._shares is not None:
            take_shares(self._shares, self.moving, self.task.world)
        elif self._from is not None:
            self.moving.unpack(self._from.state, self._from.resume, self.task.world)
        else:
            self._look()
            self._saving.last(self.place)

    def _try_epoch(self) -> None:
        """Finish an epoch, or go back to the last good place and give it half the rate."""
        try:
            self._epoch()
        except Diverged as error:
            if self.place.rollbacks >= MOST_ROLLBACKS:
                raise self._given_up(error) from error
            bad, rollbacks, factor = self.place, self.place.rollbacks + 1, self.place.rate_factor
            self.place = self._saving.rolled_back()
            self.place.rollbacks, self.place.rate_factor = rollbacks, factor / 2
            self.place.skipped = bad.skipped
            self._saving.last(self.place)
            self.task.journal.write(
                "rollback", step=bad.step, to=self.place.step, why=str(error), factor=factor / 2
            )

    def _given_up(self, error: Exception) -> SaccadeError:
        lr = self.task.config.lr or 0.0
        got = f"{error} after going back {MOST_ROLLBACKS} times, each time with half the rate"
        return SaccadeError("a finite loss", got, f"a lower lr than {lr:g}, or amp=False")

    def _epoch(self) -> None:
        task, place = self.task, self.place
        started, before = time.monotonic(), place.seconds
        task.lesson.train()
        if task.config.freeze == "backbone":
            rest(task.lesson)
        batches = iter(()) if task.ready else task.train.epoch(place.epoch, start=place.position)
        for group in _grouped(batches, task.config.grad_accum or 1):
            self._step(group)
            place.seconds = before + time.monotonic() - started
            self._agree_to_stop()
        judgement = self._judge()
        place.seconds = before + time.monotonic() - started
        self._finish_epoch(judgement)

    def _step(self, group: Sequence[Batch]) -> None:
        """Learn from some batches at once: one step of the optimizer."""
        place, config = self.place, self.task.config
        place.position += len(group)
        place.step += 1
        rate = self._rate()
        decay = weight_decay_at(config, self._moment().share)
        self._stepper.prepare(rate, decay)
        taken = self._stepper.take(group, self._moment(), place)
        if taken.pictures and not taken.good:
            self.task.journal.write("skipped", step=place.step, loss=str(taken.loss))
        elif taken.pictures:
            self._show_step(taken.loss, rate, taken.pictures)

    def _agree_to_stop(self) -> None:
        """Stop in every process where one was asked to; save now and then, all together."""
        due = self._saving.is_due()
        if self.task.world.size > 1:
            asked, due = self.task.world.any(self._interruption.asked, due)
            self._interruption.asked = asked
        self._interruption.check()
        if due:
            self._saving.last(self.place)

    def _judge(self) -> Judgement | None:
        val = self.task.val
        if val is None:
            return None
        with self.moving.in_use(), gathered(self.task.lesson):
            return self.task.lesson.judge(val, tick=self._tick(val))

    def _look(self) -> None:
        if self.task.watch is not None:
            with self.moving.in_use(), gathered(self.task.lesson):
                self.task.watch.record(self.task.model, self.place.epoch, self.place.step)

    def _tick(self, val: Any) -> Callable[[int], None]:  # noqa: ANN401
        def tick(position: int) -> None:
            self.task.journal.show("evaluate", part=val.name, batch=position + 1, batches=len(val))
            if self.task.world.size == 1:
                self._interruption.check()

        return tick

    def _finish_epoch(self, judgement: Judgement | None) -> None:
        """Write the epoch down; save `best` when it is, and `last` in any case."""
        place, journal = self.place, self.task.journal
        if not self.moving.is_finite():
            raise Diverged(f"weights that are no numbers after epoch {place.epoch + 1}")
        row = epoch_row(place, self._rate(), judgement)
        astray = self.task.lesson.alarm(place.monitors, self._moment())
        if astray is not None:
            journal.write("alarm", epoch=place.epoch + 1, step=place.step, sentence=astray)
        place.history.append(row)
        place.start_epoch()
        goal = row["goal"]
        if place.best is None or goal is None or goal > place.best:
            place.best, place.best_epoch = goal, place.epoch
            self._saving.best(place, judgement.kept if judgement else {})
        if self.task.config.patience is not None:
            goals = [own["goal"] for own in place.history]
            place.stopped = Patience(self.task.config.patience).reason(goals) or ""
        journal.write_table(place.history)
        self._look()
        self._saving.last(place)
        detail = dict(judgement.detail) if judgement else {}
        journal.write("epoch", **row, **detail, weights=self._saving.fingerprint())
        if place.stopped:
            journal.write("stopped", why=place.stopped, epoch=place.epoch)

    def _rate(self) -> float:
        steps = (self.task.config.epochs or 0) * self.steps_per_epoch
        return self.place.rate_factor * rate_at(
            self.task.config, self.place.step, steps, self.steps_per_epoch
        )

    def _moment(self) -> Moment:
        epochs = self.task.config.epochs or 0
        return Moment(
            step=self.place.step,
            steps=epochs * self.steps_per_epoch,
            epoch=self.place.epoch,
            epochs=epochs,
        )

    def _show_step(self, loss: float, rate: float, pictures: int) -> None:
        place = self.place
        done = place.step - place.epoch * self.steps_per_epoch
        self.task.journal.show(
            "step",
            epoch=place.epoch + 1,
            step=done,
            steps=self.steps_per_epoch,
            loss=loss,
            lr=rate,
            pictures=pictures,
            unit=self.task.unit,
            seconds=place.seconds,
        )


def _scales(config: TrainConfig) -> bool:
    """Tell whether small gradients would vanish unless the loss is scaled."""
    return bool(config.amp) and config.amp_dtype == "float16"


def _grouped(batches: Iterator[Batch], size: int) -> Iterator[list[Batch]]:
    """Give the batches in groups; the last one may be smaller."""
    group: list[Batch] = []
    for batch in batches:
        group.append(batch)
        if len(group) == size:
            yield group
            group = []
    if group:
        yield group
