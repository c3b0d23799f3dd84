"""Remarks of a doctor as lines: how bad, what, how many, what to do."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from rich.cells import cell_len

from saccade.cli import output
from saccade.cli import words as locale

_WIDTH = 100  # characters of a line
_NAMES = 5  # of a caution; of a problem all are told
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
    """Print remarks on stdout, of a problem all names; as wide as a terminal, at most 100."""
    room = shutil.get_terminal_size((_WIDTH, 24)).columns if sys.stdout.isatty() else _WIDTH
    korean = locale.words() is locale.KOREAN
    for line in remark_lines(remarks, korean=korean, width=max(40, min(room, _WIDTH))):
        output.line(line)


def remark_lines(
    remarks: Iterable[Told], *, korean: bool = False, width: int = _WIDTH
) -> list[str]:
    """Lay out remarks in lines, their sentences no wider than asked for unless one word is.

    Args:
        remarks: in their order.
        korean: in Korean rather than in English.
        width: of a line, in cells of the terminal.
    """
    words = KOREAN if korean else ENGLISH
    room = max(cell_len(words[name]) for name in ("problem", "caution", "fine")) + 2
    lines: list[str] = []
    for remark in remarks:
        head = words[remark.severity]
        told = _folded(remark.sentence("ko" if korean else "en"), width - room)
        lines.append(head + " " * (room - cell_len(head)) + told[0])
        lines += [" " * room + line for line in told[1:]]
        if remark.severity != "fine":
            most = len(remark.names) if remark.severity == "problem" else _NAMES
            names = list(remark.names[:most])
            rest = len(remark.names) - len(names)
            names += [words["more"].format(count=rest)] if rest else []
            lines += [" " * (room + 2) + name for name in names]
    return lines


def _folded(text: str, width: int) -> list[str]:
    """Break a text between words; a letter of Korean takes two cells."""
    lines = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines[-1] else word
        if cell_len(longer) <= width or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
