"""What saccade knows of one model_type of transformers: how its config.json is read and written."""

import json
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor

from saccade.checkpoints.mapping import Layout
from saccade.errors import CheckpointError

Json = Mapping[str, Any]
Fields = dict[str, object]
State = Mapping[str, Tensor]
ACTIVATIONS = {
    "gelu": "gelu",
    "gelu_new": "gelu_tanh",
    "gelu_pytorch_tanh": "gelu_tanh",
    "quick_gelu": "quick_gelu",
}
PIXELS = {"image_size": 224, "num_channels": 3, "hidden_act": "gelu"}


@dataclass(frozen=True, slots=True)
class Near:
    """Where in the catalogue the network stands.

    Args:
        patterns: of names, the more special ones first.
        kind: name of our config class; None where the patterns settle it.
    """

    patterns: tuple[str, ...]
    kind: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Family:
    """One model_type.

    Args:
        stem: of the names of its classes, such as "Swin" of SwinForImageClassification.
        usual: what transformers takes where config.json is silent.
        near: finds the network, by config.json and the names of the weights under ours.
        read: turns the same two into fields of our config; refuses what ours does not compute.
        layout: finds the names under which transformers keeps weights of ours, by the weights and
            the fields of their config; None where they are of another network.
        told: turns the fields of our config into those of config.json; refuses what transformers
            does not compute.
    """

    stem: str
    usual: Json = field(default_factory=dict)
    near: Callable[[Json, Set[str]], Near]
    read: Callable[[Json, Set[str]], Fields]
    layout: Callable[[State, Json], Layout | None]
    told: Callable[[Json], Fields]


def standing(*patterns: str, kind: str | None = None) -> Callable[[Json, Set[str]], Near]:
    """Make a `near` that needs to know no more."""

    def near(_config: Json, _names: Set[str]) -> Near:
        return Near(patterns, kind)

    return near


def expect_theirs(config: Json, **wanted: object) -> None:
    """Refuse a config.json whose network is not computed by ours.

    Args:
        config: the JSON.
        **wanted: fields and the only value that ours computes.

    Raises:
        CheckpointError: one has another value.
    """
    for name, value in wanted.items():
        found = _plain(config.get(name))
        if found != value:
            kind = config.get("model_type")
            raise CheckpointError(
                f"{name}={_shown(value)} in a {kind} of transformers, as saccade computes it",
                _shown(found),
                "another model",
            )


def expect_ours(config: Json, kind: str, **wanted: object) -> None:
    """Refuse a network of ours that transformers does not compute.

    Args:
        config: fields of our config; those that it lacks are as wanted.
        kind: the model_type.
        **wanted: fields and the only value that transformers computes.

    Raises:
        CheckpointError: one has another value.
    """
    for name, value in wanted.items():
        found = _plain(config.get(name, value))
        if found != value:
            raise CheckpointError(
                f"{name}={value!r}, as transformers computes a {kind}",
                repr(found),
                "--to timm, or --to saccade",
            )


def square(sides: object) -> object:
    """Write (height, width) as transformers does: one number where both are the same."""
    height, width = sides if isinstance(sides, tuple | list) else (sides, sides)
    return height if height == width else [height, width]


def whole(name: str, numbers: object) -> list[int]:
    """Write numbers as the integers that transformers wants.

    Raises:
        CheckpointError: one is none.
    """
    listed = list(numbers) if isinstance(numbers, tuple | list) else []
    if any(number != int(number) for number in listed):
        raise CheckpointError(
            f"whole numbers of {name} for transformers", str(numbers), "--to timm"
        )
    return [int(number) for number in listed]


def _plain(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def _shown(value: object) -> str:
    """A value as JSON has it."""
    return json.dumps(value)
