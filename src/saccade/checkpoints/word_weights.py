"""Weights of models of words: with their vocabularies, preprocessing and config in one file."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from torch import nn

from saccade.checkpoints.card import Card
from saccade.checkpoints.fitting import fit
from saccade.checkpoints.native import Checkpoint, read
from saccade.checkpoints.opening import weight_file
from saccade.data.transforms import Preprocessing
from saccade.data.words.lexicon import Lexicon
from saccade.data.words.vocabulary import Vocabulary
from saccade.errors import CheckpointError, MissingExtra, SaccadeError
from saccade.models.word_models import build_words, told_of

WordTask = Literal["caption", "translate", "ask"]


@dataclass(frozen=True, kw_only=True, slots=True)
class WordWeights:
    """A model of words with all that its use needs.

    Args:
        task: what it was trained for.
        model: in evaluation mode.
        source: words that it reads: sentences to translate, or questions; None for captions.
        target: words that it writes; None where it chooses among answers.
        answers: in the order of the logits; empty where it writes.
        preprocessing: how a picture becomes its input; None where it sees none.
        card: what is known of the weights.
        origin: the file.
    """

    task: WordTask
    model: nn.Module
    source: Lexicon | None
    target: Lexicon | None
    answers: tuple[str, ...]
    preprocessing: Preprocessing | None
    card: Card
    origin: str


def word_card(
    model: nn.Module,
    *,
    task: WordTask,
    source: Lexicon | None = None,
    target: Lexicon | None = None,
    answers: tuple[str, ...] = (),
    preprocessing: Preprocessing | None = None,
    training: Mapping[str, Any] | None = None,
) -> Card:
    """Describe a model of words, so that `load_words` can make it again.

    Args:
        model: of words.
        task: that it is for.
        source: words that it reads, if any.
        target: words that it writes, if any.
        answers: to choose from, if any.
        preprocessing: of pictures, if it sees any.
        training: how it is trained.
    """
    name, config = told_of(model)
    words: dict[str, Any] = {"task": task, "answers": list(answers)}
    for side, lexicon in (("source", source), ("target", target)):
        words[side] = None if lexicon is None else lexicon.to_dict()
    return Card(
        model=name,
        config=config,
        preprocessing={} if preprocessing is None else preprocessing.to_dict(),
        training=training or {},
        words=words,
    )


def load_words(path: str | Path, *, task: WordTask | None = None) -> WordWeights:
    """Load a model of words.

    Args:
        path: a file that `saccade train` wrote, or the folder of a run, whose best weights are
            taken.
        task: that it must be for.

    Raises:
        CheckpointError: the file cannot be read, holds another kind of model, one for another
            task, or weights that do not fit.
        MissingExtra: the vocabulary needs a library that is not installed.
    """
    file = weight_file(Path(path))
    loaded = words_of(read(file), origin=str(file))
    if task is not None and loaded.task != task:
        raise CheckpointError(
            f"a model to {task} with in {file}",
            f"one to {loaded.task} with",
            f"saccade {loaded.task} --model {path}",
        )
    return loaded


def words_of(checkpoint: Checkpoint, *, origin: str) -> WordWeights:
    """Make the model of a checkpoint that was read.

    Args:
        checkpoint: ours; without weights, where they come later, those of the model are fresh.
        origin: the file, for messages.

    Raises:
        CheckpointError: it holds another kind of model, or does not fit together.
        MissingExtra: the vocabulary needs a library that is not installed.
    """
    card = checkpoint.card
    told = {} if card is None else card.words
    if card is None or told.get("task") not in get_args(WordTask):
        got = checkpoint.how if card is None else card.model
        hint = "saccade predict, or weights of saccade train --task caption"
        raise CheckpointError(f"a model of words in {origin}", got, hint)
    source, target = (_lexicon(told.get(side), origin) for side in ("source", "target"))
    try:
        model = build_words(card.model, card.config)
        pixels = Preprocessing.from_dict(card.preprocessing) if card.preprocessing else None
    except MissingExtra:
        raise
    except (SaccadeError, TypeError, ValueError, AttributeError, KeyError) as error:
        raise _broken(origin, f"a config that cannot work ({error})") from error
    answers = _answers(told.get("answers") or [], origin)
    if pixels is None and told["task"] != "translate":
        raise _broken(origin, "no preprocessing of pictures")
    _check_sizes(card, source, target, answers, origin)
    if checkpoint.state:
        fit(model, checkpoint.state, origin=origin)
    return WordWeights(
        task=told["task"],
        model=model.eval(),
        source=source,
        target=target,
        answers=answers,
        preprocessing=pixels,
        card=card,
        origin=origin,
    )


def _answers(told: object, origin: str) -> tuple[str, ...]:
    """Read the answers of a card."""
    known = told if isinstance(told, list) else [None]
    if not all(isinstance(answer, str) for answer in known) or len(set(known)) < len(known):
        raise _broken(origin, "answers that are not all texts, each once")
    return tuple(known)


def _lexicon(record: object, origin: str) -> Lexicon | None:
    """Read a vocabulary of a card."""
    if record is None:
        return None
    if not isinstance(record, Mapping):
        raise _broken(origin, f"a {type(record).__name__}")
    try:
        return Vocabulary.from_dict(record)
    except MissingExtra:
        raise
    except SaccadeError as error:
        raise _broken(origin, str(error)) from error


def _check_sizes(
    card: Card,
    source: Lexicon | None,
    target: Lexicon | None,
    answers: tuple[str, ...],
    origin: str,
) -> None:
    """See that a model knows as many words as its vocabularies, and answers."""
    config = card.config
    known: dict[str, tuple[int | None, int | None]] = {}
    if card.model == "captioner":
        decoder = config["decoder"]
        known["written"] = decoder.get("vocab", decoder.get("words")), _count(target)
    elif card.model == "answerer":
        known["read"] = config["question"]["vocab"], _count(source)
        known["answered"] = config["question"]["answers"], len(answers)
    else:
        written = config.get("target_words", config.get("words"))
        known["read"] = config.get("source_words"), _count(source)
        known["written"] = written, _count(target)
    for kind, (wanted, got) in known.items():
        if wanted != got:
            raise CheckpointError(
                f"the vocabulary of this model in {origin}, of {wanted} words {kind}",
                "none" if got is None else f"one of {got}",
                "another copy of the file",
            )


def _count(lexicon: Lexicon | None) -> int | None:
    return None if lexicon is None else len(lexicon)


def _broken(origin: str, got: str) -> CheckpointError:
    hint = "the version of saccade that wrote it, or another copy of the file"
    return CheckpointError(f"a whole model of words in {origin}", got, hint)
