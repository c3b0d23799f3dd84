"""Judging models of words by what they write or answer on their own, never word by given word.

Axes: t word, r look, h rows and w columns of the grid, box edges x0 y0 x1 y1 in pixels.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import torch

from saccade.data.decode import shown
from saccade.data.ready import ReadyPicture, ready_pictures
from saccade.data.sets import BadFile
from saccade.data.words.captions import CaptionSet
from saccade.data.words.pairs import PairSet
from saccade.data.words.questions import QuestionSet
from saccade.errors import DataError, MissingExtra
from saccade.training.words.looking import LookingScores, score_looking
from saccade.training.words.sacre import SacreScore, chrf, sacre_bleu
from saccade.training.words.scoring import (
    CaptionScores,
    TranslationScores,
    score_captions,
    score_translations,
)
from saccade.writing.answers import Answered, AnswerWriter
from saccade.writing.captions import CaptionWriter
from saccade.writing.scene_looks import Look, SceneBoxes, looks_of
from saccade.writing.search import Search
from saccade.writing.translations import TranslationWriter

Tick = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class AnswerScores:
    """What answers are measured by.

    Args:
        accuracy: share of the questions that were answered right, 0-1.
        kinds: of each kind of question, the same share and how many there are.
        count: questions that were answered.
        impossible: those among them whose right answer the model cannot choose.
    """

    accuracy: float
    kinds: dict[str, tuple[float, int]]
    count: int
    impossible: int = 0

    def to_dict(self) -> dict[str, object]:
        """Give the numbers by name, ready for JSON."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """What was measured.

    Args:
        scores: of all texts or answers.
        rows: for each text or question its name or sentence, what was written, and what is right.
        looking: how much of the attention lies in the right boxes, where they are known: of the
            words of captions, or of each look of a model that answers.
        sacre: BLEU and chrF as papers report them, of translations, where sacrebleu is installed.
        unfinished: texts that had not ended.
        bad: pictures that could not be read.
    """

    scores: CaptionScores | TranslationScores | AnswerScores
    rows: tuple[tuple[str, str, str], ...]
    looking: tuple[LookingScores, ...] = ()
    sacre: dict[str, SacreScore] = field(default_factory=dict)
    unfinished: int = 0
    bad: tuple[BadFile, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Give the numbers by name, ready for JSON."""
        told: dict[str, Any] = {**self.scores.to_dict(), "unfinished": self.unfinished}
        if self.sacre:
            told["sacrebleu"] = {name: one._asdict() for name, one in self.sacre.items()}
        if self.looking:
            told["looking"] = [asdict(one) for one in self.looking]
        return told


def judge_captions(
    writer: CaptionWriter,
    captions: CaptionSet,
    search: Search,
    *,
    batch_size: int = 16,
    boxes: SceneBoxes | None = None,
    tick: Tick | None = None,
) -> Judged:
    """Let a model write a caption of each picture, and compare it with those of people.

    Args:
        writer: of captions.
        captions: the set.
        search: how to write.
        batch_size: pictures at a time.
        boxes: of what the words of right captions name, where they are known.
        tick: called with the number of pictures so far.

    Raises:
        DataError: no picture could be read.
    """
    places = {shown(path): index for index, path in enumerate(captions.paths)}
    known, texts, references, looks, cut = len(writer.bad), [], [], [], 0
    rows = []
    for one in writer.write(captions.paths, search, batch_size=batch_size):
        index = places[one.name]
        wrote = captions.captions[index]
        texts.append(one.text)
        references.append(wrote)
        rows.append((captions.picture_name(index), one.text, wrote[0]))
        cut += not one.hypotheses[0].finished
        if boxes is not None:
            looks += looks_of(one, boxes.get(captions.paths[index].resolve(), ()))
        _told(tick, len(texts))
    _expect_some(texts, captions.name)
    return Judged(
        scores=score_captions(texts, references),
        rows=tuple(rows),
        looking=_looking([looks]),
        unfinished=cut,
        bad=tuple(writer.bad[known:]),
    )


def judge_translations(
    writer: TranslationWriter,
    pairs: PairSet,
    search: Search,
    *,
    batch_size: int = 16,
    tick: Tick | None = None,
) -> Judged:
    """Let a model translate each sentence, and compare it with every translation of the set.

    Capitals are left out of account where the model's words have none.

    Args:
        writer: of translations.
        pairs: the set.
        search: how to write.
        batch_size: sentences at a time.
        tick: called with the number of sentences so far.
    """
    texts, cut = [], 0
    for one in writer.write(pairs.sources, search, batch_size=batch_size):
        texts.append(one.text)
        cut += any(not hypothesis.finished for hypothesis in one.hypotheses[:1])
        _told(tick, len(texts))
    references = [pairs.references(index) for index in range(len(pairs))]
    lower = writer.target.is_lower
    return Judged(
        scores=score_translations(texts, references, lower=lower),
        rows=tuple(zip(pairs.sources, texts, pairs.targets, strict=True)),
        sacre=_sacre(texts, references, lower=lower),
        unfinished=cut,
    )


def judge_answers(
    writer: AnswerWriter,
    questions: QuestionSet,
    *,
    batch_size: int = 16,
    tick: Tick | None = None,
) -> Judged:
    """Let a model answer each question, and compare the likeliest answer with the right ones.

    Looks are measured for questions whose answer lies in one known box.

    Args:
        writer: of answers.
        questions: the set.
        batch_size: pictures at a time.
        tick: called with the number of questions so far.

    Raises:
        DataError: no picture could be read.
    """
    asked: dict[str, list[int]] = {}
    for index, path in enumerate(questions.paths):
        asked.setdefault(shown(path), []).append(index)
    paths = list(dict.fromkeys(questions.paths))
    bad: list[BadFile] = []
    found: dict[int, Answered] = {}
    for batch in ready_pictures(paths, writer.prepare, batch_size, bad):
        found |= _answers(writer, batch, questions, asked)
        _told(tick, len(found))
    _expect_some(found, questions.name)
    return Judged(
        scores=_accuracy(questions, found, frozenset(writer.answers)),
        rows=tuple(
            (f"{one.name}: {one.question}", one.answer, questions.answers[index][0])
            for index, one in sorted(found.items())
        ),
        looking=_looking(_looks(questions, found)),
        bad=tuple(bad),
    )


def _answers(
    writer: AnswerWriter,
    batch: list[ReadyPicture],
    questions: QuestionSet,
    asked: dict[str, list[int]],
) -> dict[int, Answered]:
    """Answer all questions about some pictures; by their place in the set."""
    turns = [(place, index) for place, one in enumerate(batch) for index in asked[one.name]]
    told = [(place, questions.questions[index]) for place, index in turns]
    given = writer.answered(batch, told, top=1)
    return {index: one for (_, index), one in zip(turns, given, strict=True)}


def _accuracy(
    questions: QuestionSet, found: dict[int, Answered], known: frozenset[str]
) -> AnswerScores:
    kinds: dict[str, list[bool]] = {}
    for index, one in found.items():
        right = one.answer in questions.answers[index]
        kinds.setdefault(questions.kinds[index], []).append(right)
    every = [right for own in kinds.values() for right in own]
    named = {kind: (sum(own) / len(own), len(own)) for kind, own in sorted(kinds.items()) if kind}
    impossible = sum(known.isdisjoint(questions.answers[index]) for index in found)
    return AnswerScores(sum(every) / len(every), named, len(every), impossible)


def _looks(questions: QuestionSet, found: dict[int, Answered]) -> list[list[Look]]:
    """Gather for each look its maps, with the box of the answer."""
    looks: list[list[Look]] = []
    for index, one in found.items():
        regions = questions.regions[index]
        if len(regions) != 1:
            continue
        box, maps = torch.tensor(regions[0]), one.maps.reshape(len(one.maps), 1, *one.grid)
        looks = looks or [[] for _ in maps]
        for own, each in zip(looks, maps, strict=True):
            own.append((each, box, one.geometry))
    return looks


def _looking(several: Sequence[Sequence[Look]]) -> tuple[LookingScores, ...]:
    """Measure looks where there are any whose box can be seen."""
    try:
        return tuple(score_looking(looks) for looks in several if looks)
    except DataError:  # boxes that the model's image shows nothing of
        return ()


def _sacre(
    texts: Sequence[str], references: Sequence[Sequence[str]], *, lower: bool
) -> dict[str, SacreScore]:
    if lower:
        texts = [text.lower() for text in texts]
        references = [[text.lower() for text in several] for several in references]
    try:
        bleu = sacre_bleu(texts, references, lowercase=lower)
        return {"bleu": bleu, "chrf": chrf(texts, references)}
    except MissingExtra:
        return {}


def _expect_some(found: Sequence[str] | dict[int, Answered], name: str) -> None:
    if not found:
        raise DataError(f"pictures of {name} that can be read", "none", "another folder")


def _told(tick: Tick | None, count: int) -> None:
    if tick is not None:
        tick(count)
