"""The recipe of a run as a table: what was chosen, why, and what the papers have."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from rich.cells import cell_len

from saccade.cli import output
from saccade.cli import words as locale

_WIDTH = 100  # characters of a line
_NAME, _VALUE, _REASON = 18, 20, 32
_GAP = 2

ENGLISH: Mapping[str, str] = {
    "name": "option",
    "value": "value",
    "reason": "reason",
    "paper": "paper",
    "cautions": "Careful:",
    "given": "as asked for",
}
KOREAN: Mapping[str, str] = {
    "name": "옵션",
    "value": "값",
    "reason": "이유",
    "paper": "논문의 값",
    "cautions": "주의:",
    "given": "직접 지정",
}


class Chosen(Protocol):
    """An option with its value, the reason, and the paper's value."""

    @property
    def name(self) -> str:
        """Of the option."""

    @property
    def value(self) -> object:
        """What was chosen or given."""

    @property
    def reason(self) -> str:
        """Why."""

    @property
    def paper(self) -> str:
        """What the paper has."""


class Warned(Protocol):
    """A caution."""

    @property
    def name(self) -> str:
        """Of the option."""

    @property
    def sentence(self) -> str:
        """The cause and the cure."""


def recipe_table(choices: Iterable[Chosen], cautions: Iterable[Warned] = ()) -> None:
    """Print every choice on stdout with its reason and the paper's value, then the cautions.

    Args:
        choices: in the order of the table.
        cautions: of the run.
    """
    for text in recipe_lines(choices, cautions):
        output.line(text)


def caution_notes(cautions: Iterable[Warned]) -> None:
    """Print the cautions on stderr, for a run that begins."""
    for text in _cautions(cautions):
        output.note(text)


def recipe_lines(
    choices: Iterable[Chosen], cautions: Iterable[Warned] = (), *, width: int = _WIDTH
) -> list[str]:
    """Lay out the table; no line is wider than asked for, unless one word is.

    Args:
        choices: in the order of the table.
        cautions: of the run.
        width: of a line, in characters, 80 or more.
    """
    words = _words()
    widths = (_NAME, _VALUE, _REASON, width - _NAME - _VALUE - _REASON - 3 * _GAP)
    head = tuple(words[name] for name in ("name", "value", "reason", "paper"))
    lines = [*_row(head, widths), "-" * width]
    for choice in choices:
        reason = words["given"] if choice.reason == "given" else choice.reason
        lines += _row((choice.name, _plain(choice.value), reason, choice.paper), widths)
    told = _cautions(cautions, width=width)
    return [*lines, *([""] if told else []), *told]


def _row(cells: Sequence[str], widths: Sequence[int]) -> list[str]:
    """Lay out one row: long cells go on in lines below."""
    folded = [_folded(cell, wide) for cell, wide in zip(cells, widths, strict=True)]
    lines = []
    for place in range(max(map(len, folded))):
        parts = [rows[place] if place < len(rows) else "" for rows in folded]
        padded = (_padded(part, wide) for part, wide in zip(parts, widths, strict=True))
        lines.append((" " * _GAP).join(padded).rstrip())
    return lines


def _folded(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, break_on_hyphens=False) or [""]


def _padded(text: str, width: int) -> str:
    return text + " " * max(width - cell_len(text), 0)


def _cautions(cautions: Iterable[Warned], *, width: int = _WIDTH) -> list[str]:
    words = _words()
    found = list(cautions)
    lines = [words["cautions"]] if found else []
    for caution in found:
        lines += textwrap.wrap(
            f"{caution.name}: {caution.sentence}",
            width,
            initial_indent="  ",
            subsequent_indent="    ",
            break_on_hyphens=False,
        )
    return lines


def _words() -> Mapping[str, str]:
    return KOREAN if locale.words() is locale.KOREAN else ENGLISH


def _plain(value: object) -> str:
    """Write a value as it would be given on a command line."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, tuple | list):
        every = all(isinstance(part, int) for part in value) and len(value) == 2
        return "x".join(map(str, value)) if every else ", ".join(map(_plain, value))
    return str(value)
