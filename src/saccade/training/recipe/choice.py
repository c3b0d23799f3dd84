"""An option that was chosen for the user."""

import dataclasses
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Choice:
    """An option that was chosen, and why.

    Args:
        name: of the option; one of a group as "augment.mixup".
        value: what was chosen.
        reason: why, in a few words.
        paper: the value of the paper that the option comes from, with its source; empty where
            there is none.
    """

    name: str
    value: Any
    reason: str
    paper: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Write the choice as plain values, fit for JSON."""
        return dataclasses.asdict(self)
