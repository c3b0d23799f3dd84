"""One pass of criss-cross attention in plain torch that holds some columns of the map at a time.

It gives gamma·(attention's answer) + x for all positions, like the textbook form that projects
queries, keys and values and mixes the values by one softmax over each position's cross. The weights
of a cross sum to one, so the input is mixed here and projected to values afterwards, in the same
number of multiplications; then the columns can be worked off one block after the other, and beside
the output only the keys and one block are in memory. The backward pass keeps nothing but the input
and computes each block again.

Axes: those of `saccade.kernels.criss_cross_lines`.
"""

import torch
from torch import Tensor
from torch.autograd.function import FunctionCtx

from saccade.kernels.criss_cross_lines import Block, Lines, Projections, part, rows, side_by_side


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
        return _pass(x, *projections, dtype)


def _forward(x: Tensor, *inputs: Tensor | torch.dtype) -> Tensor:
    weights, dtype = _typed(inputs)
    lines = Lines(x.to(dtype), weights)
    output = x + (weights.value_bias * weights.gamma).view(-1, *[1] * (x.dim() - 2))
    target = output.flatten(2, -2)
    for block in lines.blocks():
        part(target, block).add_(lines.answer(block))
    return output


def _backward(grad: Tensor, x: Tensor, *inputs: Tensor | torch.dtype) -> list[Tensor]:
    weights, dtype = _typed(inputs)
    back = _Back(Lines(x.to(dtype), weights))
    steep = grad.to(dtype).flatten(2, -2)
    for block in back.lines.blocks(share=2):
        back.through(block, side_by_side(part(steep, block)))
    given, others = back.finish()
    given = given.view_as(x).add_(grad) if given.dtype == x.dtype else given.view_as(x) + grad
    typed = (one.to(own.dtype) for one, own in zip(others, inputs[:-1], strict=True))  # type: ignore[union-attr]
    return [given, *typed]


def _typed(inputs: tuple[Tensor | torch.dtype, ...]) -> tuple[Projections, torch.dtype]:
    *projections, dtype = inputs
    return Projections(*(one.to(dtype) for one in projections)), dtype  # type: ignore[union-attr,return-value]


_INPUTS = ", ".join(["Tensor x", *(f"Tensor {one}" for one in Projections._fields), "ScalarType t"])
_pass = torch.library.custom_op(
    "saccade::criss_cross_pass", _forward, mutates_args=(), schema=f"({_INPUTS}) -> Tensor"
)
_pass_backward = torch.library.custom_op(
    "saccade::criss_cross_pass_backward",
    _backward,
    mutates_args=(),
    schema=f"(Tensor grad, {_INPUTS}) -> Tensor[]",
)
_pass.register_fake(lambda x, *_: torch.empty_like(x))
_pass_backward.register_fake(lambda _, *inputs: [torch.empty_like(one) for one in inputs[:-1]])


def _remember(ctx: FunctionCtx, inputs: tuple[object, ...], output: Tensor) -> None:
    *tensors, ctx.dtype = inputs  # type: ignore[attr-defined]
    ctx.save_for_backward(*tensors)  # type: ignore[arg-type]


def _gradient(ctx: FunctionCtx, grad: Tensor) -> tuple[Tensor | None, ...]:
    x, *projections = ctx.saved_tensors  # type: ignore[attr-defined]
    with torch.autocast(x.device.type, enabled=False):
        return *_pass_backward(grad, x, *projections, ctx.dtype), None  # type: ignore[attr-defined]


_pass.register_autograd(_gradient, setup_context=_remember)


class _Back:
    """The gradients, summed up block by block."""

    def __init__(self, lines: Lines) -> None:
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
        wide = given.flatten(0, 1) if whole else rows(self.given, block)
        wide.baddbmm_(across.transpose(1, 2), pull.flatten(0, 1))
        part(self.given, block).add_(given.permute(1, 3, 0, 2))

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
            share = lines.lines(along[..., span], index)
            lines.lines(asked, index).baddbmm_(share, lines.lines(near_keys, index))
            lines.lines(told, index).baddbmm_(share.transpose(1, 2), lines.lines(queries, index))
        self.keys[:, block[0], block[1]] += told
        flat = asked.flatten(0, 2)
        self.query += flat.t() @ near.flatten(0, 2)
        self.query_bias += flat.sum(0)
        asked = (asked @ lines.projections.query).permute(1, 3, 0, 2)
        part(self.given, block).add_(asked)

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
