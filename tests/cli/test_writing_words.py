"""The words around what models write: the same in both languages."""

import string

import pytest

from saccade.cli.writing_words import ENGLISH_WORDS, KOREAN_WORDS, writing_words


def gaps(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_both_languages_say_the_same():
    assert set(KOREAN_WORDS) == set(ENGLISH_WORDS)
    for name, text in ENGLISH_WORDS.items():
        assert gaps(KOREAN_WORDS[name]) == gaps(text), name


@pytest.mark.parametrize(("locale", "table"), [("ko_KR.UTF-8", KOREAN_WORDS), ("C", ENGLISH_WORDS)])
def test_the_locale_decides(monkeypatch, locale, table):
    monkeypatch.setenv("LC_ALL", locale)
    assert writing_words() is table


def test_a_korean_reader_gets_korean(run, words, monkeypatch):
    monkeypatch.setenv("LC_ALL", "ko_KR.UTF-8")
    done = run("ask", words / "runs/train/3", words / "pictures/good_00.png", "어디?")
    assert done.out.splitlines()[0].split() == ["질문", "답", "확률"]
    assert "모델이 모르는 단어: 어디" in done.err
