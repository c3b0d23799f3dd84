"""The lines through the positions of a map, for one pass of criss-cross attention by blocks.

A block is some columns of an image, or some images whole. Lines that run along its columns (and, of
a clip, along time) stay inside of it; its rows reach over all columns of the map.

Axes: b images, c channels, m lines of columns (h rows, or t·h rows of a clip), w columns, d
features; n images and w' columns of a block, k = n·w'; u the positions of a line.
"""

from collections.abc import Iterator
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

_BLOCK = 1 << 22  # bytes of a block on the processor
_WIDE_BLOCK = 1 << 28  # bytes of a block elsewhere
Block = tuple[slice, slice]  # which images, which columns


class Projections(NamedTuple):
    """The weights (out in) and biases (out) of the three projections, and gamma (1)."""

    query: Tensor
    query_bias: Tensor
    key: Tensor
    key_bias: Tensor
    value: Tensor
    value_bias: Tensor
    gamma: Tensor


class Lines:
    """The map as blocks of columns, and the lines through their positions; all of one type."""

    def __init__(self, x: Tensor, weights: Projections) -> None:
        self.source, self.rest = x.flatten(2, -2), tuple(x.shape[2:-1])
        self.projections = weights
        images, _, lines, width = self.source.shape
        self.keys = x.new_empty(lines, images, width, weights.key.shape[0])
        for image, own in enumerate(self.source.flatten(2).transpose(1, 2)):
            keys = torch.addmm(weights.key_bias, own, weights.key.t())
            self.keys[:, image] = keys.view(lines, width, -1)

    def blocks(self, share: int = 1) -> Iterator[Block]:
        """Cut the map: some images whole, or some columns of one image; blocks times `share`."""
        images, channels, lines, width = self.source.shape
        limit = share * (_BLOCK if self.source.device.type == "cpu" else _WIDE_BLOCK)
        numbers = max(channels, sum(self.rest) + width)  # of a position, or of its weights
        column = numbers * lines * self.source.element_size()
        together = limit // (column * width)
        if together:
            for first in range(0, images, together):
                yield slice(first, min(first + together, images)), slice(0, width)
            return
        most = max(limit // column, 1)
        even = -(-width // -(-width // most))
        step = min(-(-even // 4) * 4, most)  # products of fours are faster
        for image in range(images):
            for first in range(0, width, step):
                yield slice(image, image + 1), slice(first, min(first + step, width))

    def bundles(self) -> Iterator[tuple[tuple[int | slice, ...], slice]]:
        """Go through the lines inside of a block: an index for `_lines`, and their weights."""
        if len(self.rest) == 1:
            yield (), slice(0, self.rest[0])
            return
        time, height = self.rest
        for row in range(height):
            yield (slice(None), row), slice(0, time)
        for frame in range(time):
            yield (frame,), slice(time, time + height)

    def lines(self, x: Tensor, index: tuple[int | slice, ...]) -> Tensor:
        """View one bundle of (m k d) or (m n w d) as (k u d), a line for each column."""
        return torch.unflatten(x.flatten(1, -2), 0, self.rest)[index].transpose(0, 1)

    def near(self, block: Block) -> Tensor:
        """Copy a block (m n w c)."""
        return side_by_side(part(self.source, block))

    def queries(self, near: Tensor) -> Tensor:
        """Project a block (m n w c) to its queries (m n w d)."""
        return F.linear(near, self.projections.query, self.projections.query_bias)

    def wide(self, block: Block, near: Tensor) -> Tensor:
        """View the rows (m·n w c) of all positions of a block, in the block itself if it can be."""
        if near.shape[2] == self.source.shape[3]:
            return near.flatten(0, 1)
        return rows(self.source, block)

    def along(self, block: Block, queries: Tensor) -> tuple[Tensor, Tensor]:
        """Weigh the keys in the lines of each position (m k u); logsumexp with its row (m k 1)."""
        near = self.keys[:, block[0], block[1]]
        exact = torch.promote_types(queries.dtype, torch.float32)
        shape = queries.shape[0], near.shape[1] * near.shape[2], sum(self.rest)
        scores = torch.empty(shape, dtype=exact, device=queries.device)
        for index, span in self.bundles():
            found, keys = self.lines(scores[..., span], index), self.lines(near, index)
            found.copy_(torch.bmm(self.lines(queries, index), keys.transpose(1, 2)))
            found.diagonal(dim1=1, dim2=2).fill_(float("-inf"))  # the row has the centre already
        rows = self._row_scores(block, queries).logsumexp(-1).view(*shape[:2], 1)
        total = torch.logaddexp(rows, scores.logsumexp(-1, keepdim=True))
        return scores.sub_(total).exp_().to(queries.dtype), total

    def across(self, block: Block, queries: Tensor, total: Tensor) -> Tensor:
        """Weigh the keys in the row of each position (m·n w' w)."""
        scores = self._row_scores(block, queries)
        return scores.sub_(total.view(*scores.shape[:2], 1)).exp_().to(queries.dtype)

    def _row_scores(self, block: Block, queries: Tensor) -> Tensor:
        keys = self.keys[:, block[0]].flatten(0, 1).transpose(1, 2)
        scores = torch.bmm(queries.flatten(0, 1), keys)
        return scores.to(torch.promote_types(queries.dtype, torch.float32))

    def mix(self, near: Tensor, weights: Tensor) -> Tensor:
        """Mix the lines of a block (m n w' c) by the weights (m k u)."""
        mixed = torch.empty_like(near)
        for index, span in self.bundles():
            parts = self.lines(weights[..., span], index), self.lines(near, index)
            self.lines(mixed, index).baddbmm_(*parts, beta=int(span.start > 0))
        return mixed

    def answer(self, block: Block) -> Tensor:
        """Give what a block reads (n c m w'), projected and multiplied by gamma."""
        near, gamma = self.near(block), self.projections.gamma
        queries, wide = self.queries(near), self.wide(block, near)
        along, total = self.along(block, queries)
        mixed = self.mix(near, along.mul_(gamma))
        del near, along  # a block is in memory twice, and not together with all weights
        mixed.flatten(0, 1).baddbmm_(self.across(block, queries, total).mul_(gamma), wide)
        del wide
        values = torch.mm(self.projections.value, mixed.flatten(0, -2).t())
        return values.view(-1, *mixed.shape[:-1]).permute(2, 0, 1, 3)


def part(x: Tensor, block: Block) -> Tensor:
    """View a block of (b c m w) as (n c m w')."""
    return x[block[0], :, :, block[1]]


def side_by_side(part: Tensor) -> Tensor:
    """Copy (n c m w) as (m n w c)."""
    return part.permute(2, 0, 3, 1).contiguous()


def rows(x: Tensor, block: Block) -> Tensor:
    """View the rows (m w c) of the block's only image in (b c m w)."""
    return x[block[0].start].permute(1, 2, 0)
