"""Both languages say the same things about label maps."""

import re

import pytest

from saccade.cli.segment_words import ENGLISH_WORDS, KOREAN_WORDS, segment_words


def test_the_same_places() -> None:
    assert set(ENGLISH_WORDS) == set(KOREAN_WORDS)
    for name, text in ENGLISH_WORDS.items():
        places = re.findall(r"\{(\w+)", text)
        assert sorted(places) == sorted(re.findall(r"\{(\w+)", KOREAN_WORDS[name]))


@pytest.mark.parametrize(("locale", "word"), [("ko_KR.UTF-8", "사진"), ("C", "picture")])
def test_the_locale_chooses(locale: str, word: str, monkeypatch) -> None:
    monkeypatch.setenv("LC_ALL", locale)
    assert segment_words()["picture"] == word
