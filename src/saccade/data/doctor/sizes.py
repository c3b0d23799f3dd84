"""Sizes of pictures, and which of them stand out."""

from collections import Counter

from saccade.data.doctor.remark import Spot

Size = tuple[int, int]  # (width, height) in pixels
SMALL = 32  # pixels; below this a side is small, where most pictures are not
LONG = 3  # times as long as wide, or as wide as long
_FAR = 16  # times the median's area
_KEPT = 24


class Sizes:
    """Counts sizes and remembers a few pictures of each.

    Attributes:
        counts: upright (width, height) to number of pictures.
    """

    def __init__(self) -> None:
        self.counts: Counter[Size] = Counter()
        self._spots: dict[Size, list[Spot]] = {}

    def add(self, size: Size, spot: Spot) -> None:
        """Take in a picture."""
        self.counts[size] += 1
        spots = self._spots.setdefault(size, [])
        if len(spots) < _KEPT:
            spots.append(spot)

    def odd(self) -> dict[str, tuple[int, tuple[Spot, ...]]]:
        """Give how many pictures are small, long or of another area, and the first of them."""
        if not self.counts:
            return {}
        _, (width, height), _ = size_range(self.counts)
        usual = min(width, height) >= SMALL
        area = width * height
        found = {
            "small": [size for size in self.counts if usual and min(size) < SMALL],
            "long": [size for size in self.counts if max(size) > LONG * min(size)],
            "odd": [
                size
                for size in self.counts
                if not area / _FAR <= size[0] * size[1] <= area * _FAR and min(size) >= SMALL
            ],
        }
        return {name: self._told(sizes) for name, sizes in found.items() if sizes}

    def _told(self, sizes: list[Size]) -> tuple[int, tuple[Spot, ...]]:
        spots = [spot for size in sizes for spot in self._spots[size]]
        return sum(self.counts[size] for size in sizes), tuple(spots[:_KEPT])


def size_range(counts: dict[Size, int]) -> tuple[Size, ...]:
    """Give the smallest, the median and the largest size by area; empty for none.

    Args:
        counts: (width, height) to number of pictures.
    """
    ordered = sorted(counts, key=lambda size: (size[0] * size[1], size))
    half, seen = (sum(counts.values()) + 1) // 2, 0
    for size in ordered:
        seen += counts[size]
        if seen >= half:
            return ordered[0], size, ordered[-1]
    return ()
