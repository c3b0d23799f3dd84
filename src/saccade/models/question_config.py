"""What makes a model that answers questions: sizes, its reader, its looks."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

from saccade.errors import ConfigError
from saccade.layers.positions import PositionKind
from saccade.models.words.question_reader import ReaderKind


@dataclass(frozen=True, kw_only=True, slots=True)
class QuestionConfig:
    """What makes a model that answers questions about a grid; saved beside its weights.

    Args:
        vocab: number of words of questions, special ones included.
        answers: number of answers v.
        features: of an annotation of the grid.
        grid: its (rows, columns).
        reader: what reads the question: "gru", "bag" (of words) or "transformer".
        embed: features of a word.
        width: features d of the question and of the memory.
        attention: units k of the scores.
        hops: how often the question looks; the paper has 2.
        positions: of the grid's places: "sincos2d" (fixed), "learn", "learn2d" or "none".
        layers: of the reader.
        heads: of a Transformer reader.
        dropout: before the answers, while training, 0-1.
        pad: number of the word that fills rows up.

    Raises:
        ConfigError: a value that cannot work.
    """

    vocab: int
    answers: int
    features: int
    grid: tuple[int, int]
    reader: ReaderKind = "gru"
    embed: int = 64
    width: int = 128
    attention: int = 128
    hops: int = 2
    positions: PositionKind = "sincos2d"
    layers: int = 1
    heads: int = 4
    dropout: float = 0.0
    pad: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "grid", tuple(self.grid))
        sizes = ("vocab", "answers", "features", "embed", "width", "attention", "hops", "layers")
        for name in (*sizes, "heads"):
            if getattr(self, name) < 1:
                raise ConfigError(f"a positive {name}", str(getattr(self, name)), f"{name}=2")
        if len(self.grid) != 2 or min(self.grid) < 1:
            raise ConfigError("grid as (rows, columns)", str(self.grid), "grid=(8, 8)")
        for name, kinds in (("reader", ReaderKind), ("positions", PositionKind)):
            if getattr(self, name) not in get_args(kinds):
                known = ", ".join(get_args(kinds))
                raise ConfigError(f"{name} out of {known}", repr(getattr(self, name)), known)
        if not 0.0 <= self.dropout < 1.0:
            raise ConfigError("dropout in [0, 1)", str(self.dropout), "dropout=0.2")
        if not 0 <= self.pad < self.vocab:
            raise ConfigError(f"pad from 0 to {self.vocab - 1}", str(self.pad), "pad=0")

    def to_dict(self) -> dict[str, Any]:
        """The config as plain JSON."""
        return {**dataclasses.asdict(self), "grid": list(self.grid)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "QuestionConfig":
        """Read what `to_dict` gave.

        Raises:
            ConfigError: a field is unknown or cannot work.
        """
        try:
            return cls(**values)
        except TypeError as error:
            raise ConfigError("the fields of a QuestionConfig", str(error)) from error
