import json
import unicodedata

import pytest

from saccade.data.words.vocabulary import MARKS, UNKNOWN, Vocabulary, build_lexicon
from saccade.errors import ConfigError, DataError, UnknownName

TEXTS = ["A dog runs.", "a dog sleeps.", "The cat."]


def test_building_by_hand() -> None:
    built = Vocabulary.build(TEXTS)
    # ". x3, a x2, dog x2", then the words that come once, in the order of their letters
    assert built.words == (*MARKS, ".", "a", "dog", "cat", "runs", "sleeps", "the")
    assert Vocabulary.build(TEXTS, least=2).words == (*MARKS, ".", "a", "dog")
    assert Vocabulary.build(TEXTS, most=2).words == (*MARKS, ".", "a")
    assert Vocabulary.build(reversed(TEXTS)).words == built.words


def test_korean() -> None:
    for splitter, count in (("words", 4), ("characters", 7), ("jamo", 11)):
        built = Vocabulary.build(["나는 학교에 간다."], splitter=splitter)
        assert len(built) - 4 >= count
        assert built.decode(built.encode("나는 학교에 간다.", start=True, end=True)) == (
            "나는 학교에 간다."
        )
    jamo = Vocabulary.build(["나는 학교에 간다."], splitter="jamo")
    assert UNKNOWN not in jamo.encode("가는 나")  # syllables that training never had


def test_composed_and_decomposed_hangul_are_the_same() -> None:
    built = Vocabulary.build(["학교"])
    assert built.encode(unicodedata.normalize("NFD", "학교")) == built.encode("학교") == [4]


def test_saving() -> None:
    built = Vocabulary.build([*TEXTS, "학교 😀"], splitter="cased")
    again = Vocabulary.from_dict(json.loads(json.dumps(built.to_dict())))
    assert again.words == built.words
    assert again.to_dict() == built.to_dict()
    assert again.encode("학교 Dog") == built.encode("학교 Dog")


def test_marks_in_the_texts_are_no_words() -> None:
    assert Vocabulary.build(["<end> a"], splitter="spaces").words == (*MARKS, "a")


def test_one_name_for_every_kind() -> None:
    assert build_lexicon(TEXTS, "words", least=2).words == (*MARKS, ".", "a", "dog")
    assert build_lexicon(TEXTS, "words", size=6).words == (*MARKS, ".", "a")
    with pytest.raises(UnknownName) as error:
        build_lexicon(TEXTS, "bpe-jmo")
    assert str(error.value) == "expected a known way to cut texts, got 'bpe-jmo'; try bpe-jamo"


@pytest.mark.parametrize(
    ("record", "sentence"),
    [
        ({}, "expected a saved vocabulary of kind words or subwords, got None"),
        (
            {"kind": "words", "splitter": "words"},
            "expected a saved vocabulary with 'words' as list, got nothing; "
            "try saving it again with to_dict()",
        ),
        (
            {"kind": "words", "splitter": 3, "words": list(MARKS)},
            "expected a saved vocabulary with 'splitter' as str, got int; "
            "try saving it again with to_dict()",
        ),
    ],
)
def test_records_that_are_none(record: dict[str, object], sentence: str) -> None:
    with pytest.raises(DataError) as error:
        Vocabulary.from_dict(record)
    assert str(error.value) == sentence


def test_nothing_to_build_from() -> None:
    with pytest.raises(DataError) as error:
        Vocabulary.build(["a b"], least=2)
    assert str(error.value) == (
        "expected texts with words, got 2 different words, none of them 2 times or more; "
        "try a smaller least or more texts"
    )
    with pytest.raises(ConfigError, match="at least once, got least=0"):
        Vocabulary.build(["a"], least=0)
    with pytest.raises(ConfigError, match="at least one word to keep, got most=0"):
        Vocabulary.build(["a"], most=0)
