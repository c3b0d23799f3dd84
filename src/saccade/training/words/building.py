"""The model and the vocabularies of a run of words, before its first step."""

import dataclasses
from dataclasses import dataclass
from typing import Any, Literal, cast

from torch import nn

from saccade.checkpoints.load import load_model
from saccade.data.transforms import Preprocessing
from saccade.data.words.captions import CaptionSet
from saccade.data.words.lexicon import Lexicon
from saccade.data.words.pairs import PairSet
from saccade.data.words.questions import QuestionSet, answers_of
from saccade.data.words.vocabulary import build_lexicon
from saccade.models import options_of
from saccade.models.captioner import Captioner, CaptionerConfig, DecoderConfig
from saccade.models.classifier import Classifier
from saccade.models.question import QuestionAnswerer
from saccade.models.question_config import QuestionConfig
from saccade.models.seq2seq import Seq2Seq
from saccade.models.seq2seq_config import Look, Seq2SeqConfig
from saccade.models.words.caption_config import CaptionLstmConfig
from saccade.models.words.grids import GridConfig, GridEncoder
from saccade.models.words.hard_attention import HardAttentionConfig
from saccade.models.words.timm_grid import TIMM
from saccade.models.words.transformer import (
    CaptionTransformerConfig,
    Transformer,
    TransformerConfig,
)
from saccade.training.config import TrainConfig
from saccade.training.recipe.choice import Choice
from saccade.training.recipe.situation import is_transformer
from saccade.training.words.eyes import small_options
from saccade.training.words.opening import WordSet

_FIELDS = ("img_size", "img_fit", "patch_size", "in_chans", "drop_path_rate", "weight_init")


@dataclass(frozen=True, kw_only=True, slots=True)
class WordStart:
    """A model of words that is ready to be trained.

    Args:
        model: on the CPU.
        source: words that it reads, if any.
        target: words that it writes, if any.
        answers: to choose from, if any.
        preprocessing: of pictures, if it sees any.
        choices: what the data decided, and why.
    """

    model: nn.Module
    source: Lexicon | None = None
    target: Lexicon | None = None
    answers: tuple[str, ...] = ()
    preprocessing: Preprocessing | None = None
    choices: tuple[Choice, ...] = ()


def build_start(config: TrainConfig, train: WordSet) -> WordStart:
    """Build the vocabularies from the training part, and the model around them.

    Args:
        config: with nothing left open.
        train: the part to learn from.

    Raises:
        ConfigError: the sizes do not go together.
        DataError: there are no words.
        CheckpointError: the weights of the network of pictures cannot be used.
        MissingExtra: subwords are asked for, and the library is not installed.
    """
    if isinstance(train, PairSet):
        return _translator(config, train)
    if isinstance(train, CaptionSet):
        return _captioner(config, train)
    return _answerer(config, train)


def _lexicon(config: TrainConfig, texts: list[str], way: str) -> Lexicon:
    words = config.words
    return build_lexicon(texts, way, least=words.least or 1, size=words.vocabulary)


def _ways(config: TrainConfig) -> tuple[str, str]:
    return config.words.splits or ("words", "words")


def _translator(config: TrainConfig, train: PairSet) -> WordStart:
    ways, words = _ways(config), config.words
    source = _lexicon(config, list(train.sources), ways[0])
    target = _lexicon(config, list(train.targets), ways[1])
    model: nn.Module
    if words.writer == "transformer":
        width = words.hidden or 256
        model = Transformer(
            TransformerConfig(
                words=len(target), source_words=len(source), share="output", width=width,
                heads=words.heads, hidden=4 * width, depth=words.layers or 3,
                dropout=words.dropout or 0.0, norm_first=True,
            )
        )  # fmt: skip
    else:
        model = Seq2Seq(_seq2seq(config, len(source), len(target)))
    choices = (
        Choice("source words", len(source), f"{_kind(source)}, of the training part"),
        Choice("target words", len(target), f"{_kind(target)}, of the training part"),
    )
    return WordStart(model=model, source=source, target=target, choices=choices)


def _seq2seq(config: TrainConfig, source: int, target: int) -> Seq2SeqConfig:
    words = config.words
    embedding, hidden = words.embed or 256, words.hidden or 256
    if words.order == "seed":
        return Seq2SeqConfig.seed_variant(source, target, embedding=embedding, hidden=hidden)
    look = None if words.attention == "none" else cast("Look", words.attention or "additive")
    return Seq2SeqConfig(
        source_words=source, target_words=target, embedding=embedding,
        hidden=hidden, layers=words.layers or 1, cell=words.cell,
        bidirectional=look not in ("dot", "scaled_dot"), attention=look, order=words.order,
        dropout=words.dropout or 0.0,
        output="maxout" if look and words.order == "bahdanau" else "plain",
        input_feeding=bool(look) and words.order == "luong", maxout=hidden,
        max_source=2 + (words.longest or 62),
    )  # fmt: skip


def _captioner(config: TrainConfig, train: CaptionSet) -> WordStart:
    target = _lexicon(config, train.texts(), _ways(config)[1])
    encoder, network, choices = _eyes(config)
    model = Captioner(CaptionerConfig(grid=encoder, decoder=_decoder(config, target)), network)
    return WordStart(
        model=model,
        target=target,
        preprocessing=model.preprocessing,
        choices=(*choices, Choice("words", len(target), f"{_kind(target)}, of the training part")),
    )


def _decoder(config: TrainConfig, target: Lexicon) -> DecoderConfig:
    words = config.words
    width = words.hidden or 256
    if words.writer == "transformer":
        return CaptionTransformerConfig(
            words=len(target), width=width, heads=words.heads, hidden=4 * width,
            depth=words.layers or 3, dropout=words.dropout or 0.0,
        )  # fmt: skip
    return CaptionLstmConfig(
        vocab=len(target),
        embed=words.embed or 256,
        hidden=width,
        attention=width,
        dropout=words.dropout or 0.0,
        hard=HardAttentionConfig() if words.attention == "hard" else None,
    )


def _answerer(config: TrainConfig, train: QuestionSet) -> WordStart:
    words = config.words
    source, answers = (
        _lexicon(config, train.texts(), _ways(config)[0]),
        answers_of(train, most=3000),
    )
    encoder, network, choices = _eyes(config)
    eyes = GridEncoder(encoder, network)
    sizes = QuestionConfig(
        vocab=len(source), answers=len(answers), features=eyes.features, grid=eyes.grid,
        reader=words.reader, embed=words.embed or 64, width=words.hidden or 128,
        attention=words.hidden or 128, hops=words.hops, layers=words.layers or 1,
        heads=words.heads, dropout=words.dropout or 0.0,
    )  # fmt: skip
    counted = (
        Choice("words", len(source), f"{_kind(source)}, of the training part"),
        Choice("answers", len(answers), "of the training part"),
    )
    return WordStart(
        model=QuestionAnswerer(eyes, sizes),
        source=source,
        answers=answers,
        preprocessing=eyes.preprocessing,
        choices=(*choices, *counted),
    )


def _eyes(config: TrainConfig) -> tuple[GridConfig, Classifier | None, tuple[Choice, ...]]:
    """Describe the network that reads pictures; give it too where it has weights."""
    tuned, pool = config.words.tuned, config.words.places
    given = {name: getattr(config, name) for name in _FIELDS if getattr(config, name) is not None}
    kept: dict[str, Any] = {
        "tuned": 0 if tuned is None else tuned,
        "pool": pool,
        "frozen_norms": tuned != -1,
    }
    if config.checkpoint is not None:
        given.pop("weight_init", None)
        changes: dict[str, Any] = {**config.model_kwargs, **given}
        loaded = load_model(config.checkpoint, model=config.model, changes=changes)
        grid = GridConfig.of(loaded.model, loaded.card.preprocessing)
        told = Choice("weights", config.checkpoint, str(loaded.report))
        return dataclasses.replace(grid, **kept), loaded.model, (told,)
    name = config.model or "resnet18"
    if not name.startswith(TIMM) and "img_size" not in options_of(name):
        given.pop("img_size", None)
    options = {**small_options(config), **given, **config.model_kwargs}
    places = _positions(name)
    grid = GridConfig(network=name, options=options, **kept)
    told = Choice("positions", places, "of the places that are looked at")
    return dataclasses.replace(grid, positions=places), None, (told,)


def _positions(name: str) -> Literal["none", "sincos2d"]:
    """Tell whether the places need marks: transformers know them already."""
    return "none" if is_transformer(name) else "sincos2d"


def _kind(lexicon: Lexicon) -> str:
    record = lexicon.to_dict()
    return str(record.get("splitter", "subwords"))
