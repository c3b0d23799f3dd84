import math
import random
import time

import numpy as np
import pytest

from saccade.errors import ConfigError, DataError
from saccade.training.words.cider import (
    DocumentFrequency,
    cider_d,
    cider_scores,
    document_frequency,
)
from tests.training.words.sentences import drawn


def test_by_hand() -> None:
    # "a" is in both pictures and weighs log(2/2) = 0; of the runs of 1 and 2 words the first
    # caption has all that count, the second none. Runs of 3 and 4 words there are not: 10 * 2/4.
    written, references = [["a", "b"], ["a", "a"]], [[["a", "b"]], [["a", "c"]]]
    assert cider_scores(written, references) == pytest.approx((5, 0))
    assert cider_d(written, references, orders=2) == pytest.approx(5)


def test_clipping_and_length_by_hand() -> None:
    # Twice "b" for one: min(2 l, l) l / (2 l * l) = 1/2, a word too long: exp(-1 / 72).
    corpus = DocumentFrequency({}, 2)
    found = cider_d([["b", "b"]], [[["b"]]], documents=corpus, orders=1)
    assert found == pytest.approx(10 / 2 * math.exp(-1 / 72))
    assert cider_d([["b", "b"]], [[["b"]]], documents=corpus, orders=1, sigma=1) == pytest.approx(
        5 * math.exp(-1 / 2)
    )
    # One reference of two is the same, the other has nothing in common.
    assert cider_d([["b"]], [[["b"], ["c"]]], documents=corpus, orders=1) == pytest.approx(5)


def runs(words, n):
    return [tuple(words[k : k + n]) for k in range(len(words) - n + 1)]


def slowly(written, references, sigma=6.0):
    scores = []
    for words, several in zip(written, references, strict=True):
        total = 0.0
        for n in range(1, 5):
            grams = sorted({g for other in [words, *several] for g in runs(other, n)})
            seen = [sum(any(g in runs(o, n) for o in group) for group in references) for g in grams]
            rarity = np.array([math.log(len(references) / max(count, 1)) for count in seen])

            def vector(sentence, n=n, grams=grams, rarity=rarity):
                return np.array([runs(sentence, n).count(g) for g in grams]) * rarity

            for other in several:
                g, h = vector(words), vector(other)
                norms = np.linalg.norm(g) * np.linalg.norm(h)
                alike = np.minimum(g, h) @ h / norms if norms else 0.0
                total += alike * math.exp(-((len(words) - len(other)) ** 2) / (2 * sigma**2))
        scores.append(10 * total / 4 / len(several))
    return scores


def test_slowly() -> None:
    written, references = drawn(8, references=2)
    assert cider_scores(written, references) == pytest.approx(slowly(written, references))
    assert max(slowly(written, references)) > 1


def test_the_same_is_10_and_order_does_not_matter() -> None:
    written, references = drawn(12, references=1, words=400)
    whole = [several[0] * 4 for several in references]
    assert cider_scores(whole, [[one] for one in whole]) == pytest.approx([10] * 12)
    order = random.Random(1).sample(range(12), 12)
    again = cider_scores([written[k] for k in order], [references[k] for k in order])
    assert again == pytest.approx([cider_scores(written, references)[k] for k in order])


def test_a_corpus_of_its_own() -> None:
    written, references = drawn(12)
    known = document_frequency(references)
    assert known.documents == 12
    assert known.counts[("w0",)] == sum(any("w0" in one for one in refs) for refs in references)
    assert cider_scores(written, references, documents=known) == cider_scores(written, references)
    alone = cider_d(written[3:4], references[3:4])
    assert alone == 0  # every run is in all one pictures
    assert cider_d(written[3:4], references[3:4], documents=known) > 0


def test_nothing_written_one_word_and_other_scripts() -> None:
    written = [[], ["dog"], ["빨간", "원"], ["e\u0301"]]
    references = [[["a", "cat"]], [["dog"], []], [["빨간", "원"]], [["\u00e9"]]]
    assert cider_scores(written, references) == pytest.approx((0, 10 / 4 / 2, 10 * 2 / 4, 0))


def test_what_does_not_fit_is_told() -> None:
    with pytest.raises(ConfigError) as told:
        cider_d([["a"]], [[["a"]]], sigma=0)
    assert str(told.value) == "expected sigma above 0 words, got sigma=0; try sigma=6"
    with pytest.raises(DataError) as told:
        cider_d([["a"]], [[["a"]]], documents=DocumentFrequency({}, 0))
    assert (
        str(told.value) == "expected a corpus of one document or more, got none; try documents=None"
    )
    with pytest.raises(DataError, match="one reference or more for each sentence, got none"):
        cider_d([["a"]], [[]])


@pytest.mark.slow
def test_a_thousand_captions_take_less_than_three_seconds() -> None:
    written, references = drawn(1000, references=5, words=2000)
    begin = time.process_time()
    cider_d(written, references)
    assert time.process_time() - begin < 3
