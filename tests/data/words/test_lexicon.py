import pytest

from saccade.data.words.lexicon import END, MARKS, PAD, START, UNKNOWN
from saccade.data.words.vocabulary import Vocabulary
from saccade.errors import DataError


@pytest.fixture
def words() -> Vocabulary:
    return Vocabulary((*MARKS, "a", "dog", "."))


def test_ids_by_hand(words: Vocabulary) -> None:
    assert (PAD, START, END, UNKNOWN) == (0, 1, 2, 3)
    assert words.encode("A cat.") == [4, 3, 6]
    assert words.encode("a dog", start=True, end=True) == [1, 4, 5, 2]
    assert words.decode([1, 4, 5, 6, 2, 5, 0]) == "a dog."
    assert words.decode([4, 3]) == "a <unk>"
    assert words.kept([1, 0, 4, 2, 5]) == [4]


def test_a_mark_in_a_text_is_only_a_text() -> None:
    spaced = Vocabulary((*MARKS, "a"), "spaces")
    assert spaced.encode("a <end> <pad>") == [4, UNKNOWN, UNKNOWN]


def test_labels_show_spaces() -> None:
    letters = Vocabulary((*MARKS, "a", " "), "characters")
    assert [letters.label(number) for number in (4, 5, 2)] == ["a", "␣", "<end>"]


def test_an_id_of_another_model(words: Vocabulary) -> None:
    for number in (7, -1):
        with pytest.raises(DataError) as error:
            words.decode([4, number])
        wanted = f"expected ids from 0 to 6, got {number}; try the vocabulary of this model"
        assert str(error.value) == wanted


def test_words_that_cannot_have_ids() -> None:
    with pytest.raises(DataError) as error:
        Vocabulary(("a", "b"))
    assert str(error.value) == (
        "expected a vocabulary that begins with <pad> <start> <end> <unk>, got 'a b'; "
        "try Vocabulary.build(texts)"
    )
    with pytest.raises(DataError, match="each word once in a vocabulary, got 'a' twice"):
        Vocabulary((*MARKS, "a", "a"))


def test_small_letters() -> None:
    assert Vocabulary((*MARKS, "a", "dog", "가")).is_lower
    assert not Vocabulary((*MARKS, "a", "Dog"), "cased").is_lower
