"""What makes the attending LSTM of Show, Attend and Tell: sizes and options, and two presets."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from saccade.errors import ConfigError
from saccade.models.words.hard_attention import HardAttentionConfig

Gate = Literal["none", "scalar", "vector"]
_CHOICES = {
    "activation": ("tanh", "relu"),
    "gate": get_args(Gate),
    "init": ("tanh", "linear"),
    "deep_output": ("none", "linear", "tanh"),
    "first": ("start", "zero"),
    "weight_init": ("normal", "uniform"),
}
_SIZES = ("vocab", "features", "embed", "hidden", "attention")


@dataclass(frozen=True, kw_only=True, slots=True)
class CaptionLstmConfig:
    """Sizes and options; the defaults are the paper's model with the sizes of the tutorial.

    Args:
        vocab: number of words v, PAD, START and END included.
        features: size d of an annotation.
        embed: size of a word's embedding.
        hidden: units of the LSTM.
        attention: units k of the scoring network.
        activation: of the scoring network; "tanh" in the paper, "relu" in the tutorial.
        query_bias: give the projection of the hidden state a bias, as the tutorial does.
        context_layers: further layers (linear, tanh) on the annotations' side of the score.
        gate: β before the mixed annotation: "none", a "scalar" (paper, section 4.2.1) or one number
            for each feature, "vector" (tutorial).
        init: bend the first hidden and cell state by "tanh", or leave them "linear".
        init_layers: 1, or 2 with a rectified layer between.
        deep_output: "none" reads the words off the hidden state; "linear" is equation 7, which
            adds the word before and the gated annotation; "tanh" bends that sum, as the authors'
            code does.
        first: the first input is the embedding of "start", or "zero".
        one_bias: give the LSTM one vector of biases as in the authors' code; two as torch has them
            otherwise.
        dropout: of the hidden state before the words, and of the layers before it that have a
            bend, 0-1.
        temperature: the scores are divided by it before the softmax.
        weight_init: "normal" with deviation 0.01, square and recurrent matrices orthogonal
            (authors); or torch's layers with "uniform" ±0.1 embeddings and words (tutorial).
        hard: how places are chosen and learned; soft attention when None.
        pad: number of the word that fills rows up.
        start: number of the word before the first.
        end: number of the word after the last.

    Raises:
        ConfigError: a value that cannot work.
    """

    vocab: int
    features: int = 512
    embed: int = 512
    hidden: int = 512
    attention: int = 512
    activation: Literal["tanh", "relu"] = "tanh"
    query_bias: bool = False
    context_layers: int = 0
    gate: Gate = "scalar"
    init: Literal["tanh", "linear"] = "tanh"
    init_layers: int = 1
    deep_output: Literal["none", "linear", "tanh"] = "tanh"
    first: Literal["start", "zero"] = "start"
    one_bias: bool = False
    dropout: float = 0.5
    temperature: float = 1.0
    weight_init: Literal["normal", "uniform"] = "uniform"
    hard: HardAttentionConfig | None = None
    pad: int = 0
    start: int = 1
    end: int = 2

    def __post_init__(self) -> None:
        for name, allowed in _CHOICES.items():
            value = getattr(self, name)
            if value not in allowed:
                raise ConfigError(f"{name} {' or '.join(allowed)}", repr(value), allowed[0])
        for name in _SIZES:
            if getattr(self, name) < 1:
                raise ConfigError(f"a positive {name}", str(getattr(self, name)), f"{name}=512")
        if self.init_layers not in (1, 2) or self.context_layers < 0:
            got = f"{self.init_layers} and {self.context_layers}"
            raise ConfigError("init_layers 1 or 2 and context_layers from 0", got, "1 and 0")
        if not 0.0 <= self.dropout < 1.0 or not self.temperature > 0.0:
            got = f"{self.dropout} and {self.temperature}"
            raise ConfigError("dropout in [0, 1) and a positive temperature", got, "0.5 and 1")
        if len({self.pad, self.start, self.end}) < 3 or not self._names_words():
            got = f"{self.pad}, {self.start}, {self.end}"
            raise ConfigError(f"three words pad, start, end below {self.vocab}", got, "0, 1, 2")

    def _names_words(self) -> bool:
        return all(0 <= word < self.vocab for word in (self.pad, self.start, self.end))

    @classmethod
    def official(cls, vocab: int, features: int = 512) -> "CaptionLstmConfig":
        """Give the authors' model with its sizes for COCO.

        Args:
            vocab: number of words v; 10000 there.
            features: size d of an annotation; 512 there.
        """
        return cls(
            vocab=vocab,
            features=features,
            hidden=1800,
            attention=features,
            context_layers=1,
            init_layers=2,
            first="zero",
            one_bias=True,
            weight_init="normal",
        )

    @classmethod
    def tutorial(cls, vocab: int, features: int = 2048) -> "CaptionLstmConfig":
        """Give the decoder of the widely used PyTorch tutorial (sgrvinod).

        Args:
            vocab: number of words v; 9490 there.
            features: size d of an annotation; 2048 there, of ResNet-101.
        """
        return cls(
            vocab=vocab,
            features=features,
            activation="relu",
            query_bias=True,
            gate="vector",
            init="linear",
            deep_output="none",
        )

    @property
    def parameters(self) -> int:
        """The number of parameters in closed form."""
        d, e, n, k, v = self.features, self.embed, self.hidden, self.attention, self.vocab
        score = k * d + k + n * k + k * self.query_bias + self.context_layers * (k * k + k) + k + 1
        lstm = 4 * n * (e + d + n) + (4 if self.one_bias else 8) * n
        start = 2 * (d * n + n) + (self.init_layers - 1) * (d * d + d)
        gate = {"none": 0, "scalar": n + 1, "vector": n * d + d}[self.gate]
        deep = self.deep_output != "none"
        words = (n * e + e + d * e + e + e * v + v) if deep else (n * v + v)
        return score + v * e + lstm + start + gate + words

    def to_dict(self) -> dict[str, Any]:
        """The config as plain JSON."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "CaptionLstmConfig":
        """Read what `to_dict` gave.

        Raises:
            ConfigError: a field is unknown, missing or cannot work.
        """
        given = dict(values)
        try:
            if isinstance(given.get("hard"), Mapping):
                given["hard"] = HardAttentionConfig(**given["hard"])
            return cls(**given)
        except TypeError as error:
            raise ConfigError("the fields of a CaptionLstmConfig", str(error)) from error
