"""Measures of captions against pycocoevalcap, of translations against sacrebleu.

The same words go to both: pycocoevalcap's own tokeniser, which needs Java, is left out.
"""

import random

import pytest

from saccade.training.words.bleu import corpus_bleu
from saccade.training.words.cider import cider_d, cider_scores
from saccade.training.words.rouge import rouge_l, rouge_scores
from saccade.training.words.sacre import chrf, sacre_bleu
from tests.training.words.sentences import drawn

pytestmark = pytest.mark.parity
SIZES = [(3, 1, 5), (40, 5, 12), (150, 3, 20), (300, 2, 7)]


def keyed(written, references):
    """What pycocoevalcap takes: texts by picture."""
    texts = {k: [" ".join(one) for one in several] for k, several in enumerate(references)}
    return texts, {k: [" ".join(words)] for k, words in enumerate(written)}


@pytest.fixture(params=SIZES, ids=str)
def sentences(request):
    count, references, longest = request.param
    return drawn(count, references=references, longest=longest, seed=count)


@pytest.mark.parametrize("length", ["closest", "shortest"])
def test_bleu(sentences, length) -> None:
    scorer = pytest.importorskip("pycocoevalcap.bleu.bleu_scorer").BleuScorer(n=4)
    texts, own = keyed(*sentences)
    for number, several in texts.items():
        scorer += (own[number][0], several)
    expected, _ = scorer.compute_score(option=length)
    found = corpus_bleu(*sentences, length=length)
    assert found.scores == pytest.approx(expected, abs=1e-6)


def test_the_whole_class_of_bleu(sentences) -> None:
    expected, _ = (
        pytest.importorskip("pycocoevalcap.bleu.bleu")
        .Bleu(4)
        .compute_score(*keyed(*sentences), verbose=0)
    )
    assert corpus_bleu(*sentences).scores == pytest.approx(expected, abs=1e-6)


def test_where_nothing_of_a_length_is_right_ours_is_0() -> None:
    scorer = pytest.importorskip("pycocoevalcap.bleu.bleu_scorer").BleuScorer(n=4)
    scorer += ("a dog runs", ["a dog runs"])
    expected, _ = scorer.compute_score(option="closest")
    found = corpus_bleu([["a", "dog", "runs"]], [[["a", "dog", "runs"]]]).scores
    assert found == (1, 1, 1, 0)
    assert expected == pytest.approx((1, 1, 1, 0.0316), abs=1e-4)


def test_rouge(sentences) -> None:
    mean, each = (
        pytest.importorskip("pycocoevalcap.rouge.rouge").Rouge().compute_score(*keyed(*sentences))
    )
    assert rouge_scores(*sentences) == pytest.approx(list(each), abs=1e-9)
    assert rouge_l(*sentences) == pytest.approx(mean, abs=1e-9)


def test_cider(sentences) -> None:
    mean, each = (
        pytest.importorskip("pycocoevalcap.cider.cider").Cider().compute_score(*keyed(*sentences))
    )
    assert cider_scores(*sentences) == pytest.approx(list(each), abs=1e-9)
    assert cider_d(*sentences) == pytest.approx(mean, abs=1e-9)


@pytest.mark.parametrize("sigma", [1.0, 3.0])
def test_cider_with_another_penalty(sentences, sigma) -> None:
    scorer = pytest.importorskip("pycocoevalcap.cider.cider").Cider(sigma=sigma)
    mean, _ = scorer.compute_score(*keyed(*sentences))
    assert cider_d(*sentences, sigma=sigma) == pytest.approx(mean, abs=1e-9)


@pytest.mark.parametrize("smoothing", ["none", "floor", "add-k", "exp"])
def test_bleu_of_sacrebleu(sentences, smoothing) -> None:
    library = pytest.importorskip("sacrebleu.metrics")
    texts, own = keyed(*sentences)
    streams = [list(stream) for stream in zip(*texts.values(), strict=True)]
    bleu = library.BLEU(tokenize="none", smooth_method=smoothing, force=True)
    expected = bleu.corpus_score([one for (one,) in own.values()], streams)
    found = corpus_bleu(*sentences, smoothing=smoothing.removesuffix("-k"))
    assert 100 * found.scores[3] == pytest.approx(expected.score, abs=1e-4)
    assert found.brevity == pytest.approx(expected.bp)
    assert [100 * p for p in found.precisions] == pytest.approx(expected.precisions)


def test_sacre_functions_are_sacrebleu() -> None:
    library = pytest.importorskip("sacrebleu")
    chance = random.Random(0)
    words = "Der Hund, die Katze; ein Ball? 2.5 läuft über Straße. it's T-shirt".split()  # noqa: SIM905
    texts = [" ".join(chance.choices(words, k=9)) for _ in range(60)]
    own, first, second = texts[:20], texts[20:40], texts[40:]
    own[:10] = [text[:-4] for text in first[:10]]
    references = [list(pair) for pair in zip(first, second, strict=True)]
    bleu = library.corpus_bleu(own, [first, second])
    assert sacre_bleu(own, references).score == pytest.approx(bleu.score, abs=1e-4)
    expected = library.corpus_chrf(own, [first, second])
    assert chrf(own, references).score == pytest.approx(expected.score, abs=1e-4)
