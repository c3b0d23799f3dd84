"""What a doctor says: how bad it is, in one sentence of two languages, with pictures to show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Severity = Literal["problem", "caution", "fine"]
SEVERITIES: tuple[Severity, ...] = ("problem", "caution", "fine")
Phrases = Mapping[str, tuple[Severity, str, str]]


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a picture is.

    Args:
        split: that it lies in, such as "train".
        index: in that split.
        name: what to call it.
    """

    split: str
    index: int
    name: str


@dataclass(frozen=True, slots=True)
class Remark:
    """One finding.

    Args:
        code: what it is about, for programs.
        severity: "problem" should be mended before training, "caution" should be known.
        english: what, how many, what to do.
        korean: the same in Korean.
        names: what it is true of, some or all.
        shown: pictures to look at, those that belong together side by side.
    """

    code: str
    severity: Severity
    english: str
    korean: str
    names: tuple[str, ...] = ()
    shown: tuple[tuple[Spot, ...], ...] = ()

    def sentence(self, language: str = "en") -> str:
        """Give the sentence in a language, "en" or "ko"."""
        return self.korean if language == "ko" else self.english

    def to_dict(self) -> dict[str, Any]:
        """Write the remark as plain values, fit for JSON."""
        return {
            "code": self.code,
            "severity": self.severity,
            "sentence": self.english,
            "names": list(self.names),
        }


def say(
    phrases: Phrases,
    code: str,
    values: Mapping[str, object] | None = None,
    *,
    names: Sequence[str] = (),
    shown: Sequence[tuple[Spot, ...]] = (),
) -> Remark:
    """Make a remark of a table's phrase.

    Args:
        phrases: code to severity, English and Korean; `{name}` stands for a value.
        code: which of them.
        values: that the phrase names.
        names: what it is true of.
        shown: pictures to look at.
    """
    severity, english, korean = phrases[code]
    put = values or {}
    texts = english.format(**put), korean.format(**put)
    return Remark(code, severity, *texts, tuple(names), tuple(shown))


def ordered(remarks: Sequence[Remark]) -> tuple[Remark, ...]:
    """Put problems first, then cautions, then what is fine; else the order stays."""
    return tuple(sorted(remarks, key=lambda remark: SEVERITIES.index(remark.severity)))
