"""The options and the data of a run that is gone on with."""

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from saccade.errors import ConfigError, DataError
from saccade.training.config import FREE, TrainConfig


def resumed(given: TrainConfig, saved: TrainConfig) -> TrainConfig:
    """Go on with the saved config; only what changes no number may be given anew.

    Args:
        given: what is asked for now; fields at their defaults ask for nothing.
        saved: what the run was started with.

    Raises:
        ConfigError: an option differs from the run's.
    """
    untouched = TrainConfig()
    changes: dict[str, Any] = {}
    for entry in fields(TrainConfig):
        new, old = getattr(given, entry.name), getattr(saved, entry.name)
        if new == getattr(untouched, entry.name) or new == old:
            continue
        if entry.name not in FREE:
            raise ConfigError(
                f"{entry.name}={old} as the run was started with",
                f"{entry.name}={new}",
                "leaving it out, or a new run with the weights as checkpoint",
            )
        changes[entry.name] = new
    return replace(saved, **changes)


def check_data(told: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """See that a run goes on with the data it was started with.

    Args:
        told: what its checkpoint says of them.
        now: what the data are, under the same names.

    Raises:
        DataError: they differ.
    """
    for name, value in now.items():
        if told.get(name) != value:
            was, hint = f"{name} {told.get(name)}", "the data that the run was started with"
            raise DataError(f"the run's data ({was})", f"{name} {value}", hint)
