"""The only loop: step, accumulate, clip, average, evaluate, save.

It can be stopped between any two steps and goes on from there as if it had never stopped, to the
last bit. Torch's generators are lent to it and given back; signals are noted and given back.
"""

import dataclasses
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from saccade.checkpoints.card import Card
from saccade.checkpoints.native import Checkpoint, save
from saccade.data.batches import Batch, Batches
from saccade.errors import SaccadeError
from saccade.training.averaging import WeightAverage
from saccade.training.config import TrainConfig
from saccade.training.evaluate import Scores, evaluate
from saccade.training.interruption import Interrupted, Interruption
from saccade.training.journal import Journal
from saccade.training.objectives import Examples, Outcome
from saccade.training.optimizers import make_optimizer
from saccade.training.randomness import own_randomness
from saccade.training.schedules import warmup_cosine
from saccade.training.state import Moving, Place

MOST_SKIPPED = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """What a loop works on.

    Args:
        model: on its device.
        objective: turns model and examples into an outcome.
        train: the pictures to learn from.
        val: the pictures that choose the best epoch; the last one is the best when None.
        config: with nothing left open.
        card: what is known of the weights before training.
        folder: where `last` and `best` go.
        journal: where events go.
    """

    model: nn.Module
    objective: Callable[[nn.Module, Examples], Outcome]
    train: Batches
    val: Batches | None
    config: TrainConfig
    card: Card
    folder: Path
    journal: Journal


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
            task.model, lr=config.lr or 0.0, weight_decay=config.weight_decay or 0.0
        )
        average = WeightAverage(task.model, config.ema_decay) if config.ema_decay else None
        self.moving = Moving(model=task.model, optimizer=optimizer, average=average, device=device)
        self.steps_per_epoch = -(-len(task.train) // config.grad_accum)
        self._from: Checkpoint | None = None
        self._interruption = Interruption()

    def resume(self, checkpoint: Checkpoint, *, origin: str) -> None:
        """Go on from a checkpoint that this loop saved.

        Raises:
            CheckpointError: it was saved without the state of its run.
        """
        self.moving.check(checkpoint.state, checkpoint.resume, origin=origin)
        training = checkpoint.card.training if checkpoint.card else {}
        self.place = Place.from_dict(training.get("place", {"": 0}), origin=origin)
        self._from = checkpoint

    def run(self, *, stop_after: int | None = None) -> Place:
        """Train until the last epoch, or until `stop_after` epochs are done.

        Raises:
            KeyboardInterrupt: Ctrl-C or SIGTERM; `last` then holds the place where it stopped.
            SaccadeError: the loss was not finite for ten steps on end; `last` is the one before.
        """
        epochs = self.task.config.epochs or 0
        end = epochs if stop_after is None else min(epochs, stop_after)
        seed = self.task.config.seed + 1  # the first weights were drawn from the seed itself
        with own_randomness(seed, self.moving.device), self._interruption:
            if self._from is not None:
                self.moving.unpack(self._from.state, self._from.resume)
            try:
                while self.place.epoch < end:
                    self._epoch()
                    self._interruption.check()
            except Interrupted:
                self._save_last()
                self.task.journal.write(
                    "interrupted",
                    folder=str(self.task.folder),
                    epoch=self.place.epoch + 1,
                    position=self.place.position,
                )
                raise
        return self.place

    def _epoch(self) -> None:
        task, place = self.task, self.place
        started, before = time.monotonic(), place.seconds
        task.model.train()
        for group in _grouped(
            task.train.epoch(place.epoch, start=place.position), task.config.grad_accum
        ):
            self._step(group)
            place.seconds = before + time.monotonic() - started
            self._interruption.check()
        scores = self._evaluate()
        place.seconds = before + time.monotonic() - started
        self._finish_epoch(scores)

    def _step(self, group: Sequence[Batch]) -> None:
        """Learn from some batches at once: one step of the optimizer."""
        place, optimizer = self.place, self.moving.optimizer
        place.position += len(group)
        place.step += 1
        rate = self._rate(place.step)
        for group_of_parameters in optimizer.param_groups:
            group_of_parameters["lr"] = rate
        pictures = sum(len(batch) for batch in group)
        if pictures == 0:
            return
        loss, correct = self._gradients([batch for batch in group if len(batch)], pictures)
        limit = self.task.config.clip_grad or float("inf")
        norm = nn.utils.clip_grad_norm_(self.task.model.parameters(), limit)
        if not bool(torch.isfinite(loss + norm)):
            self._skip(loss)
            return
        optimizer.step()
        place.in_a_row = 0
        if self.moving.average is not None:
            self.moving.average.update(place.step)
        place.loss += loss.item() * pictures
        place.correct += correct
        place.seen += pictures
        self._show_step(loss.item(), rate)

    def _gradients(self, group: Sequence[Batch], pictures: int) -> tuple[Tensor, int]:
        """Fill the gradients with those of the mean loss over all pictures of the group."""
        self.moving.optimizer.zero_grad()
        device = self.moving.device
        total, correct = torch.zeros((), device=device), 0
        for batch in group:
            pixels = self.task.train.preprocessing.normalize(batch.images.to(device))
            with torch.autocast(device.type, torch.bfloat16, enabled=bool(self.task.config.amp)):
                examples = Examples(pixels, batch.labels.to(device))
                outcome = self.task.objective(self.task.model, examples)
            share = outcome.loss * (len(batch) / pictures)
            torch.autograd.backward([share])
            total += share.detach()
            correct += int(outcome.numbers.get("correct", 0))
        return total, correct

    def _skip(self, loss: Tensor) -> None:
        """Leave a step out, and give up after too many on end.

        Raises:
            SaccadeError: too many.
        """
        place = self.place
        self.moving.optimizer.zero_grad()
        place.skipped += 1
        place.in_a_row += 1
        self.task.journal.write("skipped", step=place.step, loss=str(loss.item()))
        if place.in_a_row >= MOST_SKIPPED:
            raise self._diverged(f"{MOST_SKIPPED} steps on end without one, up to {place.step}")

    def _diverged(self, got: str) -> SaccadeError:
        lr = self.task.config.lr
        return SaccadeError("a finite loss", got, f"a lower lr than {lr:g}, or amp=False")

    def _evaluate(self) -> Scores | None:
        val = self.task.val
        if val is None:
            return None

        def tick(position: int) -> None:
            self.task.journal.show(
                "evaluate", part=val.images.name, batch=position + 1, batches=len(val)
            )
            self._interruption.check()

        if self.moving.average is None:
            return evaluate(self.task.model, val, tick=tick)
        with self.moving.average.applied():
            return evaluate(self.task.model, val, tick=tick)

    def _finish_epoch(self, scores: Scores | None) -> None:
        """Write the epoch down; save `best` when it is, and `last` in any case."""
        place, journal = self.place, self.task.journal
        if not self.moving.is_finite():
            raise self._diverged(f"weights that are no numbers after epoch {place.epoch + 1}")
        row = self._row(scores)
        place.history.append(row)
        place.start_epoch()
        accuracy = row["val_accuracy"]
        if place.best is None or accuracy is None or accuracy > place.best:
            place.best, place.best_epoch = accuracy, place.epoch
            self._save("best")
        journal.write_table(place.history)
        self._save_last()
        journal.write("epoch", **row, per_class=scores.per_class if scores else None)

    def _row(self, scores: Scores | None) -> dict[str, Any]:
        place = self.place
        seen = max(place.seen, 1)
        return {
            "epoch": place.epoch + 1,
            "step": place.step,
            "lr": self._rate(place.step),
            "train_loss": place.loss / seen,
            "train_accuracy": place.correct / seen,
            "val_loss": scores.loss if scores else None,
            "val_accuracy": scores.accuracy if scores else None,
            "val_top5": scores.top5 if scores else None,
            "skipped": place.skipped,
            "seconds": round(place.seconds, 3),
        }

    def _save_last(self) -> None:
        self._save("last", self.moving.pack())

    def _save(self, name: str, resume: dict[str, Tensor] | None = None) -> None:
        place, card = self.place, self.task.card
        training = {**card.training, "config": self.task.config.to_dict()}
        if resume is not None:
            training["place"] = place.to_dict()
        card = dataclasses.replace(
            card,
            metrics=place.history[-1] if place.history else {},
            training=training,
            epoch=place.epoch,
            step=place.step,
        )
        path = self.task.folder / f"{name}.safetensors"
        save(path, self.moving.weights(), card, resume=resume)

    def _rate(self, step: int) -> float:
        config = self.task.config
        return warmup_cosine(
            step,
            total=(config.epochs or 0) * self.steps_per_epoch,
            warmup=(config.warmup_epochs or 0.0) * self.steps_per_epoch,
            peak=config.lr or 0.0,
            floor=config.min_lr,
        )

    def _show_step(self, loss: float, rate: float) -> None:
        place = self.place
        done = place.step - place.epoch * self.steps_per_epoch
        self.task.journal.show(
            "step",
            epoch=place.epoch + 1,
            step=done,
            steps=self.steps_per_epoch,
            loss=loss,
            lr=rate,
        )


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
