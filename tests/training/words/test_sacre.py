import sys

import pytest

from saccade.errors import ConfigError, DataError, MissingExtra
from saccade.training.words.bleu import corpus_bleu
from saccade.training.words.sacre import chrf, sacre_bleu
from tests.training.words.sentences import drawn


@pytest.fixture
def sacrebleu():
    return pytest.importorskip("sacrebleu", reason="the extra `words` is not installed")


def test_by_hand(sacrebleu) -> None:
    # 5 of 6 words, 3 of 5 pairs, 2 of 4, 1 of 3: a word was exchanged.
    found = sacre_bleu(["the cat sat on a mat"], [["the cat sat on the mat"]])
    assert found.score == pytest.approx(100 * (5 / 6 * 3 / 5 * 2 / 4 * 1 / 3) ** 0.25)
    assert found.signature.startswith("nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:")


def test_chrf_by_hand(sacrebleu) -> None:
    # Of "ab" and "ac" 1 of 2 characters is right, 0 of 1 pairs; other lengths there are not.
    found = chrf(["ab"], [["ac"]])
    assert found.score == pytest.approx(100 * 0.25)
    assert found.signature.startswith("nrefs:1|case:mixed|eff:yes|nc:6|nw:0|space:no|version:")
    assert "nw:2" in chrf(["ab"], [["ac"]], word_order=2).signature


def test_the_same_is_100_and_several_references_need_not_be_as_many(sacrebleu) -> None:
    texts = ["Ein Hund läuft über die Straße.", "나는 오늘 학교에 간다."]
    for measure in (sacre_bleu, chrf):
        assert measure(texts, [[text] for text in texts]).score == pytest.approx(100)
        found = measure(texts, [[texts[0], "Etwas anderes."], [texts[1]]])
        assert found.score == pytest.approx(100)
        assert found.signature.startswith("nrefs:var")
        assert measure(texts[::-1], [[text] for text in texts[::-1]]).score == pytest.approx(100)
        assert measure(["", ""], [[text] for text in texts]).score == 0


def test_ours_is_the_same_on_the_same_words(sacrebleu) -> None:
    written, references = drawn(20)
    found = sacre_bleu(
        [" ".join(words) for words in written],
        [[" ".join(words) for words in several] for several in references],
        tokenize="none",
    )
    ours = corpus_bleu(written, references, smoothing="exp")
    assert found.score == pytest.approx(100 * ours.scores[3], abs=1e-4)


def test_without_sacrebleu(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "sacrebleu.metrics", None)
    for measure in (sacre_bleu, chrf):
        with pytest.raises(MissingExtra, match="expected sacrebleu for BLEU and chrF") as told:
            measure(["a"], [["a"]])
        assert str(told.value).endswith('; try pip install "saccade[words]"')


def test_what_does_not_fit_is_told(sacrebleu) -> None:
    with pytest.raises(ConfigError) as told:
        sacre_bleu(["a"], [["a"]], tokenize="syllables")
    assert str(told.value) == (
        "expected a way to split that sacrebleu knows, got 'syllables'; "
        "try tokenize='13a', 'zh', 'char' or 'none'"
    )
    with pytest.raises(ConfigError) as told:
        chrf(["a"], [["a"]], word_order=-1)
    assert (
        str(told.value) == "expected runs of 0 words or more, got word_order=-1; try word_order=2"
    )
    with pytest.raises(DataError, match="expected one written sentence or more, got none"):
        sacre_bleu([], [])
    with pytest.raises(DataError, match="expected texts that are not split yet"):
        chrf([["a"]], [[["a"]]])
