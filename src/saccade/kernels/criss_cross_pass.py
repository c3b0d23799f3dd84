"""One pass of criss-cross attention in plain torch that holds some columns of the map at a time.

It gives gamma·(attention's answer) + x for all positions, like the textbook form that projects
queries, keys and values and mixes the values by one softmax over each position's cross. The weights
of a cross sum to one, so the input is mixed here and projected to values afterwards, in the same
number of multiplications; then the columns can be worked off one block after the other, and beside
the output only the keys and one block are in memory. The backward pass keeps nothing but the input
and computes each block again.

Axes: b images, c channels, m lines of columns (h rows, or t·h rows of a clip), w columns, d
features, k columns of a block, of all images in it; u the positions of a line.
"""

from collections.abc import Iterator
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import FunctionCtx, once_differentiable

_BLOCK = 1 << 22  # bytes of a block on the processor
_WIDE_BLOCK = 1 << 28  # bytes of a block elsewhere


class Projections(NamedTuple):
    """The weights (out in) and biases (out) of the three projections, and gamma (1)."""

    query: Tensor
    query_bias: Tensor
    key: Tensor
    key_bias: Tensor
    value: Tensor
    value_bias: Tensor
    gamma: Tensor


def criss_cross_pass(x: Tensor, projections: Projections) -> Tensor:
    """Let each position of a map (b c h w) or clip (b c t h w) read its lines once.

    Under autocast the products run in its type, and the output keeps the type of x.

    Args:
        x: the map.
        projections: (d c) for queries and keys, (c c) for values.

    Returns:
        gamma·answer + x. Its gradients cannot be differentiated again.
    """
    device = x.device.type
    low = torch.is_autocast_enabled(device)
    dtype = torch.get_autocast_dtype(device) if low else x.dtype
    nearby = torch.channels_last if x.dim() == 4 else torch.channels_last_3d
    x = x if x.is_contiguous(memory_format=nearby) else x.contiguous()
    with torch.autocast(device, enabled=False):
        return _Pass.apply(x, dtype, *projections)  # type: ignore[no-untyped-call]


Block = tuple[slice, slice]  # which images, which columns


class _Pass(torch.autograd.Function):
    """The pass over all blocks, and the way back."""

    @staticmethod
    def forward(
        ctx: FunctionCtx, x: Tensor, dtype: torch.dtype, *projections: Tensor
    ) -> Tensor:
        ctx.save_for_backward(x, *projections)
        ctx.dtype = dtype  # type: ignore[attr-defined]
        weights = Projections(*(one.to(dtype) for one in projections))
        lines = _Lines(x.to(dtype), weights)
        output = x + (weights.value_bias * weights.gamma).view(-1, *[1] * (x.dim() - 2))
        target = output.flatten(2, -2)
        for block in lines.blocks():
            _part(target, block).add_(lines.answer(block))
        return output

    @staticmethod
    @once_differentiable
    def backward(ctx: FunctionCtx, grad: Tensor) -> tuple[Tensor | None, ...]:
        x, *projections = ctx.saved_tensors  # type: ignore[attr-defined]
        dtype: torch.dtype = ctx.dtype  # type: ignore[attr-defined]
        with torch.autocast(x.device.type, enabled=False):
            weights = Projections(*(one.to(dtype) for one in projections))
            back = _Back(_Lines(x.to(dtype), weights))
            steep = grad.to(dtype).flatten(2, -2)
            for block in back.lines.blocks(share=2):
                back.through(block, _side_by_side(_part(steep, block)))
            given, others = back.finish()
        typed = (one.to(own.dtype) for one, own in zip(others, projections, strict=True))
        whole = given.view_as(x)
        return whole.add_(grad) if whole.dtype == grad.dtype else whole + grad, None, *typed


class _Lines:
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
        column = channels * lines * self.source.element_size()
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
        return _side_by_side(_part(self.source, block))

    def queries(self, near: Tensor) -> Tensor:
        """Project a block (m n w c) to its queries (m n w d)."""
        return F.linear(near, self.projections.query, self.projections.query_bias)

    def wide(self, block: Block, near: Tensor) -> Tensor:
        """View the rows (m·n w c) of all positions of a block, in the block itself if it can be."""
        if near.shape[2] == self.source.shape[3]:
            return near.flatten(0, 1)
        return _rows(self.source, block)

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


class _Back:
    """The gradients, summed up block by block."""

    def __init__(self, lines: _Lines) -> None:
        weights = lines.projections
        self.lines = lines
        self.given, self.keys = torch.zeros_like(lines.source), torch.zeros_like(lines.keys)
        exact = torch.promote_types(weights.value.dtype, torch.float32)
        self.value, self.shift, self.query, self.query_bias = (
            torch.zeros_like(one, dtype=exact)
            for one in (weights.value, weights.value_bias, weights.query, weights.query_bias)
        )

    def through(self, block: Block, steep: Tensor) -> None:
        """Add what a block gives; `steep` is the gradient of its output (m n w' c)."""
        lines, projections = self.lines, self.lines.projections
        near = lines.near(block)
        queries = lines.queries(near)
        along, total = lines.along(block, queries)
        across = lines.across(block, queries, total)
        flat, wide, mixed = steep.flatten(0, 2), lines.wide(block, near), lines.mix(near, along)
        mixed.flatten(0, 1).baddbmm_(across, wide)
        self.value += flat.t() @ mixed.flatten(0, 2)
        self.shift += flat.sum(0)
        pull = (flat @ projections.value).mul_(projections.gamma).view_as(near)
        by_across = torch.bmm(pull.flatten(0, 1), wide.transpose(1, 2))
        by_along = torch.empty_like(along)
        for index, span in lines.bundles():
            found = torch.bmm(lines.lines(pull, index), lines.lines(near, index).transpose(1, 2))
            lines.lines(by_along[..., span], index).copy_(found)
        steady = (by_across * across).sum(-1).flatten() + (by_along * along).sum(-1).flatten()
        by_across.sub_(steady.view(*across.shape[:2], 1)).mul_(across)
        by_along.sub_(steady.view(*along.shape[:2], 1)).mul_(along)
        self._to_map(block, pull, (across, along))
        self._to_projections(block, near, queries, (by_across, by_along))

    def _to_map(self, block: Block, pull: Tensor, weights: tuple[Tensor, Tensor]) -> None:
        """Give the mixed positions their share: (m n w' c), spread by the weights."""
        lines, (across, along) = self.lines, weights
        given = torch.zeros_like(pull)
        for index, span in lines.bundles():
            spread = lines.lines(along[..., span], index).transpose(1, 2)
            lines.lines(given, index).baddbmm_(spread, lines.lines(pull, index))
        whole = given.shape[2] == lines.source.shape[3]
        wide = given.flatten(0, 1) if whole else _rows(self.given, block)
        wide.baddbmm_(across.transpose(1, 2), pull.flatten(0, 1))
        _part(self.given, block).add_(given.permute(1, 3, 0, 2))

    def _to_projections(
        self, block: Block, near: Tensor, queries: Tensor, scores: tuple[Tensor, Tensor]
    ) -> None:
        """Carry the gradients of the scores on to queries, keys, and what they were made of."""
        lines, (across, along) = self.lines, scores
        near_keys, wide_keys = lines.keys[:, block[0], block[1]], lines.keys[:, block[0]]
        asked = torch.bmm(across, wide_keys.flatten(0, 1)).view_as(queries)
        heard = torch.bmm(across.transpose(1, 2), queries.flatten(0, 1))
        self.keys[:, block[0]] += heard.view_as(wide_keys)
        told = torch.zeros_like(queries)
        for index, span in lines.bundles():
            part = lines.lines(along[..., span], index)
            lines.lines(asked, index).baddbmm_(part, lines.lines(near_keys, index))
            lines.lines(told, index).baddbmm_(part.transpose(1, 2), lines.lines(queries, index))
        self.keys[:, block[0], block[1]] += told
        flat = asked.flatten(0, 2)
        self.query += flat.t() @ near.flatten(0, 2)
        self.query_bias += flat.sum(0)
        share = (asked @ lines.projections.query).permute(1, 3, 0, 2)
        _part(self.given, block).add_(share)

    def finish(self) -> tuple[Tensor, Projections]:
        """Give the gradients of the map (b c m w), residual apart, and of the projections."""
        weights = self.lines.projections
        key, key_bias = torch.zeros_like(self.query), torch.zeros_like(self.query_bias)
        for image, own in enumerate(self.lines.source.flatten(2)):
            heard = self.keys[:, image].flatten(0, 1)
            key += heard.t() @ own.t()
            key_bias += heard.sum(0)
            self.given[image].flatten(1).addmm_(weights.key.t(), heard.t())
        gamma = (self.value * weights.value).sum() + (self.shift * weights.value_bias).sum()
        value, value_bias = self.value * weights.gamma, self.shift * weights.gamma
        projections = (self.query, self.query_bias, key, key_bias, value, value_bias)
        return self.given, Projections(*projections, gamma.view_as(weights.gamma))


def _part(x: Tensor, block: Block) -> Tensor:
    """View a block of (b c m w) as (n c m w')."""
    return x[block[0], :, :, block[1]]


def _side_by_side(part: Tensor) -> Tensor:
    """Copy (n c m w) as (m n w c)."""
    return part.permute(2, 0, 3, 1).contiguous()


def _rows(x: Tensor, block: Block) -> Tensor:
    """View the rows (m w c) of the block's only image in (b c m w)."""
    return x[block[0].start].permute(1, 2, 0)
