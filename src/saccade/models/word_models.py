"""The models of words by name: from what a checkpoint says of one to the model, and back."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from torch import nn

from saccade.errors import ConfigError
from saccade.models.captioner import Captioner, CaptionerConfig
from saccade.models.question import QuestionAnswerer
from saccade.models.seq2seq import Seq2Seq
from saccade.models.seq2seq_config import Seq2SeqConfig
from saccade.models.words.transformer import Transformer, TransformerConfig
from saccade.table import Table

Plain = Mapping[str, Any]


def _captioner(config: Plain) -> Captioner:
    return Captioner(CaptionerConfig.from_dict(config))


def _seq2seq(config: Plain) -> Seq2Seq:
    return Seq2Seq(Seq2SeqConfig(**config))


def _transformer(config: Plain) -> Transformer:
    return Transformer(TransformerConfig(**config))


MODELS: Table[tuple[type[nn.Module], Callable[[Plain], nn.Module]]] = Table(
    "model of words",
    {
        "captioner": (Captioner, _captioner),
        "seq2seq": (Seq2Seq, _seq2seq),
        "transformer": (Transformer, _transformer),
        "answerer": (QuestionAnswerer, QuestionAnswerer.from_dict),
    },
)


def build_words(name: str, config: Plain) -> nn.Module:
    """Make a model of words with fresh weights.

    Args:
        name: "captioner", "seq2seq", "transformer" or "answerer".
        config: as `told_of` gave it.

    Raises:
        UnknownName: there is no such model.
        ConfigError: a field is unknown, missing or cannot work.
    """
    _, make = MODELS[name]
    try:
        return make(config)
    except TypeError as error:
        raise ConfigError(f"the fields of a {name}", str(error)) from error


def told_of(model: nn.Module) -> tuple[str, dict[str, Any]]:
    """Give the name and the config of a model of words, fit for JSON.

    Raises:
        ConfigError: it is another kind of model.
    """
    for name, (kind, _) in MODELS.items():
        if isinstance(model, kind):
            if isinstance(model, QuestionAnswerer):
                return name, model.to_dict()
            config: Any = model.config
            return name, config.to_dict() if isinstance(model, Captioner) else asdict(config)
    raise ConfigError("a model of words", type(model).__name__, ", ".join(MODELS))
