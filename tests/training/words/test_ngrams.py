import pytest

from saccade.errors import DataError
from saccade.training.words.ngrams import check_sentences, check_texts, ngram_counts


def test_by_hand() -> None:
    assert ngram_counts(["a", "b", "a", "b"], 2) == {
        ("a",): 2,
        ("b",): 2,
        ("a", "b"): 2,
        ("b", "a"): 1,
    }
    assert ngram_counts([], 4) == {}
    assert ngram_counts(["a"], 4) == {("a",): 1}


def test_slowly() -> None:
    words = ["a", "b", "c", "a", "b", "c", "d", "a", "b"]
    found = ngram_counts(words, 4)
    runs = [tuple(words[k : k + n]) for n in range(1, 5) for k in range(len(words) - n + 1)]
    assert found == {gram: runs.count(gram) for gram in runs}
    assert found.total() == 9 + 8 + 7 + 6


def test_tuples_are_sentences_too() -> None:
    check_sentences([("a",)], [(("a",), ())])


def test_texts_that_are_none_are_told() -> None:
    with pytest.raises(DataError) as told:
        check_texts(["a dog"], ["a dog"])
    assert (
        str(told.value)
        == "expected a list of references for each text, got the text 'a dog'; try [text]"
    )
    with pytest.raises(DataError) as told:
        check_texts([["a", "dog"]], [["a dog"]])
    assert str(told.value) == (
        "expected texts that are not split yet, got ['a', 'dog']; try ' '.join(words)"
    )
