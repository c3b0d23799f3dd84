"""One step: gradients from some batches, clipped, followed by the optimizer."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from saccade.data.batches import Batch
from saccade.training.config import TrainConfig
from saccade.training.lesson import Moment
from saccade.training.objectives.outcome import Examples
from saccade.training.presenting import Present
from saccade.training.scale.processes import World
from saccade.training.scale.sharing import unsynced, whole, wrapped
from saccade.training.state import Moving, Place

MOST_SKIPPED = 10
_TYPES = {"bfloat16": torch.bfloat16, "float16": torch.float16}


class Diverged(Exception):
    """The numbers ran away: too many steps without a finite loss, or weights that are none."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What a step gave.

    Args:
        loss: mean over the pictures of all processes.
        pictures: in all processes; 0 when all were broken, and no step was taken.
        good: the step was taken, because loss and gradient are finite.
    """

    loss: float
    pictures: int
    good: bool


class Stepper:
    """Takes steps.

    Args:
        moving: what a step changes.
        config: of the run.
        world: the processes that share each step.
        present: turns batches into what the lesson is given.
    """

    def __init__(self, moving: Moving, config: TrainConfig, world: World, present: Present) -> None:
        self.moving = moving
        self.config = config
        self.world = world
        self.present = present
        self.engine = wrapped(moving.lesson, world, config.strategy, moving.device)
        self._parameters = [p for p in moving.lesson.parameters() if p.requires_grad]

    def prepare(self, rate: float, weight_decay: float | None) -> None:
        """Set the learning rate and the weight decay of the next step.

        Args:
            rate: of parameters whose group has no scale of its own.
            weight_decay: of the groups that decay at all; unchanged when None.
        """
        for group in self.moving.optimizer.param_groups:
            group["lr"] = rate * group.get("lr_scale", 1.0)
            if weight_decay is not None and group["weight_decay"]:
                group["weight_decay"] = weight_decay

    def take(self, group: Sequence[Batch], moment: Moment, place: Place) -> Taken:
        """Learn from some batches at once, and count it in `place`.

        Raises:
            Diverged: too many steps on end were left out.
        """
        own = sum(batch.count for batch in group)
        pictures = int(self.world.total(torch.tensor(own))) if self.world.size > 1 else own
        if pictures == 0:
            return Taken(0.0, 0, good=False)
        sums = self._gradients(group, pictures, place)
        loss = sums.pop("loss") / pictures
        if not self._follow(loss, moment, place):
            return Taken(loss, pictures, good=False)
        place.in_a_row = 0
        place.seen += pictures
        place.loss += loss * pictures
        for name, value in sums.items():
            place.sums[name] = place.sums.get(name, 0.0) + value
        return Taken(loss, pictures, good=True)

    def _gradients(self, group: Sequence[Batch], pictures: int, place: Place) -> dict[str, float]:
        """Fill the gradients with those of the mean loss over all pictures; give sums over them."""
        self.moving.optimizer.zero_grad()
        # Where weights are spread, all processes must pass through the model equally often.
        alone = self.world.size == 1
        batches = [batch for batch in group if len(batch) or not alone]
        sums: dict[str, Tensor] = {}
        for number, batch in enumerate(batches):
            chance = f"{self.config.seed}/{place.epoch}"
            examples = self.present(batch, self.moving.device, chance)
            last = number == len(batches) - 1
            with nullcontext() if last else unsynced(self.engine):
                own = self._backward(examples, batch.count, pictures)
            for name, value in own.items():
                sums[name] = sums[name] + value if name in sums else value
        names = sorted(sums)
        values = torch.stack([sums[name].double().cpu() for name in names])
        return dict(zip(names, self.world.total(values).tolist(), strict=True))

    def _backward(self, examples: Examples, count: int, pictures: int) -> dict[str, Tensor]:
        """Add the gradients of a batch to those that are there.

        Engines average over the processes, so each process gives its share times their number. A
        batch without pictures is stood in for, and weighs nothing.
        """
        kind, bits = self.moving.device.type, _TYPES[self.config.amp_dtype]
        with torch.autocast(kind, bits, enabled=bool(self.config.amp)):
            outcome = self.engine(examples)
        weight = count * self.world.size / pictures
        torch.autograd.backward([self.moving.scaler.scale(outcome.loss * weight)])
        numbers = {name: value.detach() for name, value in outcome.numbers.items()}
        if not count:
            numbers = {name: torch.zeros_like(value) for name, value in numbers.items()}
        return {"loss": outcome.loss.detach() * count, **numbers}

    def _follow(self, loss: float, moment: Moment, place: Place) -> bool:
        """Let the optimizer follow the gradients, unless they are no numbers."""
        moving = self.moving
        moving.scaler.unscale_(moving.optimizer)
        moving.lesson.before_step(moment)
        limit = self.config.clip_grad or float("inf")
        norm = whole(nn.utils.clip_grad_norm_(self._parameters, limit))
        good = bool(torch.isfinite(norm + loss))
        if good:
            moving.scaler.step(moving.optimizer)
        moving.scaler.update()
        if not good:
            self._leave_out(place)
            return False
        place.monitors |= moving.lesson.after_step(moment)
        if moving.average is not None:
            moving.average.update(place.step)
        return True

    def _leave_out(self, place: Place) -> None:
        self.moving.optimizer.zero_grad()
        place.skipped += 1
        place.in_a_row += 1
        if place.in_a_row >= MOST_SKIPPED:
            raise Diverged(f"{MOST_SKIPPED} steps on end without one, up to {place.step}")
