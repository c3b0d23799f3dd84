"""Where a run stands, and how all of it fits into one checkpoint."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from saccade.errors import CheckpointError
from saccade.training import randomness
from saccade.training.averaging import WeightAverage

_MODEL, _OPTIMIZER, _RANDOM = "model/", "optimizer/", "random/"


@dataclass(kw_only=True, slots=True)
class Place:
    """Where a run stands.

    Args:
        epoch: whole epochs done.
        position: batches of the epoch that is under way.
        step: steps done, those left out included.
        skipped: steps left out because the loss was not finite.
        in_a_row: how many of the last steps were left out without a good one between.
        loss: sum of the losses of this epoch's pictures.
        correct: pictures of this epoch that were classified right.
        seen: pictures of this epoch that the sums are over.
        seconds: time spent on this epoch.
        best: best validation accuracy so far.
        best_epoch: the epoch that reached it.
        history: one row for each epoch done.
    """

    epoch: int = 0
    position: int = 0
    step: int = 0
    skipped: int = 0
    in_a_row: int = 0
    loss: float = 0.0
    correct: int = 0
    seen: int = 0
    seconds: float = 0.0
    best: float | None = None
    best_epoch: int = 0
    history: list[dict[str, Any]] = field(default_factory=list)

    def start_epoch(self) -> None:
        """Count a finished epoch, and begin the next."""
        self.epoch += 1
        self.position = self.correct = self.seen = 0
        self.loss = self.seconds = 0.0

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


@dataclass(frozen=True, kw_only=True, slots=True)
class Moving:
    """All that a step changes.

    Args:
        model: with the raw weights.
        optimizer: of these weights.
        average: their moving average; None when there is none.
        device: of the model.
    """

    model: nn.Module
    optimizer: torch.optim.Optimizer
    average: WeightAverage | None
    device: torch.device

    def weights(self) -> Mapping[str, Tensor]:
        """The weights to use: the average where there is one."""
        return self.model.state_dict() if self.average is None else self.average.weights

    def is_finite(self) -> bool:
        """Tell whether every weight is a number."""
        values = self.model.state_dict().values()
        return all(bool(torch.isfinite(v).all()) for v in values if v.is_floating_point())

    def pack(self) -> dict[str, Tensor]:
        """Collect what training needs to go on, beside the weights to use."""
        packed: dict[str, Tensor] = {}
        if self.average is not None:
            packed |= {_MODEL + name: v for name, v in self.model.state_dict().items()}
        for name, parameter in self.model.named_parameters():
            moments = self.optimizer.state.get(parameter, {})
            packed |= {f"{_OPTIMIZER}{name}/{key}": value for key, value in moments.items()}
        states = randomness.capture(self.device)
        return packed | {_RANDOM + name: state for name, state in states.items()}

    @torch.no_grad()
    def unpack(self, state: Mapping[str, Tensor], packed: Mapping[str, Tensor]) -> None:
        """Take over what `pack` collected; torch's generators are set too.

        Args:
            state: the weights to use.
            packed: the rest.
        """
        if self.average is not None:
            self.average.load(state)
        for name, value in self.model.state_dict().items():
            value.copy_(packed.get(_MODEL + name, state[name]))
        self.optimizer.state.clear()
        parameters = dict(self.model.named_parameters())
        for key, moment in _below(packed, _OPTIMIZER).items():
            name, kind = key.rsplit("/", 1)
            self.optimizer.state[parameters[name]][kind] = moment.to(self.device, copy=True)
        randomness.restore(_below(packed, _RANDOM), self.device)

    def check(
        self, state: Mapping[str, Tensor], packed: Mapping[str, Tensor], *, origin: str
    ) -> None:
        """See that a checkpoint holds all that `unpack` takes, before anything is changed.

        Raises:
            CheckpointError: it was saved without the state of its run.
        """
        own = self.model.state_dict()
        wanted = {"random/cpu"} | ({_MODEL + n for n in own} if self.average else set())
        lacking = [name for name in wanted if name not in packed]
        lacking += [name for name in own if name not in state]
        known = dict(self.model.named_parameters())
        strange = [k for k in _below(packed, _OPTIMIZER) if k.rsplit("/", 1)[0] not in known]
        if lacking or strange:
            raise _not_resumable(origin, ", ".join([*lacking, *strange][:3]))


def _below(packed: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {k.removeprefix(prefix): v for k, v in packed.items() if k.startswith(prefix)}


def _not_resumable(origin: str, got: str) -> CheckpointError:
    return CheckpointError(
        f"the state of a run in {origin}",
        f"one that lacks or has besides: {got}",
        "its last.safetensors",
    )
