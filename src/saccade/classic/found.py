"""What a selection found: a score, a rank and a mask bit for each feature.

Axes: n rows, d features.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from saccade.classic.selection_remarks import SelectionRemark
from saccade.errors import ShapeError

Rows = TypeVar("Rows", NDArray[np.generic], Tensor)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Selection:
    """The features that were chosen, beside all others.

    Args:
        names: of all features (d), in the order of the table.
        scores: of each (d); 0 for constant features and for those that were left out.
        ranking: numbers of the features (d), the best first.
        mask: 1 for a chosen feature, else 0 (d).
        method: the name in `METHODS`.
        search: how subsets were looked for.
        missing: what was done with gaps.
        seed: of what the method draws.
        classes: names of the classes.
        rows: how many were used.
        trace: tr(S_w^-1 S_b) of the chosen together.
        remarks: what should be known.
    """

    names: tuple[str, ...]
    scores: tuple[float, ...]
    ranking: tuple[int, ...]
    mask: tuple[int, ...]
    method: str
    search: str
    missing: str
    seed: int
    classes: tuple[str, ...]
    rows: int
    trace: float
    remarks: tuple[SelectionRemark, ...] = ()

    @property
    def k(self) -> int:
        """How many are chosen."""
        return sum(self.mask)

    @property
    def chosen(self) -> tuple[str, ...]:
        """Names of the chosen features, the best first."""
        return tuple(self.names[place] for place in self.ranking[: self.k])

    @property
    def columns(self) -> tuple[int, ...]:
        """Numbers of the chosen features, in the order of the table."""
        return tuple(place for place, bit in enumerate(self.mask) if bit)

    @property
    def ranks(self) -> tuple[int, ...]:
        """The rank of each feature (d), 1 for the best."""
        places = {feature: rank for rank, feature in enumerate(self.ranking, start=1)}
        return tuple(places[feature] for feature in range(len(self.names)))

    def apply(self, values: Rows) -> Rows:
        """Keep the chosen features of other rows (... d) to (... k), in the order of the table.

        Raises:
            ShapeError: there are more or fewer features.
        """
        if values.ndim == 0 or values.shape[-1] != len(self.names):
            raise ShapeError(f"rows with {len(self.names)} features", str(tuple(values.shape)))
        return values[..., list(self.columns)]

    def to_dict(self) -> dict[str, Any]:
        """Write it as plain values, fit for JSON; an infinite number becomes None."""
        rows = [
            {
                "rank": rank,
                "feature": self.names[place],
                "score": finite(self.scores[place]),
                "infinite": math.isinf(self.scores[place]),
                "mask": self.mask[place],
            }
            for rank, place in enumerate(self.ranking, start=1)
        ]
        return {
            "method": self.method,
            "search": self.search,
            "k": self.k,
            "mask": list(self.mask),
            "chosen": list(self.chosen),
            "features": rows,
            "trace": finite(self.trace),
            "classes": list(self.classes),
            "rows": self.rows,
            "missing": self.missing,
            "seed": self.seed,
            "remarks": [remark.to_dict() for remark in self.remarks],
        }


def finite(number: float) -> float | None:
    """Give a number as JSON can hold it: None when it is infinite."""
    return number if math.isfinite(number) else None


def mask_of(chosen: Sequence[int], count: int) -> tuple[int, ...]:
    """Write a choice as bits: (1, 2) of four is (0, 1, 1, 0)."""
    some: Mapping[int, int] = dict.fromkeys(chosen, 1)
    return tuple(some.get(place, 0) for place in range(count))
