"""What the page of words shows: captions, translations, answers, as plain data.

Axes: maps (t j) of written words, (r j) of passes over a picture.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image
from torch import Tensor

from saccade.data.geometry import Geometry
from saccade.models.words.hypothesis import Hypothesis


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Sentence:
    """One sentence that a model wrote.

    Args:
        words: as it wrote them, without start and end.
        maps: (t j) what each word read; one more row, of the end, may follow. None if the model
            reads nothing by attention.
        score: that the search gave it; None when it was not searched for.
        probabilities: of each word, and of the end if that was written.
        finished: whether the model ended it.
        text: how it reads; the words with spaces between when empty.
    """

    words: tuple[str, ...]
    maps: Tensor | None = None
    score: float | None = None
    probabilities: tuple[float, ...] = ()
    finished: bool = True
    text: str = ""

    @classmethod
    def of(cls, hypothesis: Hypothesis, words: Sequence[str], text: str = "") -> "Sentence":
        """Make it of what a search gave.

        Args:
            hypothesis: of a search.
            words: what each of its numbers is called, in order.
            text: how it reads.
        """
        return cls(
            words=tuple(words),
            maps=hypothesis.weights,
            score=hypothesis.score,
            probabilities=tuple(math.exp(value) for value in hypothesis.log_probabilities),
            finished=hypothesis.finished,
            text=text,
        )


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class WordPicture:
    """A photograph and what a model wrote of it.

    Args:
        name: its file; it is embedded as it is when it is there and small enough.
        picture: upright, RGB.
        geometry: how it became the model's image.
        grid: (rows, columns) of the cells that the maps lie over.
        hypotheses: the best first.
        truths: what people wrote of it.
    """

    name: str
    picture: Image.Image
    geometry: Geometry
    grid: tuple[int, int]
    hypotheses: tuple[Sentence, ...]
    truths: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class AlignmentView:
    """A sentence and its translations.

    Args:
        source: words that were read.
        hypotheses: what was written, the best first; their maps lie over the source words.
        name: of the pair; the source itself when empty.
        truths: translations by people.
    """

    source: tuple[str, ...]
    hypotheses: tuple[Sentence, ...]
    name: str = ""
    truths: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class QuestionView:
    """A photograph, a question about it and what a model answered.

    Args:
        name: the photograph's file.
        picture: upright, RGB.
        geometry: how it became the model's image.
        grid: (rows, columns) of the cells that the maps lie over.
        question: its words.
        answers: each with its probability, the likeliest first.
        maps: (r j) where each pass (hop) over the picture looked; None without attention.
        read: (r i) what each pass read of the question's words, where the model has that.
        truth: the right answer.
    """

    name: str
    picture: Image.Image
    geometry: Geometry
    grid: tuple[int, int]
    question: tuple[str, ...]
    answers: tuple[tuple[str, float], ...]
    maps: Tensor | None = None
    read: Tensor | None = None
    truth: str | None = None


View = WordPicture | AlignmentView | QuestionView
