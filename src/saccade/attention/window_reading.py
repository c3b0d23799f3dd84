"""A map of windows, read in the order of the positions that they cover.

Axes: b images, n windows, heads, i queries, j keys.
"""

from dataclasses import dataclass

import torch
from einops import rearrange
from torch import Tensor

from saccade.attention.reading import Numbers, Reading, within


@dataclass(frozen=True, slots=True)
class Windows(Reading):
    """Readings inside the windows of a map, in the order of the map's positions.

    Args:
        inside: a reading whose images are the windows of all images (b·n heads i j), those of an
            image next to each other.
        count: windows n of an image.
        order: for each position of the map, its number among the n·i queries of the windows.
    """

    inside: Reading
    count: int
    order: Tensor

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """Sizes of the map, whose queries are the positions."""
        windows, heads, _, j = self.inside.shape
        return windows // self.count, heads, len(self.order), j

    @property
    def dtype(self) -> torch.dtype | None:
        """Type of the output."""
        return self.inside.dtype

    def image(self, index: int) -> "Windows":
        """Keep one image."""
        first = index * self.count
        parts = [self.inside.image(first + number) for number in range(self.count)]
        return Windows(_Together(tuple(parts)), self.count, self.order)

    def error(self, rows: Tensor, queries: Numbers = None, heads: Numbers = None) -> float:
        """Compare rows with what the kernel gave in the windows that hold these queries."""
        which = within(queries, self.shape[2], "queries")
        if self.dtype is None:
            return 0.0
        order = self.order if which is None else self.order[which]
        side = self.inside.shape[2]
        found = [0.0]
        windows, inner = order // side, order % side
        for window in set(windows.tolist()):
            here = (windows == window).nonzero()[:, 0].to(rows.device)
            numbers = inner[windows == window].tolist()
            for image, own in enumerate(rows):
                one = self.inside.image(image * self.count + window)
                found.append(one.error(own[None, :, here], numbers, heads))
        return _largest(found)

    def _rows(self, queries: list[int] | None, heads: list[int] | None) -> Tensor:
        rows = self.inside.rows(None, heads)
        flat = rearrange(rows, "(b n) heads i j -> b heads (n i) j", n=self.count)
        order = self.order.to(flat.device)
        return flat[:, :, order if queries is None else order[queries]]


@dataclass(frozen=True, slots=True)
class _Together(Reading):
    """Readings one after the other."""

    parts: tuple[Reading, ...]

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """Sizes of them all."""
        _, heads, i, j = self.parts[0].shape
        return len(self.parts), heads, i, j

    @property
    def dtype(self) -> torch.dtype | None:
        """Type of the output."""
        return self.parts[0].dtype

    def image(self, index: int) -> Reading:
        """One of them."""
        return self.parts[index]

    def error(self, rows: Tensor, queries: Numbers = None, heads: Numbers = None) -> float:
        """Compare the rows of each with what its kernel gave."""
        each = zip(self.parts, rows, strict=True)
        return _largest([part.error(own[None], queries, heads) for part, own in each])

    def _rows(self, queries: list[int] | None, heads: list[int] | None) -> Tensor:
        return torch.cat([part.rows(queries, heads) for part in self.parts])


def _largest(errors: list[float]) -> float:
    """The largest of some errors; NaN where one is."""
    return float(torch.tensor(errors).max())
