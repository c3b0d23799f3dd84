"""Judging what models write on their own: captions, translations, answers, and where they look."""

from dataclasses import replace

import pytest
import torch

from saccade.data.decode import open_picture
from saccade.data.words.captions import CaptionSet
from saccade.data.words.pairs import PairSet
from saccade.data.words.questions import QuestionSet
from saccade.errors import DataError
from saccade.training.words.looking import box_mass
from saccade.training.words.scoring import score_captions
from saccade.writing import judging
from saccade.writing.answers import AnswerWriter
from saccade.writing.captions import CaptionWriter
from saccade.writing.judging import judge_answers, judge_captions, judge_translations
from saccade.writing.search import Search
from saccade.writing.translations import TranslationWriter
from tests.samples import write_bad, write_good
from tests.word_models import weights_of

SEARCH = Search(beam=2, max_length=4)


def test_captions_are_scored_as_they_are_written(tmp_path):
    writer = CaptionWriter(weights_of("caption"))
    good, bad = write_good(tmp_path, 3), write_bad(tmp_path)[:1]
    texts = [one.text for one in writer.write(good, SEARCH)]
    references = ((texts[0],), ("a red circle", "red"), ("a blue square",))
    wrote = (*references[:1], ("never read",), *references[1:])
    captions = CaptionSet("val", (good[0], *bad, *good[1:]), wrote)
    seen = []
    judged = judge_captions(writer, captions, SEARCH, batch_size=2, tick=seen.append)
    assert judged.scores == score_captions(texts, references)
    assert judged.scores.exact == pytest.approx(1 / 3)
    assert [row[1:] for row in judged.rows] == [
        (text, own[0]) for text, own in zip(texts, references, strict=True)
    ]
    assert [file.name for file in judged.bad] == [str(bad[0])]
    assert judged.unfinished == sum(
        not one.hypotheses[0].finished for one in writer.write(good, SEARCH)
    )
    assert seen == [1, 2, 3]
    assert "looking" not in judged.to_dict()


def test_no_picture_that_can_be_read_is_told(tmp_path):
    bad = tuple(write_bad(tmp_path))
    captions = CaptionSet("val", bad, (("a",),) * len(bad))
    with pytest.raises(DataError, match="pictures of val that can be read"):
        judge_captions(CaptionWriter(weights_of("caption")), captions, SEARCH)
    questions = QuestionSet("val", bad, ("what",) * len(bad), (("a",),) * len(bad))
    with pytest.raises(DataError, match="pictures of val that can be read"):
        judge_answers(AnswerWriter(weights_of("ask")), questions)


def test_translations_are_compared_with_all_of_a_sentence(monkeypatch):
    writer = TranslationWriter(weights_of("translate"))
    sources = ("a circle", "a red circle", "a circle")
    texts = [one.text or "빈" for one in writer.write(sources, SEARCH)]
    pairs = PairSet("val", sources, ("동그라미", "다른 말", texts[0]))
    judged = judge_translations(writer, pairs, SEARCH)
    assert judged.scores.count == 3
    assert judged.rows[0][0::2] == ("a circle", "동그라미")
    assert pairs.references(0) == ("동그라미", texts[0])

    def absent(*_: object, **__: object) -> None:
        raise judging.MissingExtra("sacrebleu", "none")

    monkeypatch.setattr(judging, "sacre_bleu", absent)
    assert judge_translations(writer, pairs, SEARCH).sacre == {}
    assert "sacrebleu" not in judge_translations(writer, pairs, SEARCH).to_dict()


def test_answers_are_counted_in_all_and_by_kind(tmp_path):
    writer = AnswerWriter(weights_of("ask"))
    good, bad = write_good(tmp_path, 2), write_bad(tmp_path)[0]
    paths = (good[0], good[1], bad, good[0])
    texts = ("what colour is the circle?", "what is red", "what", "is the square above")
    said = [writer.ask(paths[i], texts[i])[0] for i in (0, 1, 3)]
    box = (0.0, 0.0, 5.0, 4.0)
    questions = QuestionSet(
        "val",
        paths,
        texts,
        (("x", said[0].answer), ("nothing",), ("x",), (said[2].answer,)),
        ("colour", "colour", "colour", "where"),
        ((box,), (), (box,), (box, box)),
    )
    judged = judge_answers(writer, questions, batch_size=2)
    assert judged.scores.accuracy == pytest.approx(2 / 3)
    assert judged.scores.kinds == {"colour": (0.5, 2), "where": (1.0, 1)}
    assert (judged.scores.count, judged.scores.impossible) == (3, 1)
    assert [file.name for file in judged.bad] == [str(bad)]
    hops = len(said[0].maps)
    assert [one.words for one in judged.looking] == [1] * hops
    geometry = writer.prepare(*open_picture(good[0]), "x").geometry
    for one, row in zip(judged.looking, said[0].maps, strict=True):
        found = box_mass(row.reshape(1, 2, 2), torch.tensor(box), geometry)
        assert one.mass == pytest.approx(float(found.mass), rel=1e-4)
    assert len(judged.to_dict()["looking"]) == hops


def test_boxes_that_the_model_does_not_see_are_no_measure(tmp_path):
    writer = AnswerWriter(weights_of("ask"))
    (path,) = write_good(tmp_path, 1)
    far = ((900.0, 900.0, 910.0, 910.0),)
    questions = QuestionSet("val", (path,), ("what",), (("red",),), ("",), (far,))
    judged = judge_answers(writer, questions)
    assert judged.looking == ()
    assert judged.scores.kinds == {}
    assert replace(judged, unfinished=2).to_dict()["unfinished"] == 2
