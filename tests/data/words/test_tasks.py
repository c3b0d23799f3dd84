"""Reversing symbols and rewriting dates: right by other means, distinct, told when impossible."""

import re
from datetime import date, datetime

import pytest

from saccade.data.words.tasks import ENGLISH, FORMS, date_pairs, reverse_pairs
from saccade.errors import ConfigError


def test_reversed_symbols_are_right_distinct_and_of_the_lengths_asked_for() -> None:
    made = reverse_pairs(200, symbols=5, least=2, most=7, seed=3)
    assert len(set(made.sources)) == len(made) == 200
    for source, target in zip(made.sources, made.targets, strict=True):
        assert source == target[::-1]
        assert set(source.split()) <= set("abcde")
    lengths = {len(source.split()) for source in made.sources}
    assert lengths == {2, 3, 4, 5, 6, 7}


def test_a_longer_set_of_one_seed_starts_with_the_shorter() -> None:
    assert reverse_pairs(30).sources == reverse_pairs(60).sources[:30]
    assert reverse_pairs(30).sources != reverse_pairs(30, seed=1).sources
    assert date_pairs(30) == date_pairs(30)
    assert date_pairs(30).sources != date_pairs(30, seed=1).sources


def test_spellings_by_hand() -> None:
    day = date(2024, 3, 5)  # a Tuesday
    assert {form: spell(day) for form, spell in FORMS.items()} == {
        "long": "5 march 2024",
        "american": "march 5, 2024",
        "short": "mar 5 2024",
        "ordinal": "the 5th of march 2024",
        "weekday": "tuesday, march 5th, 2024",
        "hyphens": "5-mar-2024",
        "points": "05.03.2024",
        "strokes": "03/05/2024",
        "year first": "2024/3/5",
        "digits": "20240305",
        "korean": "2024년 3월 5일",
        "korean weekday": "2024년 3월 5일 화요일",
    }
    assert [FORMS["ordinal"](date(2001, 1, n))[4:8].strip() for n in (1, 2, 3, 11, 12, 13, 21)] == [
        *("1st", "2nd", "3rd", "11th", "12th", "13th", "21st")
    ]


PATTERNS = {
    "long": "%d %B %Y",
    "american": "%B %d, %Y",
    "short": "%b %d %Y",
    "hyphens": "%d-%b-%Y",
    "points": "%d.%m.%Y",
    "strokes": "%m/%d/%Y",
    "year first": "%Y/%m/%d",
    "digits": "%Y%m%d",
}


@pytest.mark.parametrize("form", PATTERNS)
def test_dates_are_read_back_by_the_standard_library(form: str) -> None:
    made = date_pairs(50, forms=(form,), seed=2)
    for source, target in zip(made.sources, made.targets, strict=True):
        assert datetime.strptime(source, PATTERNS[form]).date().isoformat() == target


def test_the_other_forms_hold_the_numbers_of_their_targets() -> None:
    for form in sorted(set(FORMS) - set(PATTERNS)):
        made = date_pairs(50, forms=(form,), first=1999, last=2000)
        for source, target in zip(made.sources, made.targets, strict=True):
            year, _, day = (int(part) for part in target.split("-"))
            assert {year, day} <= {int(number) for number in re.findall(r"\d+", source)}


def test_days_are_distinct_and_forms_mixed() -> None:
    made = date_pairs(365, first=2001, last=2001)
    assert len(set(made.targets)) == 365
    assert {"/" in source for source in made.sources} == {True, False}
    assert not [source for source in made.sources if "년" in source]
    assert len(ENGLISH) == 10


def test_what_cannot_work_is_told() -> None:
    with pytest.raises(ConfigError, match="expected 1 to 7 of 14 sequences, got 8"):
        reverse_pairs(8, symbols=2, least=1, most=3)
    with pytest.raises(ConfigError, match="2 to 26 symbols"):
        reverse_pairs(8, symbols=27)
    with pytest.raises(ConfigError, match="forms out of long"):
        date_pairs(5, forms=("roman",))
    with pytest.raises(ConfigError, match="1 to 365 days, got 366"):
        date_pairs(366, first=2001, last=2001)
    with pytest.raises(ConfigError, match="first <= last"):
        date_pairs(5, first=2001, last=2000)
