"""Answers: those of the model by hand, several questions at once, what cannot be asked."""

import pytest
import torch

from saccade.data.decode import open_picture
from saccade.errors import CheckpointError, ConfigError, DataError
from saccade.writing.answers import AnswerWriter
from tests.samples import write_bad, write_good
from tests.word_models import ANSWERS, ENGLISH, save_words, weights_of

QUESTIONS = ("what colour is the circle?", "what is above the blue square")


@pytest.fixture(scope="module")
def writer():
    return AnswerWriter(weights_of("ask"))


@torch.no_grad()
def test_an_answer_by_hand(writer, tmp_path):
    (path,) = write_good(tmp_path, 1)
    found = writer.ask(path, QUESTIONS, top=2)
    pixels, geometry = writer.preprocessing.apply(*open_picture(path))
    images = writer.preprocessing.normalize(torch.tensor(pixels)[None])
    for one, question in zip(found, QUESTIONS, strict=True):
        given = writer.model(images, torch.tensor([ENGLISH.encode(question)]))
        share, order = given.logits.softmax(1)[0].sort(descending=True)
        assert [name for name, _ in one.answers] == [ANSWERS[i] for i in order[:2]]
        assert [p for _, p in one.answers] == pytest.approx(share[:2].tolist(), rel=1e-4)
        torch.testing.assert_close(one.maps, given.weights[0])
        assert (one.name, one.geometry, one.grid) == (str(path), geometry, (2, 2))
        assert one.answer == one.answers[0][0]


def test_one_question_as_text_and_all_answers(writer, tmp_path):
    (path,) = write_good(tmp_path, 1)
    (one,) = writer.ask(path, QUESTIONS[0], top=99)
    assert {name for name, _ in one.answers} == set(ANSWERS)
    assert sum(share for _, share in one.answers) == pytest.approx(1.0, abs=1e-5)
    assert one.words == ("what", "colour", "is", "the", "circle", "?")


def test_unknown_words_are_named(writer, tmp_path):
    (path,) = write_good(tmp_path, 1)
    (one,) = writer.ask(path, "어디에 is the circel?")
    assert one.unknown == ("어디에", "circel")


def test_questions_about_several_pictures_get_what_each_gets_alone(writer, tmp_path):
    paths = write_good(tmp_path, 2)
    ready = [writer.prepare(*open_picture(path), str(path)) for path in paths]
    asked = [(1, QUESTIONS[0]), (0, QUESTIONS[1]), (1, QUESTIONS[1])]
    for one, (place, question) in zip(writer.answered(ready, asked), asked, strict=True):
        (alone,) = writer.ask(paths[place], question)
        assert one.name == str(paths[place])
        torch.testing.assert_close(one.maps, alone.maps)
        assert one.answer == alone.answer


def test_what_cannot_be_asked_is_told(writer, tmp_path):
    (path,), bad = write_good(tmp_path, 1), write_bad(tmp_path)
    with pytest.raises(DataError, match="a question with words"):
        writer.ask(path, "  ")
    with pytest.raises(ConfigError, match="top of at least 1"):
        writer.ask(path, "what", top=0)
    with pytest.raises(ConfigError, match="0 questions"):
        writer.ask(path, [])
    for broken in bad:
        with pytest.raises(DataError):
            writer.ask(broken, "what")


def test_weights_that_give_no_numbers_are_told(tmp_path):
    writer = AnswerWriter(weights_of("ask"))
    writer.model.answerer.head.bias.data[0] = float("nan")
    with pytest.raises(CheckpointError, match="weights that give numbers"):
        writer.ask(write_good(tmp_path, 1)[0], "what")


def test_files_of_the_task_alone(tmp_path):
    path = save_words(tmp_path / "a.safetensors", "ask")
    assert AnswerWriter.load(path).answers == ANSWERS
    with pytest.raises(CheckpointError, match="try saccade translate"):
        AnswerWriter(weights_of("translate"))
