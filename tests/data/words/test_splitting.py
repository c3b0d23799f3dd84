import random
import unicodedata

import pytest

from saccade.data.words.splitting import (
    SPLITTERS,
    decomposed,
    find_splitter,
    join_characters,
    join_words,
    normal,
    split_cased,
    split_jamo,
    split_words,
)
from saccade.errors import UnknownName

KOREAN = '친구가 "안녕!"이라고 10:30에 말했다.'
ODD = (
    "\ttabs\tand  spaces \n",
    "we \U0001f468\u200d\U0001f469\u200d\U0001f467 up \U0001f44d\U0001f3fd to \U0001f1f0\U0001f1f7",
    "नमस्ते a\u0301 \u0301x \u200dy \x00z \ud800 \u2028 \u00a0",
    "각\u11a8 \u1100 ㄱㅏ ᄒᆞᆫ",  # a loose final, a loose initial, a keyboard's jamo, old Hangul
    "",
    "   ",
)


def test_words_by_hand() -> None:
    found = split_cased("Hello, world! It's 3.14 (or 1,000) in a t-shirt.")
    assert found[:6] == ["Hello", ",", "world", "!", "It", "'s"]
    assert found[6:] == ["3.14", "(", "or", "1,000", ")", "in", "a", "t-shirt", "."]
    assert split_words("L'homme n'a pas don't") == ["l'", "homme", "n'", "a", "pas", "don", "'t"]
    assert split_cased(KOREAN)[:5] == ["친구가", '"', "안녕", "!", '"']
    assert split_cased(KOREAN)[5:] == ["이라고", "10:30에", "말했다", "."]


def test_jamo_by_hand() -> None:
    # 한 is initial 18 (h), medial 0 (a), final 4 (n); 가 has no final
    assert split_jamo("한가a ") == ["\u1112", "\u1161", "\u11ab", "\u1100", "\u1161", "a", " "]
    assert join_characters(split_jamo("한가a ")) == "한가a "
    # an initial and a final of the same sound are two things
    assert len(set(split_jamo("각"))) == 3


def test_an_emoji_is_one_sign() -> None:
    assert len(split_words(ODD[1])) == 6


@pytest.mark.parametrize("text", [*ODD, KOREAN, "It's (fine)!", "\u1112\u1161\u11ab"])
def test_round_trips(text: str) -> None:
    for name in ("characters", "jamo"):
        cut = find_splitter(name)
        assert cut.join(cut.split(text)) == normal(text)
    for cut in SPLITTERS.values():
        pieces = cut.split(text)
        assert cut.split(cut.join(pieces)) == pieces


@pytest.mark.parametrize(
    "text",
    [
        "Hello, world! It's 3.14 (or 1,000).",
        "He said \"hi\" and 'bye'.",
        "L'homme qu'il n'aime pas.",
        "친구가 안녕이라고 10:30에 말했다.",
        "5 € or $5 for 100% of #1",
    ],
)
def test_usual_spaces_come_back(text: str) -> None:
    assert join_words(split_cased(text)) == text


def test_laws_hold_for_any_letters() -> None:
    letters = "abA1'\u2019-.,:\"( )$ \t가각\u11a8\u0301\u200d\U0001f44d\U0001f3fd\U0001f1f0é_%İΣ"
    chances = random.Random(0)
    for _ in range(300):
        text = "".join(chances.choice(letters) for _ in range(chances.randint(0, 9)))
        test_round_trips(text)


def test_every_syllable_like_unicode() -> None:
    for code in range(0xAC00, 0xD7A4, 97):
        assert decomposed(chr(code)) == unicodedata.normalize("NFD", chr(code))
    assert decomposed("éa") == "éa"  # only Hangul is taken apart


def test_an_unknown_splitter() -> None:
    with pytest.raises(UnknownName) as error:
        find_splitter("word")
    assert str(error.value) == "expected a known way to cut texts, got 'word'; try words"
