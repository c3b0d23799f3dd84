"""The words of the selection: both languages know the same."""

import re

from saccade.classic.selection import METHODS
from saccade.cli.selection_words import (
    ENGLISH_FRAME,
    KOREAN_FRAME,
    KOREAN_METHODS,
    method_words,
    selection_words,
)


def test_both_languages_know_the_same():
    assert ENGLISH_FRAME.keys() == KOREAN_FRAME.keys()
    assert set(METHODS) == set(KOREAN_METHODS)
    for name, english in ENGLISH_FRAME.items():
        gaps = [sorted(re.findall(r"\{(\w+)", text)) for text in (english, KOREAN_FRAME[name])]
        assert gaps[0] == gaps[1], name


def test_the_locale_chooses(monkeypatch):
    monkeypatch.setenv("LC_ALL", "ko_KR.UTF-8")
    assert selection_words() is KOREAN_FRAME
    assert method_words("l1", "size") == KOREAN_METHODS["l1"]
    monkeypatch.setenv("LC_ALL", "C")
    assert selection_words() is ENGLISH_FRAME
    assert method_words("l1", "size") == "size"
