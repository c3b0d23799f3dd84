"""Both languages say the same things, and name every method."""

from saccade.classic.saliency import SALIENCY
from saccade.cli.saliency_words import ENGLISH_SALIENCY, KOREAN_SALIENCY, saliency_words
from tests.cli.test_explain_words import holes


def test_same_keys_and_same_holes() -> None:
    assert KOREAN_SALIENCY.keys() == ENGLISH_SALIENCY.keys()
    assert set(SALIENCY) <= set(ENGLISH_SALIENCY)
    for name, text in ENGLISH_SALIENCY.items():
        assert holes(text) == holes(KOREAN_SALIENCY[name]), name


def test_the_locale_chooses(monkeypatch) -> None:
    monkeypatch.setenv("LC_ALL", "ko_KR.UTF-8")
    assert saliency_words() == KOREAN_SALIENCY
    monkeypatch.setenv("LC_ALL", "C")
    assert saliency_words() == ENGLISH_SALIENCY
