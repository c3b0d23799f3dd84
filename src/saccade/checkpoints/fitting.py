"""Filling a model with weights, and the report of what became of each tensor."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from saccade.errors import CheckpointError

Shape = tuple[int, ...]
_COUNTER = "num_batches_tracked"
_SMALL, _ALIGNED = 2**20, 64  # bytes


@dataclass(frozen=True, slots=True)
class Differences:
    """How the tensors of a file differ from those of a model.

    Args:
        missing: ours that the file lacks.
        unknown: of the file, that the model lacks.
        reshaped: in both, with the shape in the file and that in the model.
    """

    missing: tuple[str, ...]
    unknown: tuple[str, ...]
    reshaped: tuple[tuple[str, Shape, Shape], ...]

    def __bool__(self) -> bool:
        """Whether there is any difference."""
        return bool(self.missing or self.unknown or self.reshaped)

    def __str__(self) -> str:
        """How many there are of each kind; the first are named."""
        shapes = [f"{name} {was} instead of {own}" for name, was, own in self.reshaped]
        kinds = (
            ("missing", self.missing),
            ("unexpected", self.unknown),
            ("of another shape", shapes),
        )
        return "; ".join(_named(f"{len(names)} {what}", names) for what, names in kinds if names)


@dataclass(frozen=True, kw_only=True, slots=True)
class LoadReport:
    """What became of each tensor when weights were loaded.

    Args:
        origin: the path or id that was asked for.
        files: the weight files.
        how: how they were read, in a few words.
        model: name in the catalogue.
        loaded: tensors of the model that hold numbers of the file.
        reshaped: those of them that were resized, with the shape before and after.
        unused: tensors of the file that were not used, under the names of the file.
        ignored: tensors of the file that no model needs, under the names of the file.
        missing: tensors of the model that the file lacks; they start with random numbers.
        fresh: tensors that start with random numbers because other classes were asked for.
        notes: sentences on what a user should know of these weights.
    """

    origin: str
    files: tuple[Path, ...] = ()
    how: str = ""
    model: str = ""
    loaded: tuple[str, ...] = ()
    reshaped: tuple[tuple[str, Shape, Shape], ...] = ()
    unused: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    fresh: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def coverage(self) -> float:
        """Share of the model's tensors that come from the file, 0 to 100 percent."""
        whole = len(self.loaded) + len(self.missing)
        return 100.0 * len(self.loaded) / whole if whole else 100.0

    @property
    def complete(self) -> bool:
        """Whether every tensor of the model and of the file was used."""
        return not self.missing and not self.unused

    def __str__(self) -> str:
        """One sentence."""
        counts = [
            f"{len(names)} {what}"
            for what, names in (
                ("resized", self.reshaped),
                ("unused", self.unused),
                ("ignored", self.ignored),
                ("randomly initialised", (*self.missing, *self.fresh)),
            )
            if names
        ]
        parts = [f"{len(self.loaded)} tensors loaded ({self.coverage:.1f} % of {self.model})"]
        return ", ".join([*parts, *counts])


def differences(own: Mapping[str, Tensor], state: Mapping[str, Tensor]) -> Differences:
    """Compare the tensors of a model with those of a file, by name and shape.

    Args:
        own: of the model.
        state: of the file, under our names.
    """
    return Differences(
        missing=tuple(name for name in own if name not in state),
        unknown=tuple(name for name in state if name not in own),
        reshaped=tuple(
            (name, tuple(state[name].shape), tuple(own[name].shape))
            for name in own
            if name in state and state[name].shape != own[name].shape
        ),
    )


def counted(own: Mapping[str, Tensor], state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Add zeros where files from before torch 0.4.1 do not count the batches of their norms.

    Args:
        own: tensors of the model.
        state: of the file, under our names.
    """
    absent = [name for name in own if name.endswith(_COUNTER) and name not in state]
    return {**state, **{name: torch.zeros((), dtype=torch.int64) for name in absent}}


def see_numbers(own: Mapping[str, Tensor], state: Mapping[str, Tensor], *, origin: str) -> None:
    """See that weights are plain tables of floating point numbers where a model has such.

    Args:
        own: tensors of the model.
        state: those of the file that it would take, by our names.
        origin: where they came from, for messages.

    Raises:
        CheckpointError: a tensor is sparse, quantised, complex, of whole numbers, or empty of any.
    """
    odd = [f"{name} {kind}" for name, value in state.items() if (kind := _oddity(value, own[name]))]
    if odd:
        raise CheckpointError(
            f"floating point numbers in {origin}",
            _named(f"{len(odd)} tensors of other kinds", odd),
            "saving the weights as float32",
        )


def _oddity(value: Tensor, own: Tensor) -> str:
    """What keeps a tensor from being a weight; nothing where it can be one."""
    if value.is_meta:
        return "without numbers"
    if value.is_quantized:
        return "quantised"
    if value.layout is not torch.strided:
        return "sparse"
    fits = value.is_floating_point() or not own.is_floating_point()
    return "" if fits else str(value.dtype).removeprefix("torch.")


def fit(model: nn.Module, state: Mapping[str, Tensor], *, origin: str) -> None:
    """Fill a model with weights, all of them and no others; on failure it stays as it was.

    Args:
        model: takes the weights, cast to its own types.
        state: the weights, by name.
        origin: where they came from, for messages.

    Raises:
        CheckpointError: a tensor is missing, unknown or of another shape; the first are named.
    """
    own = model.state_dict()
    refuse(model, differences(own, state), origin=origin)
    with torch.no_grad():
        for name, value in own.items():
            value.copy_(state[name])


def adopt(model: nn.Module, state: Mapping[str, Tensor]) -> None:
    """Make tensors the weights of a model, without a copy where type and order allow.

    Small tensors that begin at an odd address are copied: fast code rounds otherwise there.

    Args:
        model: may lack storage; it keeps what the state does not name.
        state: of the right shapes, by our names.
    """
    own = model.state_dict()
    ready = {name: _ready(value, own[name].dtype) for name, value in state.items()}
    model.load_state_dict(ready, strict=False, assign=True)


def _ready(value: Tensor, dtype: torch.dtype) -> Tensor:
    value = value.detach().to(dtype).contiguous()
    return value.clone() if value.nbytes < _SMALL and value.data_ptr() % _ALIGNED else value


def refuse(model: nn.Module, found: Differences, *, origin: str, hint: str = "") -> None:
    """Refuse weights that differ from those of a model.

    Args:
        model: the model.
        found: how they differ; nothing happens where they do not.
        origin: where they came from.
        hint: what else to try.

    Raises:
        CheckpointError: they differ; the first tensors are named.
    """
    if found:
        count = len(model.state_dict())
        raise CheckpointError(
            f"the {count} tensors of the {type(model).__name__} in {origin}",
            str(found),
            "the model and options that the weights were saved with" + hint,
        )


def _named(what: str, names: Sequence[str]) -> str:
    more = ", ..." if len(names) > 3 else ""
    return f"{what} ({', '.join(names[:3])}{more})"
