"""The words of the demo: both languages say the same things."""

import re

import pytest

from saccade.cli.words import ENGLISH, KOREAN, words


def test_both_languages_fill_the_same_gaps():
    assert ENGLISH.keys() == KOREAN.keys()
    for name in ENGLISH:
        gaps = [sorted(re.findall(r"\{[^}]*\}", text[name])) for text in (ENGLISH, KOREAN)]
        assert gaps[0] == gaps[1]


@pytest.mark.parametrize(
    ("settings", "found"),
    [
        ({}, ENGLISH),
        ({"LANG": "ko_KR.UTF-8"}, KOREAN),
        ({"LANG": "ko_KR.UTF-8", "LC_ALL": "C"}, ENGLISH),
        ({"LANG": "C", "LC_MESSAGES": "ko_KR"}, KOREAN),
        ({"LANG": "ko_KR.UTF-8", "LC_ALL": ""}, KOREAN),
    ],
)
def test_the_locale_chooses(monkeypatch, settings, found):
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    assert words() is found
