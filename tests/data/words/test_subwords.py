import json
import sys

import pytest

from saccade.data.words.subwords import Subwords
from saccade.data.words.vocabulary import END, MARKS, UNKNOWN, Vocabulary, build_lexicon
from saccade.errors import ConfigError, DataError, MissingExtra

KOREAN = ["나는 학교에 갔습니다.", "너는 집에 갔습니다.", "우리는 학교에 왔습니다."] * 3


@pytest.fixture
def learnt(library: object) -> Subwords:
    return Subwords.build(KOREAN, size=120, jamo=True)


@pytest.fixture
def library() -> object:
    return pytest.importorskip("tokenizers")


@pytest.mark.parametrize("kind", ["bpe", "unigram"])
@pytest.mark.parametrize("jamo", [False, True])
def test_round_trips(library: object, kind: str, jamo: bool) -> None:
    built = Subwords.build(KOREAN, size=150, kind=kind, jamo=jamo)
    assert built.words[:4] == MARKS
    for text in KOREAN:
        assert built.decode(built.encode(text, start=True, end=True)) == text
        assert built.join(built.pieces(text)) == text
        assert [built.words[number] for number in built.ids(text)] == built.pieces(text)
    assert built.decode(built.encode("  나는\t학교에  ")) == "나는 학교에"


def test_frequent_endings_are_one_piece(learnt: Subwords) -> None:
    # the ending of the past is split off inside the syllable: 갔 = 가 + ㅆ
    assert len(learnt.pieces("갔습니다.")) < len("갔습니다.")
    assert learnt.pieces("갔습니다.")[-1] == "."


def test_with_jamo_no_hangul_is_unknown(learnt: Subwords) -> None:
    assert UNKNOWN not in learnt.encode("뷁 꿹")
    assert learnt.decode(learnt.encode("뷁 꿹")) == "뷁 꿹"
    plain = Subwords.build(KOREAN, size=120)
    assert UNKNOWN in plain.encode("뷁")


def test_a_mark_in_a_text_is_only_a_text(library: object) -> None:
    for kind in ("bpe", "unigram"):
        built = Subwords.build(
            ["<end> is no end <end>", "some <unk> and <pad>"], size=60, kind=kind
        )
        assert END not in built.ids("an <end>")
        assert built.decode(built.encode("an <end>", end=True)) == "an <end>"


def test_letters_that_are_unknown(learnt: Subwords) -> None:
    assert learnt.encode("😀")[-1] == UNKNOWN
    assert learnt.pieces("나는 😀")[-1] == "😀"


def test_saving_and_learning_again(learnt: Subwords) -> None:
    again = Vocabulary.from_dict(json.loads(json.dumps(learnt.to_dict())))
    assert again.words == learnt.words
    assert again.encode(KOREAN[0]) == learnt.encode(KOREAN[0])
    assert build_lexicon(KOREAN, "bpe-jamo", size=120).words == learnt.words


def test_lower_case(library: object) -> None:
    built = Subwords.build(["A Dog"], size=40, lower=True)
    assert built.decode(built.encode("a DOG")) == "a dog"


def test_what_cannot_be_learnt(library: object) -> None:
    with pytest.raises(ConfigError) as error:
        Subwords.build(["ab"], size=6)
    assert str(error.value) == "expected a size of 7 or more, so that each letter fits, got 6"
    with pytest.raises(DataError, match="expected texts with words to learn subwords from, got n"):
        Subwords.build(["", "  "])
    with pytest.raises(ConfigError, match="a kind bpe or unigram, got 'word'; try bpe"):
        Subwords.build(["ab"], kind="word")  # type: ignore[arg-type]
    with pytest.raises(DataError, match="expected subwords as tokenizers saves them, got "):
        Vocabulary.from_dict({"kind": "subwords", "jamo": True, "lower": False, "model": {}})


def test_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    with pytest.raises(MissingExtra) as error:
        build_lexicon(["a"], "bpe")
    assert error.value.expected == "the package tokenizers for subwords"
    assert error.value.hint == "pip install 'saccade[words]'"
