"""Options of networks that label pixels, in the group "segment" of a run; torch is not loaded."""

import math
from dataclasses import dataclass
from typing import Literal, get_args

from saccade.training.options import check

Context = Literal["criss_cross", "non_local"]
Weights = Literal["none", "median", "log"]


@dataclass(frozen=True, kw_only=True, slots=True)
class SegmentOptions:
    """A network that labels pixels; what is None is chosen from the data.

    Args:
        context: "criss_cross" reads rows and columns, "non_local" the whole map at once.
        recurrence: passes of the criss-cross attention; 0 leaves it out.
        gamma: weight of what the criss-cross attention reads, where it starts; it is learned.
        width: channels of the head on a classifier's grid.
        steps: blocks or stages of a classifier that the head reads, from 0, negative ones from the
            end, as "-1" or "5,8,11".
        tuned: how many of the last blocks or stages of a classifier learn; 0 none, -1 all.
        aux: weight of the loss of the second head, where there is one, at least 0.
        ohem: learn only from pixels whose right class has at most this probability, 0 to 1, and at
            least from a sixteenth of them; 0 learns from all.
        weights: "median" or "log" lets pixels of rare classes weigh more.
        void: names or ids of classes that count nowhere, with commas; those that are called void,
            ignore or unlabelled never count.
    """

    context: Context = "criss_cross"
    recurrence: int = 2
    gamma: float | None = None
    width: int | None = None
    steps: str | None = None
    tuned: int | None = None
    aux: float = 0.4
    ohem: float | None = None
    weights: Weights | None = None
    void: str | None = None

    def __post_init__(self) -> None:
        for name, known in (("context", get_args(Context)), ("weights", get_args(Weights))):
            check(self, name, known.__contains__, f"one of {', '.join(known)}", known[0])
        check(self, "recurrence", lambda value: value == int(value) >= 0, "of 0 or more", 2)
        check(self, "gamma", math.isfinite, "finite", 1.0)
        check(self, "width", lambda value: value == int(value) >= 1, "of 1 or more", 128)
        check(self, "tuned", lambda value: value == int(value) >= -1, "of -1 or more", 0)
        check(self, "aux", lambda value: value >= 0, "of at least 0", 0.4)
        check(self, "ohem", lambda value: 0 <= value <= 1, "from 0 to 1", 0.7)
        check(self, "steps", lambda value: bool(self.cut(value)), "as numbers", "5,8,11")

    @property
    def read(self) -> tuple[int, ...] | None:
        """The steps as numbers."""
        return None if self.steps is None else self.cut(self.steps)

    @property
    def unseen(self) -> tuple[str, ...]:
        """Names or ids of the classes that count nowhere."""
        return tuple(part.strip() for part in (self.void or "").split(",") if part.strip())

    @staticmethod
    def cut(text: str | int) -> tuple[int, ...]:
        """Read "5,8,11"."""
        return tuple(int(part) for part in str(text).split(","))
