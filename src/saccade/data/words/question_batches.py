"""Batches of questions about pictures, repeatable to the word.

Axes: b image (here: question, beside its picture), t time; b c h w pixels.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from saccade.data.batches import Feed, View
from saccade.data.geometry import Geometry
from saccade.data.sets import BadFile
from saccade.data.words.lexicon import Lexicon
from saccade.data.words.questions import QuestionSet
from saccade.data.words.seeing import see_pictures
from saccade.data.words.word_epochs import WordEpochs, padded
from saccade.errors import ConfigError

_ALONE = Feed()


@dataclass(frozen=True, slots=True)
class QuestionBatch:
    """Some questions, each with its picture.

    Args:
        images: uint8 (b c h w), for `Preprocessing.normalize`; b is 0 where all are broken. Of
            shape (b 0) where no pictures are read.
        questions: int64 (b t), the words of each question, then `PAD`.
        answers: int64 (b), number of the answer among those to choose from; -1 where it is none.
        indices: of the questions in their set.
        names: of the pictures.
        geometries: from each picture's file to its pixels here; empty where none are read.
        position: of the batch in its epoch, counted from 0.
        bad: pictures of this batch that are broken and left out.
    """

    images: Tensor
    questions: Tensor
    answers: Tensor
    indices: tuple[int, ...]
    names: tuple[str, ...]
    geometries: tuple[Geometry, ...]
    position: int
    bad: tuple[BadFile, ...] = ()

    def __len__(self) -> int:
        return len(self.indices)

    @property
    def count(self) -> int:
        """The number of questions."""
        return len(self.indices)


class QuestionBatches(WordEpochs[QuestionBatch]):
    """The batches of a set of questions, epoch by epoch.

    With a seed each question comes once in an epoch, those of similar length together where no
    pictures are read; those whose answer cannot be chosen are left out and named in `bad`. Without
    one, for evaluation, all come in the order of the set. A broken picture is left out and named
    in `bad`. A picture that several questions of a batch ask about is read once, where it does not
    change.

    Args:
        questions: the set.
        view: preprocessing of the model, and random changes of the pictures, none of them for
            evaluation; None reads no pictures, as where features of them were computed before.
        vocabulary: built from the questions of the training part.
        answers: to choose from, as `answers_of` lists them for the training part.
        batch_size: questions in a batch of one process; one batch may be smaller.
        seed: of the order and the changes; None for evaluation.
        workers: threads that read ahead; 0 reads in this one. The batches are the same.
        feed: rank of this process and number of processes.

    Raises:
        ConfigError: an option that cannot work.
    """

    def __init__(
        self,
        questions: QuestionSet,
        view: View | None,
        vocabulary: Lexicon,
        answers: Sequence[str],
        *,
        batch_size: int,
        seed: int | None = None,
        workers: int = 0,
        feed: Feed = _ALONE,
    ) -> None:
        super().__init__(batch_size, seed, workers, feed)
        if view is not None and view.augmentation is not None and seed is None:
            raise ConfigError("a seed with an augmentation", "none", "seed=0")
        numbers = {answer: number for number, answer in enumerate(answers)}
        if not answers or len(numbers) < len(answers):
            got = f"{len(answers)}, {len(numbers)} of them different"
            raise ConfigError("one or more answers to choose from, each once", got, "answers_of()")
        self.questions = questions
        self.view, self.alike = view, view is None
        self._answers = [_number(own, numbers) for own in questions.answers]
        every = range(len(questions))
        kept = [index for index in every if seed is None or self._answers[index] >= 0]
        for index in sorted(set(every) - set(kept)):
            own, asked = questions.answers[index][0], questions.questions[index]
            reason = f"{asked!r}: the answer {own!r} is none of the {len(numbers)} to choose from"
            self.bad.append(BadFile(questions.picture_name(index), reason))
        self._rows = kept
        self._words = [vocabulary.encode(questions.questions[index]) for index in kept]

    @property
    def name(self) -> str:
        """The name of the set, such as "train"."""
        return self.questions.name

    def _lengths(self) -> list[tuple[int, ...]]:
        return [(len(row),) for row in self._words]

    def _batch(self, turns: Sequence[int], number: int, position: int) -> QuestionBatch:
        own = [self._rows[turn] for turn in turns]
        chances = [f"{self.seed}/{number}/{index}" for index in own]
        seen = see_pictures(self.questions, own, chances, self.view, exact=self.feed.exact)
        indices = tuple(own[at] for at in seen.kept)
        return QuestionBatch(
            seen.images,
            padded([self._words[turns[at]] for at in seen.kept]),
            torch.tensor([self._answers[index] for index in indices], dtype=torch.int64),
            indices,
            tuple(self.questions.picture_name(index) for index in indices),
            seen.geometries,
            position,
            seen.bad,
        )


def _number(answers: Sequence[str], numbers: Mapping[str, int]) -> int:
    """Give the number of the first right answer that can be chosen; -1 where there is none."""
    return next((numbers[answer] for answer in answers if answer in numbers), -1)
