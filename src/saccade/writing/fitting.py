"""What weights of words must be to be used, and which words of a text they do not know."""

from collections.abc import Sequence
from typing import TypeVar

from torch import nn

from saccade.checkpoints.word_weights import WordTask, WordWeights
from saccade.data.words.lexicon import UNKNOWN, Lexicon
from saccade.errors import CheckpointError

Model = TypeVar("Model", bound=nn.Module)


def model_of(weights: WordWeights, task: WordTask, kind: type[Model]) -> Model:
    """Give the model of weights for a task.

    Args:
        weights: a model of words.
        task: that it must be for.
        kind: of model that it must be.

    Raises:
        CheckpointError: they are for another task, or of another kind.
    """
    if weights.task != task:
        raise CheckpointError(
            f"a model to {task} with in {weights.origin}",
            f"one to {weights.task} with",
            f"saccade {weights.task} --model {weights.origin}",
        )
    if not isinstance(weights.model, kind):
        got = type(weights.model).__name__
        raise CheckpointError(f"a {kind.__name__} in {weights.origin}", got, "another copy of it")
    return weights.model


def missing(weights: WordWeights, what: str) -> CheckpointError:
    """Tell that weights lack something, as an error to raise."""
    return CheckpointError(f"weights with {what} in {weights.origin}", "none", "another copy of it")


def read_words(lexicon: Lexicon, text: str) -> tuple[list[int], tuple[str, ...]]:
    """Give the ids of a text and the words that they stand for, those that are unknown too.

    Args:
        lexicon: of the model.
        text: to read.
    """
    shown = (lexicon.join([piece]).strip() or "\u2423" for piece in lexicon.pieces(text))
    return lexicon.ids(text), tuple(shown)


def unknown_words(ids: Sequence[int], words: Sequence[str]) -> tuple[str, ...]:
    """Name the words of a text that a vocabulary does not have, each once.

    Args:
        ids: of the text, without marks around it.
        words: that they stand for.
    """
    pairs = zip(ids, words, strict=True)
    return tuple(dict.fromkeys(word for number, word in pairs if number == UNKNOWN))
