"""Where a run stands, and how all of it fits into one checkpoint."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from saccade.errors import CheckpointError
from saccade.training import randomness
from saccade.training.averaging import WeightAverage
from saccade.training.lesson import Lesson
from saccade.training.scale.processes import World
from saccade.training.scale.sharing import whole

_MODEL, _LESSON, _OPTIMIZER, _RANDOM, _SCALER = (
    "model/",
    "lesson/",
    "optimizer/",
    "random/",
    "scaler/",
)
_OWN = "model."  # names of the model's weights in the lesson


@dataclass(kw_only=True, slots=True)
class Place:
    """Where a run stands.

    Args:
        epoch: whole epochs done.
        position: batches of the epoch that is under way.
        step: steps done, those left out included.
        skipped: steps left out because the loss was not finite.
        in_a_row: how many of the last steps were left out without a good one between.
        rollbacks: how often the run went back to its last good place.
        rate_factor: of the learning rate, halved each time it did.
        loss: sum of the losses of this epoch's pictures.
        sums: of the objective's other numbers, over this epoch's pictures.
        monitors: what the lesson reported after the last step.
        seen: pictures of this epoch that the sums are over.
        seconds: time spent on this epoch.
        best: best goal so far, such as the validation accuracy.
        best_epoch: the epoch that reached it.
        stopped: why the run ended before its last epoch.
        history: one row for each epoch done.
    """

    epoch: int = 0
    position: int = 0
    step: int = 0
    skipped: int = 0
    in_a_row: int = 0
    rollbacks: int = 0
    rate_factor: float = 1.0
    loss: float = 0.0
    sums: dict[str, float] = field(default_factory=dict)
    monitors: dict[str, float] = field(default_factory=dict)
    seen: int = 0
    seconds: float = 0.0
    best: float | None = None
    best_epoch: int = 0
    stopped: str = ""
    history: list[dict[str, Any]] = field(default_factory=list)

    def start_epoch(self) -> None:
        """Count a finished epoch, and begin the next."""
        self.epoch += 1
        self.position = self.seen = 0
        self.loss = self.seconds = 0.0
        self.sums = {}

    def to_dict(self) -> dict[str, Any]:
        """Write the place as plain values, fit for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any], *, origin: str) -> "Place":
        """Read what `to_dict` wrote.

        Raises:
            CheckpointError: it does not tell where a run stands.
        """
        try:
            return cls(**values)
        except TypeError as error:
            raise _not_resumable(origin, str(error)) from error


@dataclass(frozen=True, kw_only=True)
class Moving:
    """All that a step changes.

    Args:
        lesson: with the raw weights.
        optimizer: of these weights.
        average: moving average of the model's weights; None when there is none.
        device: of the model.
        scaler: of the loss, where it is computed in float16; else it does nothing.
    """

    lesson: Lesson
    optimizer: torch.optim.Optimizer
    average: WeightAverage | None
    device: torch.device
    scaler: torch.amp.GradScaler

    @property
    def model(self) -> nn.Module:
        """What is kept when the run is over."""
        return self.lesson.model

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Give the model the weights to use: the average where there is one."""
        if self.average is None:
            yield
            return
        with self.average.applied():
            yield

    def weights(self) -> Mapping[str, Tensor]:
        """The weights to use: the average where there is one; maybe spread over processes."""
        return self.model.state_dict() if self.average is None else self.average.weights

    def is_finite(self) -> bool:
        """Tell whether every weight is a number."""
        values = self.lesson.state_dict().values()
        floats = [value for value in values if value.is_floating_point()]
        return all(bool(whole(torch.isfinite(value).all())) for value in floats)

    def pack(self, world: World) -> dict[str, Tensor]:
        """Collect what training needs to go on, beside the weights to use."""
        packed: dict[str, Tensor] = {}
        if self.average is not None:
            packed |= {_MODEL + name: v for name, v in self.model.state_dict().items()}
        packed |= {_LESSON + name: value for name, value in self._others().items()}
        for name, parameter in self.lesson.named_parameters():
            moments = self.optimizer.state.get(parameter, {})
            packed |= {f"{_OPTIMIZER}{name}/{key}": value for key, value in moments.items()}
        if self.scaler.is_enabled():
            scale = self.scaler.state_dict()
            packed |= {_SCALER + k: torch.tensor(scale[k]) for k in ("scale", "_growth_tracker")}
        for rank, states in enumerate(world.gathered(randomness.capture(self.device))):
            packed |= {f"{_RANDOM}{rank}/{name}": state for name, state in states.items()}
        return packed

    @torch.no_grad()
    def unpack(
        self, state: Mapping[str, Tensor], packed: Mapping[str, Tensor], world: World
    ) -> None:
        """Take over what `pack` collected; torch's generators are set too.

        Args:
            state: the weights to use.
            packed: the rest.
            world: the processes; one that the run did not have before draws anew.
        """
        if self.average is not None:
            self.average.load(state)
        for name, value in self.model.state_dict().items():
            value.copy_(packed.get(_MODEL + name, state[name]))
        for name, value in self._others().items():
            value.copy_(packed[_LESSON + name])
        self.optimizer.state.clear()
        parameters = dict(self.lesson.named_parameters())
        for key, moment in _below(packed, _OPTIMIZER).items():
            name, kind = key.rsplit("/", 1)
            self.optimizer.state[parameters[name]][kind] = moment.to(self.device, copy=True)
        if self.scaler.is_enabled():
            scale = {k: v.item() for k, v in _below(packed, _SCALER).items()}
            self.scaler.load_state_dict({**self.scaler.state_dict(), **scale})
        states = _below(packed, f"{_RANDOM}{world.rank}/")
        if states:
            randomness.restore(states, self.device)

    def room(self, name: str, shape: torch.Size, world: World) -> Tensor | None:
        """Make room for a tensor of `weights` or `pack`, spread as this process has it.

        Args:
            name: as `pack` calls it; one of the weights to use has no prefix.
            shape: of the whole.
            world: the processes; other processes' chance is not wanted.
        """
        kind, _, rest = name.partition("/")
        if f"{kind}/" == _RANDOM:
            mine = rest.startswith(f"{world.rank}/")
            return torch.zeros(shape, dtype=torch.uint8) if mine else None
        if f"{kind}/" == _SCALER:
            return torch.zeros(shape)
        if f"{kind}/" == _OPTIMIZER:
            parameter = dict(self.lesson.named_parameters())[rest.rpartition("/")[0]]
            alike = parameter.shape == shape
            return torch.zeros_like(parameter) if alike else torch.zeros(shape)
        if f"{kind}/" == _LESSON:
            return torch.zeros_like(self._others()[rest])
        return torch.zeros_like(self.model.state_dict()[name.removeprefix(_MODEL)])

    def check(
        self, state: Mapping[str, Tensor], packed: Mapping[str, Tensor], *, origin: str
    ) -> None:
        """See that a checkpoint holds all that `unpack` takes, before anything is changed.

        Raises:
            CheckpointError: it was saved without the state of its run.
        """
        own = self.model.state_dict()
        wanted = {f"{_RANDOM}0/cpu"} | {_LESSON + name for name in self._others()}
        wanted |= {_MODEL + n for n in own} if self.average else set()
        lacking = [name for name in wanted if name not in packed]
        lacking += [name for name in own if name not in state]
        known = dict(self.lesson.named_parameters())
        strange = [k for k in _below(packed, _OPTIMIZER) if k.rsplit("/", 1)[0] not in known]
        if lacking or strange:
            raise _not_resumable(origin, ", ".join([*lacking, *strange][:3]))

    def _others(self) -> dict[str, Tensor]:
        """What a lesson holds beside its model, such as a decoder or a teacher."""
        held = self.lesson.state_dict()
        return {name: value for name, value in held.items() if not name.startswith(_OWN)}


def _below(packed: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {k.removeprefix(prefix): v for k, v in packed.items() if k.startswith(prefix)}


def _not_resumable(origin: str, got: str) -> CheckpointError:
    return CheckpointError(
        f"the state of a run in {origin}",
        f"one that lacks or has besides: {got}",
        "its last.safetensors",
    )
