"""Weights must be for the task; words that are unknown are found."""

import dataclasses

import pytest

from saccade.data.words.vocabulary import Vocabulary
from saccade.errors import CheckpointError
from saccade.models.captioner import Captioner
from saccade.models.question import QuestionAnswerer
from saccade.writing.fitting import missing, model_of, read_words, unknown_words
from tests.word_models import ENGLISH, weights_of


def test_a_model_comes_out_for_its_task_alone():
    weights = weights_of("caption")
    assert model_of(weights, "caption", Captioner) is weights.model
    with pytest.raises(CheckpointError, match=r"a model to ask .* try saccade caption --model"):
        model_of(weights, "ask", QuestionAnswerer)
    with pytest.raises(CheckpointError, match="a QuestionAnswerer in model"):
        model_of(dataclasses.replace(weights, task="ask"), "ask", QuestionAnswerer)
    assert "its words in model.safetensors, got none" in str(missing(weights, "its words"))


def test_unknown_words_are_named_once_as_they_were_written():
    ids, words = read_words(ENGLISH, "A green cat, a GREEN 고양이")
    assert words == ("a", "green", "cat", ",", "a", "green", "고양이")
    assert unknown_words(ids, words) == ("green", "cat", ",", "고양이")
    assert unknown_words(*read_words(ENGLISH, "a red circle")) == ()


@pytest.mark.parametrize("splitter", ["characters", "jamo"])
def test_a_space_is_shown(splitter):
    letters = Vocabulary.build(["빨간 원"], splitter=splitter)
    ids, words = read_words(letters, "원 빨")
    assert "\u2423" in words
    assert len(words) == len(ids)
    assert unknown_words(*read_words(letters, "원x")) == ("x",)
