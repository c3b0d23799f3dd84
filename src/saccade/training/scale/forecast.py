"""A forecast of a run: whether it fits, how long it takes, what would make it fit.

Source: a model of this project, written out in docs/training/scale.md with its measured error.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

from saccade.errors import ConfigError
from saccade.training.scale.memory import Memory, Plan, memory
from saccade.training.scale.speed import Speed, speed

# Largest errors that benchmarks/plan.py measured, in per cent; see docs/training/scale.md.
MEMORY_ERROR = 3
SPEED_ERROR, SPREAD_ERROR = 30, 43  # of the time of a step; under FSDP
_MOMENTS = {"adamw": 2, "lamb": 2, "sgd": 1}


@dataclass(frozen=True, slots=True)
class Forecast:
    """What is to be expected of a run.

    Args:
        plan: the run.
        memory: of one device.
        speed: of all of them.
        best_bytes: of the file with the weights to use.
        last_bytes: of what a run goes on from, in one file or in shares.
        change: plan nearest to this one that fits; None where it fits, or nothing does.
        words: what that changes, for people.
    """

    plan: Plan
    memory: Memory
    speed: Speed
    best_bytes: float
    last_bytes: float
    change: Plan | None
    words: str

    def epoch_seconds(self, images: float) -> float:
        """Give the seconds that an epoch of so many pictures takes."""
        return images / self.speed.pictures_a_second

    @property
    def speed_error(self) -> int:
        """The largest error that was measured of the time of a step, in per cent."""
        return SPREAD_ERROR if self.plan.spread > 1 else SPEED_ERROR

    def to_dict(self) -> dict[str, Any]:
        """Write the forecast as plain values, fit for JSON."""
        plan, held = self.plan, self.memory
        device = plan.device
        return {
            "plan": {
                **{name: getattr(plan, name) for name in _told(plan)},
                "pictures_a_device": plan.pictures,
            },
            "shape": {**asdict(plan.shape), "multiply_adds": plan.shape.multiply_adds},
            "device": {"name": device.name, "memory": device.memory, "peak": dict(device.peak)},
            "memory": {
                "moment": held.moment,
                "terms": dict(held.terms),
                "total": held.total,
                "room": held.room,
                "fits": held.fits,
                "other_moments": dict(held.others),
                "error_percent": MEMORY_ERROR,
            },
            "speed": {
                **asdict(self.speed),
                "step": self.speed.step,
                "error_percent": self.speed_error,
            },
            "disk": {"best": self.best_bytes, "last": self.last_bytes},
            "change": self.words,
        }


def forecast(plan: Plan) -> Forecast:
    """Forecast memory, speed and disk.

    Raises:
        ConfigError: the plan cannot be run.
    """
    check(plan)
    held, weights = memory(plan), 4.0 * plan.shape.parameters
    change = None if held.fits else next((p for p in changes(plan) if memory(p).fits), None)
    return Forecast(
        plan,
        held,
        speed(plan),
        best_bytes=weights,
        last_bytes=weights * (1 + _MOMENTS[plan.opt] + plan.ema),
        change=change,
        words="" if change is None else changed_words(plan, change),
    )


def check(plan: Plan) -> None:
    """See that a plan can be run.

    Raises:
        ConfigError: it cannot; the nearest values that can are named.
    """
    for name in ("gpus", "nodes", "batch", "grad_accum"):
        if getattr(plan, name) < 1:
            raise ConfigError(f"{name} of at least 1", str(getattr(plan, name)), f"{name} 1")
    if plan.gpus % plan.nodes:
        near = max(1, round(plan.gpus / plan.nodes)) * plan.nodes
        raise ConfigError(
            f"as many devices on each of {plan.nodes} nodes",
            f"{plan.gpus} of them",
            f"gpus {near}",
        )
    whole = plan.gpus * plan.grad_accum
    if plan.batch % whole:
        down, up = plan.batch // whole * whole, -(-plan.batch // whole) * whole
        raise ConfigError(
            f"a batch that {plan.gpus} devices times {plan.grad_accum} passes divide",
            str(plan.batch),
            f"batch {down} or {up}" if down else f"batch {up}",
        )
    if not 0 < plan.utilisation <= 1:
        raise ConfigError("a utilisation above 0 to 1", f"{plan.utilisation:g}", "0.35")
    plan.device.flops(plan.precision)


def changes(plan: Plan) -> Iterator[Plan]:
    """Give plans that need less memory, those that change least first.

    The same step in more passes costs nothing much; recomputing costs a quarter of the speed;
    spreading the weights costs talking, in every pass; at last a smaller batch.
    """
    again = replace(plan, grad_checkpointing=True)
    spread = [replace(p, strategy="fsdp") for p in (plan, again)] if plan.gpus > 1 else []
    for start in (plan, again):
        yield from _in_more_passes(start)
    yield from spread
    for start in spread:
        yield from _in_more_passes(start)
    for start in (again, *spread[1:]):
        batch = start.batch // 2
        while batch >= plan.gpus:
            whole = batch // plan.gpus * plan.gpus
            yield replace(start, batch=whole, grad_accum=1)
            batch //= 2


def _in_more_passes(plan: Plan) -> Iterator[Plan]:
    each = plan.batch // plan.gpus
    for passes in range(plan.grad_accum, each + 1):
        if each % passes == 0:
            yield replace(plan, grad_accum=passes)


def changed_words(old: Plan, new: Plan) -> str:
    """Name the options in which a plan differs from another."""
    parts = []
    if new.batch != old.batch:
        parts.append(f"--batch {new.batch}")
    if new.grad_accum != old.grad_accum:
        parts.append(f"--grad-accum {new.grad_accum}")
    if new.grad_checkpointing and not old.grad_checkpointing:
        parts.append("--grad-checkpointing")
    if new.strategy != old.strategy:
        parts.append(f"--strategy {new.strategy}")
    return " ".join(parts)


def _told(plan: Plan) -> tuple[str, ...]:
    names = ("gpus", "nodes", "batch", "grad_accum", "precision", "strategy")
    return (*names, "grad_checkpointing", "ema", "opt", "utilisation")
