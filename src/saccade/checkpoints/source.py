"""What a weight file turned out to hold: weights under our names, and all that is said of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from torch import Tensor

from saccade.checkpoints.card import Card
from saccade.checkpoints.mapping import Mapped
from saccade.layers.positions import ResizeRule


@dataclass(frozen=True, kw_only=True, slots=True)
class About:
    """What a file says of the model that its weights are of; what it leaves open is empty.

    Args:
        model: name in the catalogue.
        kind: name of the config class, where the model has no name.
        near: words of names to prefer where several models would do.
        config: fields of the model's config.
        classes: names of the classes.
        preprocessing: how a picture becomes the input.
        habits: fields of the config that settle no tensor, in which the library that wrote the
            file computes otherwise than timm; they do not tell which model it is.
    """

    model: str | None = None
    kind: str | None = None
    near: tuple[str, ...] = ()
    config: Mapping[str, object] = field(default_factory=dict)
    classes: tuple[str, ...] = ()
    preprocessing: Mapping[str, object] = field(default_factory=dict)
    habits: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """Weights that were read, from wherever.

    Args:
        origin: the path or id that was asked for.
        files: the weight files, in the order they were read.
        how: how they were read, in a few words.
        mapped: weights under our names, and what became of each of theirs.
        about: what is said of the model.
        rule: whose convention resizes positions; None where nothing tells.
        card: of our own files.
        resume: the state of a run, in our own files.
        notes: sentences on what a user should know of these weights.
    """

    origin: str
    files: tuple[Path, ...]
    how: str
    mapped: Mapped
    about: About
    rule: ResizeRule | None = None
    card: Card | None = None
    resume: Mapping[str, Tensor] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
