"""Translations: in the order of the sentences, with their own columns; empty and unknown words."""

import pytest

from saccade.data.words.vocabulary import Vocabulary
from saccade.errors import CheckpointError, ConfigError
from saccade.writing.search import Search
from saccade.writing.translations import EMPTY, TranslationWriter
from tests.word_models import KOREAN, save_words, weights_of

TEXTS = ("a red circle above a blue square", "a circle", "", "what colour is the circle?", " \t ")


@pytest.fixture(scope="module")
def writer():
    return TranslationWriter(weights_of("translate"))


@pytest.mark.parametrize("size", [1, 2, 16])
def test_the_order_is_that_of_the_sentences_whatever_the_batches(writer, size):
    found = list(writer.write(TEXTS, Search(beam=2, max_length=6), batch_size=size))
    assert [one.sentence for one in found] == list(TEXTS)
    for one, text in zip(found, TEXTS, strict=True):
        (alone,) = writer.write([text], Search(beam=2, max_length=6))
        assert (one.texts, one.source) == (alone.texts, alone.source)


def test_each_written_word_has_a_column_for_each_word_that_was_read(writer):
    for one in writer.write((TEXTS[0], TEXTS[1]), Search(max_length=4)):
        assert one.source == (*one.sentence.split(), "<end>")
        best = one.hypotheses[0]
        assert one.words[0] == tuple(KOREAN.label(number) for number in best.words)
        assert one.text == KOREAN.decode(best.words)
        assert best.weights.shape == (len(best.words), len(one.source))
        assert best.weights.sum(1).tolist() == pytest.approx([1.0] * len(best.words), abs=1e-5)


def test_an_empty_sentence_has_an_empty_translation_and_a_remark(writer):
    found = list(writer.write(["", "a circle", "   "]))
    assert [one.remark for one in found] == [EMPTY, "", EMPTY]
    assert (found[0].text, found[0].hypotheses) == ("", ())
    assert list(writer.write([])) == []


def test_unknown_words_are_named(writer):
    (one,) = writer.write(["a green 고양이 circle"])
    assert one.unknown == ("green", "고양이")
    assert one.source == ("a", "green", "고양이", "circle", "<end>")


def test_sentences_come_before_all_are_read(writer):
    read = []

    def texts():
        for number in range(100):
            read.append(number)
            yield "a circle"

    next(iter(writer.write(texts(), Search(max_length=1), batch_size=1)))
    assert len(read) < 100


def test_jamo_are_read_and_written():
    jamo = Vocabulary.build(["빨간 원"], splitter="jamo")
    writer = TranslationWriter(weights_of("translate", target=jamo))
    (one,) = writer.write(["a circle"], Search(max_length=5, beam=1))
    assert len(one.words[0]) == len(one.hypotheses[0].words)
    assert one.text == jamo.decode(one.hypotheses[0].words)


def test_a_translator_without_attention_has_no_weights():
    writer = TranslationWriter(weights_of("translate", attention=None))
    (one,) = writer.write(["a circle"], Search(max_length=3))
    assert one.hypotheses[0].weights is None


def test_files_of_the_task_alone(tmp_path):
    path = save_words(tmp_path / "t.safetensors", "translate")
    assert TranslationWriter.load(path).target.words == KOREAN.words
    with pytest.raises(CheckpointError, match="try saccade caption"):
        TranslationWriter(weights_of("caption"))
    with pytest.raises(ConfigError, match="batch_size"):
        TranslationWriter.load(path).write([], batch_size=0)
