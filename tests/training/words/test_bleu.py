import math
import random

import pytest

from saccade.errors import ConfigError, DataError
from saccade.training.words.bleu import corpus_bleu
from tests.training.words.sentences import drawn


def test_by_hand() -> None:
    # Papineni's example: "the" counts twice, as often as the first reference has it.
    first = ["the", "cat", "is", "on", "the", "mat"]
    second = ["there", "is", "a", "cat", "on", "the", "mat"]
    found = corpus_bleu([["the"] * 7], [[first, second]])
    assert found.scores == pytest.approx((2 / 7, 0, 0, 0))
    assert (found.written, found.wanted, found.brevity) == (7, 7, 1)
    # Two sentences together: 3 of 4 words, 1 of 2 pairs.
    found = corpus_bleu([["a", "b"], ["c", "d"]], [[["a", "b"]], [["x", "d"]]], orders=2)
    assert found.precisions == (3 / 4, 1 / 2)
    assert found.scores == pytest.approx((3 / 4, math.sqrt(3 / 8)))
    # All is right but one word is missing: exp(1 - 4/3); there are no runs of four words.
    short = corpus_bleu([["a", "dog", "runs"]], [[["a", "dog", "runs", "fast"]]])
    assert short.scores == pytest.approx((*[math.exp(-1 / 3)] * 3, 0))


def test_the_closest_length_and_of_two_the_shorter() -> None:
    references = [[["a"], ["a", "b"], ["a", "b", "c", "d"]]]
    assert corpus_bleu([["a", "b", "c"]], references).wanted == 2
    assert corpus_bleu([["a", "b", "c", "d"]], references).wanted == 4
    assert corpus_bleu([["a", "b", "c"]], references, length="shortest").wanted == 1


def test_smoothing_by_hand() -> None:
    # 2 of 3 words are right, none of 2 pairs, none of 1 three.
    def precisions(smoothing):
        written, references = [["a", "b", "c"]], [[["a", "x", "c"]]]
        return corpus_bleu(written, references, orders=3, smoothing=smoothing).precisions

    assert precisions("none") == (2 / 3, 0, 0)
    assert precisions("floor") == pytest.approx((2 / 3, 0.1 / 2, 0.1))
    assert precisions("add") == pytest.approx((2 / 3, 1 / 3, 1 / 2))
    assert precisions("exp") == pytest.approx((2 / 3, 0.5 / 2, 0.25))


def slowly(written, references, n):
    hits, runs = 0, 0
    for words, several in zip(written, references, strict=True):
        grams = [tuple(words[k : k + n]) for k in range(len(words) - n + 1)]
        runs += len(grams)
        for gram in set(grams):
            most = 0
            for other in several:
                most = max(
                    most, sum(tuple(other[k : k + n]) == gram for k in range(len(other) - n + 1))
                )
            hits += min(grams.count(gram), most)
    return hits / runs


def test_slowly() -> None:
    written, references = drawn(20)
    found = corpus_bleu(written, references)
    expected = [slowly(written, references, n) for n in range(1, 5)]
    assert found.precisions == pytest.approx(expected)
    assert found.scores[2] == pytest.approx(found.brevity * math.prod(expected[:3]) ** (1 / 3))


def test_the_order_of_sentences_and_references_does_not_matter() -> None:
    written, references = drawn(12)
    first = corpus_bleu(written, references)
    order = random.Random(1).sample(range(12), 12)
    again = corpus_bleu([written[k] for k in order], [references[k][::-1] for k in order])
    assert again == first


def test_the_same_is_1_and_a_reference_more_costs_no_precision() -> None:
    written, references = drawn(12)
    whole = [several[0] * 4 for several in references]
    assert corpus_bleu(whole, [[one] for one in whole]).scores == (1, 1, 1, 1)
    fewer = corpus_bleu(written, [several[:1] for several in references]).precisions
    more = corpus_bleu(written, references).precisions
    assert all(a <= b for a, b in zip(fewer, more, strict=True))


def test_nothing_written_one_word_and_other_scripts() -> None:
    assert corpus_bleu([[]], [[["a", "dog"]]]).scores == (0, 0, 0, 0)
    assert corpus_bleu([[]], [[[]]]).scores == (0, 0, 0, 0)
    assert corpus_bleu([["dog"]], [[["dog"]]]).scores == (1, 0, 0, 0)
    korean = ["빨간", "원이", "파란", "사각형", "위에", "있다"]
    assert corpus_bleu([korean], [[korean]]).scores == (1, 1, 1, 1)
    for smoothing in ("floor", "add", "exp"):
        assert corpus_bleu([["a"] * 5], [[["b"] * 5]], smoothing=smoothing).scores[3] == 0


@pytest.mark.parametrize(
    ("written", "references", "sentence"),
    [
        (
            [],
            [],
            "expected one written sentence or more, got none; try a part that is not empty",
        ),
        (
            [["a"]],
            [],
            "expected references for 1 written sentences, got those of 0; "
            "try a list of references for each, in the same order",
        ),
        (
            [["a"], ["b"]],
            [[["a"]], []],
            "expected one reference or more for each sentence, got none for number 1; "
            "try leaving it out of both lists",
        ),
        (
            [["a"]],
            [["a"]],
            "expected sentences as lists of words, got the text 'a'; "
            "try caption_words(text), which splits",
        ),
    ],
)
def test_what_does_not_fit_is_told(written, references, sentence) -> None:
    with pytest.raises(DataError) as told:
        corpus_bleu(written, references)
    assert str(told.value) == sentence


def test_options_that_there_are_not() -> None:
    with pytest.raises(ConfigError, match="length as closest, shortest, got 'mean'; try length="):
        corpus_bleu([["a"]], [[["a"]]], length="mean")
    with pytest.raises(ConfigError, match="smoothing as none, floor, add, exp, got 'more'"):
        corpus_bleu([["a"]], [[["a"]]], smoothing="more")
    with pytest.raises(ConfigError, match="runs of one word or more, got orders=0; try orders=4"):
        corpus_bleu([["a"]], [[["a"]]], orders=0)
