"""What one call of attention reads, worked out only as far as somebody asks.

A fused kernel gives the output of attention and never makes its map. A `Reading` keeps what went
into the kernel, so that any rows of the map can be made afterwards, and checked against what came
out of it. Axes: b images, heads, i queries, j keys, d features of a head.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from saccade.errors import ShapeError

Numbers = Sequence[int] | None
_CHUNK = 1 << 20  # numbers of a map that are made at a time, so that they stay in the cache


class Reading(ABC):
    """A map (b heads i j) of which any rows can be had."""

    @property
    @abstractmethod
    def shape(self) -> tuple[int, int, int, int]:
        """Sizes of the whole map (b heads i j)."""

    @abstractmethod
    def image(self, index: int) -> "Reading":
        """Keep one image, as a batch of one."""

    @abstractmethod
    def _rows(self, queries: list[int] | None, heads: list[int] | None) -> Tensor:
        """Make rows of the map, whose numbers are known to be there."""

    def _with_logs(self, queries: list[int] | None) -> tuple[Tensor, Tensor]:
        rows = self._rows(queries, None)
        return rows, rows.log().clamp_min_(torch.finfo(rows.dtype).min)

    @property
    def dtype(self) -> torch.dtype | None:
        """Type of what the kernel gave; None where there is nothing to compare with."""
        return None

    def light(self) -> "Reading | None":
        """Give a copy that holds only what rows are made of; None where the map itself is kept."""
        return None

    @property
    def bytes(self) -> int:
        """Memory that a copy by `light` takes; 0 where there is none."""
        return 0

    def rows(self, queries: Numbers = None, heads: Numbers = None) -> Tensor:
        """Make rows of the map (b heads queries j), in float32 or finer.

        Args:
            queries: which queries, from 0 (negative from the end); all when None.
            heads: which heads, likewise.

        Raises:
            ShapeError: there is no such query or head.
        """
        _, all_heads, all_queries, _ = self.shape
        which = within(queries, all_queries, "queries")
        return self._rows(which, within(heads, all_heads, "heads"))

    def chunks(self, *, most: int = _CHUNK) -> Iterator[tuple[int, int, Tensor, Tensor]]:
        """Make all rows of the map, some at a time, without ever holding it whole.

        Args:
            most: numbers in a chunk; at least one row of one image is made.

        Yields:
            The image, the first query of the chunk, its rows (heads queries j), and their natural
            logarithms, where those of 0 are the lowest finite number.
        """
        b, heads, i, j = self.shape
        rows = max(1, min(i, most // max(heads * j, 1)))
        for image in range(b):
            one = self.image(image)
            for first in range(0, i, rows):
                span = list(range(first, min(first + rows, i)))
                made, logs = one._with_logs(span if len(span) < i else None)
                yield image, first, made[0], logs[0]

    def error(self, rows: Tensor, queries: Numbers = None, heads: Numbers = None) -> float:
        """Compare rows, applied to the values, with what the kernel gave for them.

        Args:
            rows: what `rows` gave for the same queries and heads.
            queries: which queries; all when None.
            heads: which heads; all when None.

        Returns:
            The largest difference, over the largest number of the output (over 1 if that is less);
            0 where the model made the map itself.
        """
        return 0.0


@dataclass(frozen=True, slots=True)
class Whole(Reading):
    """A map that the model made itself.

    Args:
        map: (b heads i j).
    """

    map: Tensor

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """Sizes of the map."""
        b, heads, i, j = self.map.shape
        return b, heads, i, j

    def image(self, index: int) -> "Whole":
        """Keep one image."""
        return Whole(self.map[index : index + 1])

    def _rows(self, queries: list[int] | None, heads: list[int] | None) -> Tensor:
        part = self.map if heads is None else self.map[:, heads]
        return fine(part if queries is None else part[:, :, queries])


def whole(shown: Tensor | Reading) -> Tensor:
    """The map of what a tap shows, all of it."""
    return shown if isinstance(shown, Tensor) else shown.rows()


def fine(x: Tensor) -> Tensor:
    """Float32, or what is finer already."""
    return x if x.dtype in (torch.float32, torch.float64) else x.float()


def within(numbers: Numbers, count: int, what: str) -> list[int] | None:
    """Count from the start, and refuse what is not there."""
    if numbers is None:
        return None
    wrong = [number for number in numbers if not -count <= number < count]
    if wrong:
        raise ShapeError(f"{what} from 0 to {count - 1}", str(wrong[0]), f"{what}=[0]")
    return [number % count for number in numbers]
