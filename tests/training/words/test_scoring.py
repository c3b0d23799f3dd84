import json

import pytest

from saccade.errors import DataError
from saccade.training.words.bleu import corpus_bleu
from saccade.training.words.cider import cider_d, document_frequency
from saccade.training.words.plain_words import caption_words
from saccade.training.words.rouge import rouge_l
from saccade.training.words.scoring import score_captions, score_translations

WRITTEN = ["A dog runs", "a <unk> cat sits."]
REFERENCES = [["a dog runs.", "The dog is running"], ["A black cat sits there", "a cat"]]


def test_by_hand() -> None:
    found = score_captions(WRITTEN, REFERENCES)
    # 3 + 3 of 7 words; a dog, dog runs, cat sits: 3 of 5 pairs; a dog runs: 1 of 3; 0 of 1.
    # Of the second the reference of 5 words is closest in length: 8 wanted.
    assert found.bleu == pytest.approx(
        [score * 2.718281828459045 ** (1 - 8 / 7) for score in (6 / 7, (18 / 35) ** 0.5)]
        + [2.718281828459045 ** (1 - 8 / 7) * (6 / 35) ** (1 / 3), 0]
    )
    assert (found.exact, found.unknown, found.words, found.count) == (1 / 2, 1 / 7, 5, 2)
    assert found.length_ratio == 7 / 8


def test_the_parts_are_those_of_the_measures() -> None:
    own = [caption_words(text, unknown="<unk>") for text in WRITTEN]
    others = [[caption_words(text) for text in several] for several in REFERENCES]
    found = score_captions(WRITTEN, REFERENCES)
    assert found.bleu == corpus_bleu(own, others).scores
    assert (found.cider, found.rouge) == (cider_d(own, others), rouge_l(own, others))
    corpus = document_frequency([*others, [["something", "else"]]])
    assert score_captions(WRITTEN, REFERENCES, documents=corpus).cider > found.cider


def test_the_same_is_best_and_order_does_not_matter() -> None:
    texts = ["one red circle above", "two small blue squares", "a green star left of it"]
    best = score_captions([text.upper() + " !" for text in texts], [[text] for text in texts])
    assert best.bleu == (1, 1, 1, 1)
    assert (best.cider, best.rouge, best.exact) == pytest.approx((10, 1, 1))
    assert (best.length_ratio, best.unknown) == (1, 0)
    turned = score_captions(WRITTEN[::-1], [several[::-1] for several in REFERENCES[::-1]])
    assert turned == score_captions(WRITTEN, REFERENCES)


def test_nothing_written_and_unknown_words_are_never_right() -> None:
    nothing = score_captions(["", "..."], REFERENCES)
    assert nothing.bleu == (0, 0, 0, 0)
    assert (nothing.cider, nothing.rouge, nothing.exact) == (0, 0, 0)
    assert (nothing.length_ratio, nothing.unknown, nothing.words) == (0, 0, 0)
    assert score_captions(["<unk>"], [["<unk>"]]).bleu[0] == 0
    assert score_captions(["<unk>"], [["<unk>"]]).unknown == 1
    assert score_captions(["", "a"], [["..."], ["a"]]).exact == 1 / 2


def test_translations_keep_capitals_and_marks() -> None:
    references = [["Ein Hund läuft."], ["나는 학교에 간다."]]
    found = score_translations(["Ein Hund läuft.", "나는 학교에 간다"], references)
    assert (found.exact, found.words, found.count) == (1 / 2, 7, 2)
    assert found.length_ratio == 7 / 8
    assert found.bleu[0] == pytest.approx(2.718281828459045 ** (1 - 8 / 7))
    assert score_translations(["ein Hund läuft."], references[:1]).bleu[0] == 3 / 4
    assert score_translations([r[0] for r in references], references).bleu == (1, 1, 1, 1)


def test_numbers_are_ready_for_json() -> None:
    record = json.loads(json.dumps(score_captions(WRITTEN, REFERENCES).to_dict()))
    assert record["count"] == 2
    assert len(record["bleu"]) == 4
    assert set(json.loads(json.dumps(score_translations(["a"], [["a"]]).to_dict()))) == {
        *("bleu", "exact", "length_ratio", "unknown", "words", "count", "lower")
    }


@pytest.mark.parametrize("score", [score_captions, score_translations])
def test_what_does_not_fit_is_told(score) -> None:
    with pytest.raises(DataError, match="expected one written sentence or more, got none"):
        score([], [])
    with pytest.raises(DataError) as told:
        score(["a dog"], ["a dog"])
    assert str(told.value) == (
        "expected a list of references for each text, got the text 'a dog'; try [text]"
    )
    with pytest.raises(DataError) as told:
        score(["a dog"], [["\u200b", ""]])
    assert str(told.value) == "expected references with words, got none, the first is '\\u200b'"


def test_a_model_without_capitals_is_not_blamed_for_them() -> None:
    references = [["Do you like Fish?"], ["Go away now, Tom."]]
    written = [references[0][0].lower(), references[1][0].lower()]
    cased, lower = (score_translations(written, references, lower=one) for one in (False, True))
    assert (cased.exact, lower.exact, lower.bleu[3], lower.lower) == (0.0, 1.0, 1.0, True)
    assert cased.bleu[0] < 1
    assert not cased.lower
