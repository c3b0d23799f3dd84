"""How evenly pictures are spread over classes.

Source of the number of effective classes: the exponential of the entropy of the classes' shares,
Hill, "Diversity and Evenness: A Unifying Notation and Its Consequences", Ecology 1973, order 1.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Balance:
    """How a split is spread over its classes, those without pictures left out.

    Args:
        most: pictures of the most frequent class.
        fewest: pictures of the rarest class.
        effective: how many classes of equal size would be as mixed; at most their number.
    """

    most: int
    fewest: int
    effective: float

    @property
    def ratio(self) -> float:
        """The most frequent to the rarest."""
        return self.most / self.fewest


def balance_of(counts: Mapping[str, int]) -> Balance | None:
    """Measure the balance of a split; None without pictures.

    Args:
        counts: class to number of pictures.
    """
    filled = [count for count in counts.values() if count]
    if not filled:
        return None
    whole = sum(filled)
    entropy = -sum(count / whole * math.log(count / whole) for count in filled)
    return Balance(max(filled), min(filled), math.exp(entropy))
