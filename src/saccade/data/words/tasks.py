"""Generated pairs of texts whose right answer is known: reversing symbols, rewriting dates.

Both show whether attention aligns: reversing needs the antidiagonal, a date its year, month and day
wherever they stand. No source occurs twice, and no date, so parts cut from one set do not meet.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from types import MappingProxyType

from saccade.data.words.pairs import PairSet
from saccade.errors import ConfigError

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAYS_KO = "월화수목금토일"


def reverse_pairs(
    count: int,
    *,
    symbols: int = 20,
    least: int = 3,
    most: int = 12,
    seed: int = 0,
    name: str = "reverse",
) -> PairSet:
    """Draw sequences of symbols to be written backwards, such as "c a b" to "b a c".

    Symbols are letters with spaces between them, for the splitters "words" and "spaces". Lengths
    are drawn evenly, as long as there are sequences of that length left.

    Args:
        count: number of pairs.
        symbols: how many different symbols, 2-26.
        least: symbols of the shortest sequence.
        most: symbols of the longest.
        seed: which sequences.
        name: what to call the set.

    Raises:
        ConfigError: a number cannot work, or there are not twice as many sequences.
    """
    if not 2 <= symbols <= len(_LETTERS) or not 1 <= least <= most:
        got = f"symbols={symbols}, least={least}, most={most}"
        raise ConfigError("2 to 26 symbols and 1 <= least <= most", got, "symbols=20, most=12")
    there = sum(symbols**length for length in range(least, most + 1))
    if not 1 <= count <= there // 2:
        hint = "more symbols or longer sequences"
        raise ConfigError(f"1 to {there // 2} of {there} sequences", str(count), hint)
    chances = random.Random(f"{seed}/reverse")
    found: dict[str, str] = {}
    while len(found) < count:
        drawn = [chances.choice(_LETTERS[:symbols]) for _ in range(chances.randint(least, most))]
        found.setdefault(" ".join(drawn), " ".join(reversed(drawn)))
    return PairSet(name, tuple(found), tuple(found.values()))


def date_pairs(
    count: int,
    *,
    forms: Sequence[str] | None = None,
    first: int = 1950,
    last: int = 2049,
    seed: int = 0,
    name: str = "dates",
) -> PairSet:
    """Draw dates in many spellings to be written as ISO 8601, such as "2024-03-05".

    They are made for the splitters "characters" and "jamo". Every spelling tells the day from the
    month: points stand after the day first, strokes after the month first or the year first.

    Args:
        count: number of pairs, each of another day.
        forms: names out of `FORMS`, drawn evenly; the English ones when None.
        first: earliest year, 1000 or later.
        last: latest year, 9999 or earlier.
        seed: which dates and forms.
        name: what to call the set.

    Raises:
        ConfigError: a form is unknown, the years cannot work, or have fewer days than asked for.
    """
    wanted = ENGLISH if forms is None else tuple(forms)
    if not wanted or set(wanted) - set(FORMS):
        raise ConfigError(f"forms out of {', '.join(FORMS)}", str(wanted), "forms=('long',)")
    if not 1000 <= first <= last <= 9999:
        raise ConfigError("1000 <= first <= last <= 9999", f"{first} to {last}", "first=1950")
    start, end = date(first, 1, 1).toordinal(), date(last, 12, 31).toordinal()
    if not 1 <= count <= end - start + 1:
        hint = "a later last year"
        raise ConfigError(f"1 to {end - start + 1} days", str(count), hint)
    chances = random.Random(f"{seed}/dates")
    days = [date.fromordinal(one) for one in chances.sample(range(start, end + 1), count)]
    sources = tuple(FORMS[chances.choice(wanted)](day) for day in days)
    return PairSet(name, sources, tuple(day.isoformat() for day in days))


def _ordinal(number: int) -> str:
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{'th' if number in (11, 12, 13) else ending}"


def _month(day: date) -> str:
    return _MONTHS[day.month - 1]


def _weekday(day: date) -> str:
    return _DAYS[day.weekday()]


FORMS: Mapping[str, Callable[[date], str]] = MappingProxyType(
    {
        "long": lambda d: f"{d.day} {_month(d)} {d.year}",
        "american": lambda d: f"{_month(d)} {d.day}, {d.year}",
        "short": lambda d: f"{_month(d)[:3]} {d.day} {d.year}",
        "ordinal": lambda d: f"the {_ordinal(d.day)} of {_month(d)} {d.year}",
        "weekday": lambda d: f"{_weekday(d)}, {_month(d)} {_ordinal(d.day)}, {d.year}",
        "hyphens": lambda d: f"{d.day}-{_month(d)[:3]}-{d.year}",
        "points": lambda d: f"{d.day:02d}.{d.month:02d}.{d.year}",
        "strokes": lambda d: f"{d.month:02d}/{d.day:02d}/{d.year}",
        "year first": lambda d: f"{d.year}/{d.month}/{d.day}",
        "digits": lambda d: f"{d.year}{d.month:02d}{d.day:02d}",
        "korean": lambda d: f"{d.year}년 {d.month}월 {d.day}일",
        "korean weekday": lambda d: f"{d.year}년 {d.month}월 {d.day}일 {_DAYS_KO[d.weekday()]}요일",
    }
)
"""Spellings of a date; those whose name starts with "korean" are Korean."""
ENGLISH = tuple(form for form in FORMS if not form.startswith("korean"))
