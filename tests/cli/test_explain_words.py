"""Both languages say the same things, with the same numbers."""

import string

from saccade.cli.explain_words import ENGLISH_FRAME, KOREAN_FRAME, KOREAN_VERDICTS, belief_words
from saccade.explanation.belief import VERDICTS


def holes(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_same_keys_and_same_holes() -> None:
    assert KOREAN_VERDICTS.keys() == VERDICTS.keys()
    assert KOREAN_FRAME.keys() == ENGLISH_FRAME.keys()
    for name, text in ENGLISH_FRAME.items():
        assert holes(text) == holes(KOREAN_FRAME[name]), name


def test_the_locale_chooses(monkeypatch) -> None:
    monkeypatch.setenv("LC_ALL", "ko_KR.UTF-8")
    assert belief_words() == (KOREAN_FRAME, KOREAN_VERDICTS)
    monkeypatch.setenv("LC_ALL", "C")
    assert belief_words() == (ENGLISH_FRAME, VERDICTS)
