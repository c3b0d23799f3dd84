from pathlib import Path

import pytest
import torch

from saccade.data.augmentation import Augmentation
from saccade.data.batches import Feed, View
from saccade.data.transforms import Preprocessing
from saccade.data.words.question_batches import QuestionBatches
from saccade.data.words.questions import QuestionSet
from saccade.data.words.vocabulary import Vocabulary
from saccade.errors import ConfigError
from tests.data.words.batch_checks import same

SMALL = View(Preprocessing(img_size=(4, 5)), None)
ASKED = tuple(" ".join(["가", "나", "다"][: 1 + n % 3]) for n in range(9))
WORDS = Vocabulary.build(ASKED)
ANSWERS = ("no", "yes")


@pytest.fixture
def questions(tmp_path: Path, paint) -> QuestionSet:
    """Nine questions about three pictures, the third broken; the answer of the sixth is rare."""
    names = ["0.png", "1.png", "2.png"]
    paint(*names)
    (tmp_path / "2.png").write_bytes((tmp_path / "2.png").read_bytes()[:60])
    paths = tuple(tmp_path / names[n % 3] for n in range(9))
    answers = [("no",), ("yes",), ("so", "yes")] * 3
    answers[5 - 1] = ("rare",)
    return QuestionSet("train", paths, ASKED, tuple(answers), root=tmp_path)


def batches(questions: QuestionSet, **options: object) -> QuestionBatches:
    view, answers = options.pop("view", SMALL), options.pop("answers", ANSWERS)
    return QuestionBatches(questions, view, WORDS, answers, **{"batch_size": 4, **options})


def test_a_batch_by_hand(questions: QuestionSet) -> None:
    fed = batches(questions)
    first, second, third = fed.epoch()
    assert first.questions.tolist() == [[4, 0], [4, 5], [4, 0]]
    assert first.answers.tolist() == [0, 1, 0]  # the third question asks about a broken picture
    assert (first.indices, first.names) == ((0, 1, 3), ("0.png", "1.png", "0.png"))
    assert second.answers.tolist() == [-1, 0, 1]
    assert (len(second), second.count, second.position) == (3, 3, 1)
    assert third.questions.shape == (0, 1)
    assert third.images.shape == (0, 3, 4, 5)
    assert (third.answers.shape, third.answers.dtype, third.count) == ((0,), torch.int64, 0)
    assert first.images.dtype == torch.uint8
    assert first.images[0].equal(first.images[2])
    assert [geometry.size for geometry in first.geometries] == [(5, 4)] * 3
    assert [bad.name for bad in fed.bad] == ["2.png"]
    assert (fed.name, len(fed)) == ("train", 3)


def test_training_sees_each_question_once(questions: QuestionSet) -> None:
    fed = batches(questions, seed=0, view=None)
    assert [f"{bad.name}: {bad.reason}" for bad in fed.bad] == [
        "1.png: '가 나': the answer 'rare' is none of the 2 to choose from"
    ]
    whole = list(fed.epoch(1))
    assert sorted(i for batch in whole for i in batch.indices) == [0, 1, 2, 3, 5, 6, 7, 8]
    for batch in whole:
        assert batch.images.shape == (len(batch), 0)
        for row, index in enumerate(batch.indices):
            assert WORDS.decode(batch.questions[row].tolist()) == ASKED[index]
            assert ANSWERS[batch.answers[row]] in questions.answers[index]


def test_a_picture_is_read_once_in_a_batch(
    questions: QuestionSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []
    load = QuestionSet.load
    monkeypatch.setattr(QuestionSet, "load", lambda self, i: read.append(i) or load(self, i))
    next(batches(questions, batch_size=9).epoch())
    assert read == [0, 1, 2]


def test_workers_and_going_on_change_nothing(questions: QuestionSet) -> None:
    change = View(SMALL.preprocessing, Augmentation(crop_scale=(0.3, 1.0), flip=True))
    options = {"seed": 2, "batch_size": 2, "view": change}
    whole = list(batches(questions, **options).epoch(3))
    assert same(whole, batches(questions, workers=2, **options).epoch(3))
    for start in range(5):
        assert same(batches(questions, **options).epoch(3, start=start), whole[start:])
    assert not same(batches(questions, **options).epoch(4), whole)


@pytest.mark.parametrize("processes", [2, 3])
def test_processes_share_the_same_batches(questions: QuestionSet, processes: int) -> None:
    shares = [
        list(batches(questions, batch_size=2, seed=0, view=None, feed=feed).epoch())
        for feed in (Feed(rank=rank, processes=processes) for rank in range(processes))
    ]
    whole = batches(questions, batch_size=2 * processes, seed=0, view=None).epoch()
    for position, batch in enumerate(whole):
        every = [index for own in shares for index in own[position].indices]
        assert sorted(every) == sorted(batch.indices)


def test_options_that_cannot_work(questions: QuestionSet) -> None:
    changing = View(SMALL.preprocessing, Augmentation(flip=True))
    for options, sentence in (
        ({"batch_size": 0}, "a batch_size of 1 or more, got 0"),
        ({"view": changing}, "a seed with an augmentation, got none"),
        ({"answers": ()}, "one or more answers to choose from, each once, got 0, 0 of them"),
        ({"answers": ("a", "a")}, "each once, got 2, 1 of them different"),
    ):
        with pytest.raises(ConfigError, match=sentence):
            batches(questions, **options)
