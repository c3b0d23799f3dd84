"""One thing that an audit found: its name, its numbers, and how it is told."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from saccade.inspection.evidence.verdicts import VERDICTS


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found.

    Args:
        name: one of `VERDICTS`.
        wrong: whether it is an error; a remark otherwise.
        numbers: the evidence, by the words that the sentence of the verdict uses.
    """

    name: str
    wrong: bool
    numbers: Mapping[str, float | int] = field(default_factory=dict)

    @property
    def what(self) -> str:
        """What was found, with its numbers."""
        return VERDICTS[self.name][0].format(**self.numbers)

    @property
    def cure(self) -> str:
        """What to do about it."""
        return VERDICTS[self.name][1].format(**self.numbers)

    def to_dict(self) -> dict[str, object]:
        """The finding as plain JSON."""
        return {
            "name": self.name,
            "wrong": self.wrong,
            "numbers": dict(self.numbers),
            "what": self.what,
            "cure": self.cure,
        }
