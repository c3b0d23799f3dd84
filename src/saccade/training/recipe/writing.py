"""A recipe as a file: every option of a run with the reason for it, fit to be run again."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

import yaml

from saccade.errors import ConfigError
from saccade.training.config import TrainConfig
from saccade.training.recipe.choice import Choice

_WIDE = 40  # characters; comments stand to the right of this where the value is short enough


def write_recipe(
    config: TrainConfig, *, source: str | None = None, choices: Iterable[Choice] = ()
) -> str:
    """Write a config as YAML, with the reason and the paper's value beside what was chosen.

    Args:
        config: with nothing left open; what is None is left out, and is None when it is read.
        source: of the pictures, for the command that runs the recipe again.
        choices: that were made for the run.
    """
    told = {choice.name: choice for choice in choices}
    lines = [f"# saccade train {source or 'DATA'} --config recipe.yaml"]
    for name, value in config.to_dict().items():
        if isinstance(value, Mapping) and name != "model_kwargs":
            own = _lines(value, told, prefix=f"{name}.", indent="  ")
            lines += [f"{name}:", *own] if own else []
        else:
            lines += _lines({name: value}, told)
    return "\n".join(lines) + "\n"


def read_recipe(text: str, *, origin: str) -> TrainConfig:
    """Read what `write_recipe` wrote, or any part of it.

    Args:
        text: YAML.
        origin: of the text, for messages.

    Raises:
        ConfigError: it is no table of options, a name is unknown, or a value cannot work.
    """
    try:
        values = yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        raise ConfigError(f"YAML in {origin}", str(error).replace("\n", " ")) from error
    if not isinstance(values, dict):
        raise ConfigError(f"options and values in {origin}", repr(values)[:60], "lr: 1e-4")
    return TrainConfig.from_dict(values)


def nearest(name: str, known: Iterable[str]) -> str:
    """Give the known names that are nearest to one, joined by "or"; empty when none is near."""
    names = list(known)
    last = {own.rpartition(".")[2]: own for own in names}
    near = get_close_matches(name, names, n=2)
    near += [last[own] for own in get_close_matches(name.rpartition(".")[2], last, n=2)]
    return " or ".join(dict.fromkeys(near[:2]))


def _lines(
    values: Mapping[str, Any], told: Mapping[str, Choice], prefix: str = "", indent: str = ""
) -> list[str]:
    found = []
    for name, value in values.items():
        if value is None:
            continue
        text = f"{indent}{name}: {_plain(value)}"
        choice = told.get(f"{prefix}{name}")
        found.append(f"{text:<{_WIDE}}  # {_why(choice)}" if choice else text)
    return found


def _plain(value: object) -> str:
    """Write a value on one line as YAML does."""
    value = list(value) if isinstance(value, tuple) else value
    text = yaml.safe_dump(value, default_flow_style=True, width=10_000, allow_unicode=True)
    return text.removesuffix("\n").removesuffix("\n...")


def _why(choice: Choice) -> str:
    paper = f"; paper: {choice.paper}" if choice.paper else ""
    return f"{choice.reason}{paper}".replace("\n", " ")
