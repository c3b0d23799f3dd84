from itertools import combinations

import pytest

from saccade.errors import ConfigError, DataError
from saccade.training.words.rouge import longest_common, rouge_l, rouge_scores
from tests.training.words.sentences import drawn


def test_by_hand() -> None:
    # Lin's examples: three words in order, two words in order.
    gunman = ["police", "killed", "the", "gunman"]
    assert rouge_scores(
        [["police", "kill", "the", "gunman"], ["the", "gunman", "kill", "police"]], [[gunman]] * 2
    ) == pytest.approx((3 / 4, 1 / 2))
    # P = 2/2, R = 2/4: 2.44 * 0.5 / (0.5 + 1.44).
    assert rouge_l([["a", "dog"]], [[["a", "big", "dog", "runs"]]]) == pytest.approx(1.22 / 1.94)
    # The precision of one reference and the recall of the other.
    several = [["a", "b", "c", "d"], ["a", "x"]]
    assert rouge_l([["a", "b"]], [several], beta=1) == pytest.approx(2 * 1 * 0.5 / 1.5)


def test_slowly() -> None:
    written, references = drawn(12, longest=6)
    for words, several in zip(written, references, strict=True):
        for other in several:
            kept = [
                size
                for size in range(len(words) + 1)
                for some in combinations(words, size)
                if list(some) in [list(part) for part in combinations(other, size)]
            ]
            assert longest_common(words, other) == longest_common(other, words) == max(kept)


def test_the_same_is_1_and_order_does_not_matter() -> None:
    written, references = drawn(12)
    assert rouge_scores([several[1] for several in references], references) == (1,) * 12
    turned = rouge_l(written[::-1], [several[::-1] for several in references[::-1]])
    assert turned == pytest.approx(rouge_l(written, references))


def test_nothing_written_one_word_and_other_scripts() -> None:
    assert rouge_scores([[], [], ["a"]], [[["a"]], [[]], [[]]]) == (0, 0, 0)
    assert rouge_scores([["개"], ["собака"]], [[["개"]], [["кошка"]]]) == (1, 0)


def test_what_does_not_fit_is_told() -> None:
    with pytest.raises(ConfigError) as told:
        rouge_l([["a"]], [[["a"]]], beta=0)
    assert str(told.value) == "expected beta above 0, got beta=0; try beta=1.2"
    with pytest.raises(DataError, match="expected one written sentence or more, got none"):
        rouge_l([], [])
