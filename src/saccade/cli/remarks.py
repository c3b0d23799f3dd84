"""Remarks of a doctor as lines: how bad, what, how many, what to do."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from rich.cells import cell_len

from saccade.cli import output
from saccade.cli import words as locale

_WIDTH = 100  # characters of a line
_NAMES = 5  # of a remark
ENGLISH: Mapping[str, str] = {
    "problem": "problem",
    "caution": "caution",
    "fine": "fine",
    "more": "and {count} more",
}
KOREAN: Mapping[str, str] = {
    "problem": "문제",
    "caution": "주의",
    "fine": "좋음",
    "more": "외 {count}개",
}


class Told(Protocol):
    """A remark."""

    @property
    def severity(self) -> str:
        """One of "problem", "caution" and "fine"."""

    @property
    def names(self) -> Sequence[str]:
        """What it is true of."""

    def sentence(self, language: str = "en") -> str:
        """Give the sentence in a language."""


def tell_remarks(remarks: Iterable[Told]) -> None:
    """Print remarks on stdout, each with its first names."""
    for line in remark_lines(remarks, korean=locale.words() is locale.KOREAN):
        output.line(line)


def remark_lines(remarks: Iterable[Told], *, korean: bool = False) -> list[str]:
    """Lay out remarks in lines of at most 100 characters, unless one word is longer.

    Args:
        remarks: in their order.
        korean: in Korean rather than in English.
    """
    words = KOREAN if korean else ENGLISH
    room = max(cell_len(words[name]) for name in ("problem", "caution", "fine")) + 2
    lines: list[str] = []
    for remark in remarks:
        head = words[remark.severity]
        told = remark.sentence("ko" if korean else "en")
        first = head + " " * (room - cell_len(head))
        lines += _folded(told, first, " " * room)
        if remark.severity != "fine":
            names = list(remark.names[:_NAMES])
            rest = len(remark.names) - len(names)
            names += [words["more"].format(count=rest)] if rest else []
            lines += [" " * (room + 2) + name for name in names]
    return lines


def _folded(text: str, first: str, later: str) -> list[str]:
    return textwrap.wrap(
        text, _WIDTH, initial_indent=first, subsequent_indent=later, break_on_hyphens=False
    )
