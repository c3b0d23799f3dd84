"""The words of the audit: both languages know the same verdicts and numbers."""

import re

from saccade.cli.audit_words import (
    ENGLISH_FRAME,
    KOREAN_FRAME,
    KOREAN_VERDICTS,
    audit_words,
)
from saccade.inspection.evidence.verdicts import VERDICTS


def gaps(text):
    return sorted(set(re.findall(r"\{(\w+)", text)))


def test_both_languages_know_the_same():
    assert ENGLISH_FRAME.keys() == KOREAN_FRAME.keys()
    assert VERDICTS.keys() == KOREAN_VERDICTS.keys()
    for name in ENGLISH_FRAME:
        assert gaps(ENGLISH_FRAME[name]) == gaps(KOREAN_FRAME[name])
    for name, sentences in VERDICTS.items():
        for english, korean in zip(sentences, KOREAN_VERDICTS[name], strict=True):
            assert gaps(english) == gaps(korean), name


def test_the_locale_chooses(monkeypatch):
    monkeypatch.setenv("LC_ALL", "ko_KR.UTF-8")
    assert audit_words() == (KOREAN_FRAME, KOREAN_VERDICTS)
    monkeypatch.setenv("LC_ALL", "C")
    assert audit_words() == (ENGLISH_FRAME, VERDICTS)
