"""AnswerWriter: a picture and questions in, answers out, with where each look fell.

Axes: t word of a question, r look (pass over the picture), j cell of its grid, row by row.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from saccade.checkpoints.word_weights import WordWeights, load_words
from saccade.data.decode import open_picture, shown
from saccade.data.geometry import Geometry
from saccade.data.ready import ReadyPicture, as_images, prepared
from saccade.data.words.lexicon import Lexicon
from saccade.data.words.word_epochs import padded
from saccade.errors import CheckpointError, ConfigError, DataError
from saccade.models.question import Answered as Given
from saccade.models.question import QuestionAnswerer
from saccade.writing.fitting import missing, model_of, read_words, unknown_words


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Answered:
    """A question about a picture and what a model answers.

    Args:
        name: of the picture.
        picture: the original, upright unless the preprocessing ignores EXIF.
        geometry: how it became what the model's cells cover.
        grid: (rows, columns) of the cells that the maps lie over.
        question: as it was asked.
        words: of the question, as they were read.
        answers: with their probabilities 0-1, the likeliest first.
        maps: (r j) where each look fell, on the CPU.
        unknown: words of the question that the model does not know.
    """

    name: str
    picture: Image.Image
    geometry: Geometry
    grid: tuple[int, int]
    question: str
    words: tuple[str, ...]
    answers: tuple[tuple[str, float], ...]
    maps: Tensor
    unknown: tuple[str, ...]

    @property
    def answer(self) -> str:
        """The likeliest answer."""
        return self.answers[0][0]


class AnswerWriter:
    """Answers questions about pictures.

    Args:
        weights: of a model that answers questions.

    Raises:
        CheckpointError: the weights are for something else.
    """

    def __init__(self, weights: WordWeights) -> None:
        self.model = model_of(weights, "ask", QuestionAnswerer)
        if weights.source is None or weights.preprocessing is None or not weights.answers:
            raise missing(weights, "the words of questions, answers and preprocessing")
        self.words: Lexicon = weights.source
        self.answers = weights.answers
        self.preprocessing = weights.preprocessing
        self.weights = weights

    @classmethod
    def load(cls, path: str | Path) -> "AnswerWriter":
        """Load a model that answers questions.

        Args:
            path: a weight file, or the folder of a run.

        Raises:
            CheckpointError: it cannot be read, or is for something else.
        """
        return cls(load_words(path, task="ask"))

    def ask(
        self, path: str | Path, questions: str | Sequence[str], *, top: int = 5
    ) -> tuple[Answered, ...]:
        """Answer questions about a picture.

        Args:
            path: of the picture.
            questions: one or several.
            top: how many answers to list for each.

        Raises:
            DataError: the picture cannot be read, or a question has no words.
            ConfigError: `top` is not positive, or there is no question.
        """
        asked = (questions,) if isinstance(questions, str) else tuple(questions)
        if top < 1 or not asked:
            got = f"{len(asked)} questions and top={top}"
            raise ConfigError("a question and a top of at least 1", got, "top=5")
        ready = self.prepare(*open_picture(Path(path)), shown(path))
        return self.answered([ready], [(0, question) for question in asked], top=top)

    def prepare(self, picture: Image.Image, geometry: Geometry, name: str) -> ReadyPicture:
        """Cut an upright picture to the model's image.

        Args:
            picture: upright, RGB.
            geometry: of it.
            name: of it.
        """
        canvas = getattr(self.model.encoder.network, "canvas", None)
        settings = self.preprocessing
        return prepared(picture, geometry, name, preprocessing=settings, canvas=canvas)

    def answered(
        self, pictures: Sequence[ReadyPicture], asked: Sequence[tuple[int, str]], *, top: int = 5
    ) -> tuple[Answered, ...]:
        """Answer questions about pictures that are ready.

        Args:
            pictures: from `prepare`.
            asked: questions, each with the place of its picture among them.
            top: how many answers to list for each.

        Raises:
            DataError: a question has no words.
            CheckpointError: the weights give no numbers.
        """
        read = [self._read(question) for _, question in asked]
        given = self._given(pictures, [place for place, _ in asked], [ids for ids, _ in read])
        found = []
        shares, looks = given.logits.float().softmax(1).cpu(), given.weights.float().cpu()
        for (place, question), (ids, words), share, maps in zip(
            asked, read, shares, looks, strict=True
        ):
            values, answers = share.topk(min(top, len(self.answers)))
            likeliest = zip(answers.tolist(), values.tolist(), strict=True)
            one = Answered(
                name=pictures[place].name,
                picture=pictures[place].picture,
                geometry=pictures[place].geometry,
                grid=self.model.grid,
                question=question,
                words=words,
                answers=tuple((self.answers[number], value) for number, value in likeliest),
                maps=maps,
                unknown=unknown_words(ids, words),
            )
            found.append(one)
        return tuple(found)

    def _read(self, question: str) -> tuple[list[int], tuple[str, ...]]:
        ids, words = read_words(self.words, question)
        if not question.strip() or not ids:
            raise DataError("a question with words", repr(question), '"what colour is the circle?"')
        return ids, words

    def _given(
        self, pictures: Sequence[ReadyPicture], places: list[int], ids: Sequence[Sequence[int]]
    ) -> Given:
        """Look at each picture once, and answer all questions."""
        device = next(self.model.parameters()).device
        with torch.inference_mode():
            seen = self.model.encoder(as_images(pictures, self.preprocessing).to(device))
            given = self.model.answerer(seen[places], padded(ids).to(device))
        if not bool(given.logits.isfinite().all()):
            raise CheckpointError(
                f"weights that give numbers in {self.weights.origin}",
                "logits that are none",
                "a checkpoint of an earlier epoch",
            )
        return given
