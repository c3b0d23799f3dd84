from dataclasses import replace

import pytest
import torch

from saccade.checkpoints.native import read
from saccade.errors import CheckpointError, ConfigError, DataError
from saccade.models.captioner import Captioner
from saccade.training.config import TrainConfig
from saccade.training.lesson import Lesson
from saccade.training.run import train
from saccade.training.scale.processes import ALONE
from saccade.training.words.lessons import AnswerLesson, WritingLesson
from saccade.training.words.session import (
    begin_words,
    go_on_with_words,
    make_word_lesson,
    propose_words,
    start_of,
)
from tests.training.words.small import small, source_of, write_data


def test_a_proposal_trains_nothing(place, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    config = TrainConfig(task="translate", words={"sides": "fw,bw"})
    found = propose_words(source_of(place, "translate"), config)
    assert {choice.name for choice in found.asked} == {"task", "words.sides"}
    assert {"lr", "words.hidden", "words.attention"} <= {choice.name for choice in found.choices}
    assert found.config.epochs == 40
    assert len(found.parts.train) == 9
    assert not list(tmp_path.iterdir())


def test_a_session_before_its_first_step(place, tmp_path) -> None:
    shown = []
    config = small("caption", out=str(tmp_path), words={"tuned": 0})
    session = begin_words(source_of(place, "caption"), config, shown.append, ALONE)
    task = session.task
    assert isinstance(session.start.model, Captioner)
    assert isinstance(task.lesson, WritingLesson)
    assert (task.unit, task.folder) == ("words", tmp_path / "1")
    assert {path.name for path in task.folder.iterdir()} >= {
        *("config.json", "recipe.yaml", "manifest.json", "metrics.jsonl")
    }
    assert [one["event"] for one in shown] == ["choices", "evaluate", "evaluate", "start"]
    assert [one["part"] for one in shown[1:3]] == ["the pictures of train", "the pictures of val"]
    assert task.card.words["task"] == "caption"
    assert task.card.training["data"]["train"] == 18
    assert {"words", "positions"} <= {choice.name for choice in session.choices}
    again = begin_words(source_of(place, "caption"), config, None, ALONE)
    for one, other in zip(task.model.parameters(), again.task.model.parameters(), strict=True):
        assert torch.equal(one, other)  # weights follow from the seed


def test_lessons_learn_as_the_config_says(place, tmp_path) -> None:
    changes = {"smoothing": 0.2, "words": {"beam": 3, "ratio": 0.5, "longest": 3}}
    config = small("translate", out=str(tmp_path), **changes)
    session = begin_words(source_of(place, "translate"), config, None, ALONE)
    how = session.task.lesson.how
    assert (how.beam, how.ratio, how.smoothing, how.alpha_c) == (3, 0.5, 0.2, 0.0)
    assert how.longest == 3 + 5
    assert 2 < how.length < 6
    config = small("ask", out=str(tmp_path), smoothing=0.1)
    session = begin_words(source_of(place, "ask"), config, None, ALONE)
    assert isinstance(session.task.lesson, AnswerLesson)
    assert (session.task.lesson.smoothing, session.task.unit) == (0.1, "questions")
    alone = make_word_lesson(session.start, session.parts, session.task.config, None)
    assert isinstance(alone, Lesson)


@pytest.fixture(scope="module")
def stopped(tmp_path_factory):
    """A run of translation, stopped after its first epoch, and its data."""
    root = tmp_path_factory.mktemp("stopped")
    write_data(root, count=8)
    config = small("translate", out=str(root / "runs"))
    return root, train(source_of(root, "translate"), config, stop_after=1)


def gone_on(root, run, config=None, source=None):
    given = config or TrainConfig()
    return go_on_with_words(source, given, run.last, None, ALONE)


def test_a_run_is_gone_on_with_as_it_was(stopped) -> None:
    root, run = stopped
    session = gone_on(root, run)
    assert session.loop.place.epoch == 1
    assert session.task.config == run.config
    assert session.choices == ()
    other = gone_on(root, run, TrainConfig(workers=1))
    assert other.task.config == replace(run.config, workers=1)


def test_another_option_other_data_or_no_run_are_refused(stopped, tmp_path) -> None:
    root, run = stopped
    with pytest.raises(ConfigError, match="epochs=2 as the run was started with, got epochs=3"):
        gone_on(root, run, TrainConfig(epochs=3))
    with pytest.raises(ConfigError, match=r"words=.* as the run was started with"):
        gone_on(root, run, TrainConfig(words={"hidden": 9}))
    write_data(tmp_path / "other", count=8, pairs=20)
    with pytest.raises(DataError, match=r"the run's data \(train 9\), got train 15"):
        gone_on(root, run, source=str(tmp_path / "other" / "pairs"))
    path = tmp_path / "other" / "pairs"
    write_data(tmp_path / "same", count=8)
    path = tmp_path / "same" / "pairs" / "val.bw"
    path.write_text("a\n")
    with pytest.raises(DataError, match=r"the run's data \(fingerprint"):
        gone_on(root, run, source=str(path.parent))
    with pytest.raises(CheckpointError, match="a run to go on with in"):
        go_on_with_words(None, TrainConfig(), run.best, None, ALONE)


def test_the_model_of_a_checkpoint(stopped) -> None:
    _, run = stopped
    found = start_of(read(run.best), origin="x")
    state = read(run.best).state
    assert all(torch.equal(value, state[name]) for name, value in found.model.state_dict().items())
    assert (len(found.source), len(found.target)) == (8, 8)
