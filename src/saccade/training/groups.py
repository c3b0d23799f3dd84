"""Groups of options of a run, and the names of all options."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from difflib import get_close_matches
from typing import Any

from saccade.errors import ConfigError
from saccade.training.options import (
    AugmentOptions,
    DistillOptions,
    PretrainOptions,
    ShardOptions,
)
from saccade.training.segment_options import SegmentOptions
from saccade.training.word_options import WordOptions

GROUPS: dict[str, type] = {
    "augment": AugmentOptions,
    "distill": DistillOptions,
    "pretrain": PretrainOptions,
    "segment": SegmentOptions,
    "shards": ShardOptions,
    "words": WordOptions,
}


def known_names(config: type) -> list[str]:
    """List the options of a config or of a group."""
    return [entry.name for entry in fields(config)]


def nested_names() -> list[str]:
    """List the options that stand in groups, such as "augment.mixup"."""
    return [f"{group}.{name}" for group, own in GROUPS.items() for name in known_names(own)]


def as_group(name: str, group: type, given: Any) -> Any:  # noqa: ANN401
    """Read a group of options from a table; a group stays as it is.

    Raises:
        ConfigError: it is no table, a name is unknown, or a value cannot work.
    """
    if isinstance(given, group):
        return given
    if not isinstance(given, Mapping):
        raise ConfigError(f"{name} as a table of names and values", repr(given), f"{name}={{}}")
    check_names(given, known_names(group), f"an option of {name}")
    return group(**given)


def check_names(given: Mapping[str, Any], known: Sequence[str], what: str) -> None:
    """Refuse names that no option has.

    Raises:
        ConfigError: there is one; the nearest are offered.
    """
    for name in given:
        if name not in known:
            near = get_close_matches(str(name), known, n=2) or known[:3]
            raise ConfigError(what, repr(name), " or ".join(near))
