"""The geometry of local windows, and how an implementation of their attention becomes an operator.

All implementations compute one function, that of `saccade.attention.local_self.local_attention`:
queries (b c h' w'), keys and values (b c h w), tables (m k d/2) of row and column embeddings, m
being the number of heads or 1.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor
from torch._library.custom_ops import CustomOpDef

from saccade.layers.neighbours import Boundary

Forward = Callable[..., tuple[Tensor, Tensor]]
Backward = Callable[..., tuple[Tensor, ...]]


@dataclass(frozen=True, slots=True)
class Window:
    """Windows on a map, and the heads that look through them.

    Args:
        heads: number of heads.
        kernel_size: side k, odd.
        stride: distance of the centres of two windows, in positions.
        dilation: distance of two positions of a window.
        boundary: "zero", "mask" or "reflect".
    """

    heads: int
    kernel_size: int
    stride: int = 1
    dilation: int = 1
    boundary: Boundary = "zero"

    @property
    def reach(self) -> int:
        """How far a window extends from its centre, in positions."""
        return self.dilation * (self.kernel_size // 2)

    def count(self, size: int) -> int:
        """Number of windows along an axis of this size."""
        return -(-size // self.stride)

    def span(self, windows: int) -> int:
        """Number of positions from the first to the last that so many windows in a row touch."""
        return (windows - 1) * self.stride + 2 * self.reach + 1


def operator(name: str, forward: Forward, backward: Backward, *, keeps: bool) -> CustomOpDef:
    """Make the operator saccade::<name> of an implementation, with gradient, shapes and autocast.

    Args:
        name: its name.
        forward: (q, k, v, rows, columns, window) to the output and what the gradient needs of it:
            the logarithm of the sum of exponentials (b heads h' w'), or an empty tensor.
        backward: (gradient, kept, q, k, v, rows, columns, window) to the gradients of the first
            five arguments of forward; empty tensors for absent tables.
        keeps: whether forward keeps those logarithms.
    """

    def run(
        q: Tensor,
        k: Tensor,
        v: Tensor,
        rows: Tensor | None,
        columns: Tensor | None,
        heads: int,
        kernel_size: int,
        stride: int,
        dilation: int,
        boundary: str,
    ) -> tuple[Tensor, Tensor]:
        window = Window(heads, kernel_size, stride, dilation, cast("Boundary", boundary))
        return forward(q, k, v, rows, columns, window)

    def run_fake(q: Tensor, *rest: object) -> tuple[Tensor, Tensor]:
        kept = (q.shape[0], rest[4], *q.shape[2:]) if keeps else (0,)
        return q.new_empty(q.shape), q.new_empty(kept)

    made = torch.library.custom_op(f"saccade::{name}", run, mutates_args=())
    made.register_fake(run_fake)
    made.register_autocast("cpu", torch.float32)
    made.register_autocast("cuda", torch.float32)
    made.register_autograd(_gradient(f"{name}_backward", backward), setup_context=_remember)
    return made


def _gradient(name: str, backward: Backward) -> Callable[..., tuple[Tensor | None, ...]]:
    """Make the operator of the gradient, and the function that autograd calls."""

    def run(
        gradient: Tensor,
        kept: Tensor,
        q: Tensor,
        k: Tensor,
        v: Tensor,
        rows: Tensor | None,
        columns: Tensor | None,
        heads: int,
        kernel_size: int,
        stride: int,
        dilation: int,
        boundary: str,
    ) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        window = Window(heads, kernel_size, stride, dilation, cast("Boundary", boundary))
        found = backward(gradient, kept, q, k, v, rows, columns, window)
        return found[0], found[1], found[2], found[3], found[4]

    def run_fake(gradient: Tensor, kept: Tensor, *rest: object) -> tuple[Tensor, ...]:
        like = [x if isinstance(x, Tensor) else None for x in rest[:5]]
        return tuple(gradient.new_empty(0 if x is None else x.shape) for x in like)

    made = torch.library.custom_op(f"saccade::{name}", run, mutates_args=())
    made.register_fake(run_fake)

    def call(ctx: torch.autograd.function.FunctionCtx, *gradients: Tensor) -> tuple[object, ...]:
        q, k, v, rows, columns, kept = ctx.saved_tensors  # type: ignore[attr-defined]
        tensors = (gradients[0], kept, q, k, v, rows, columns)
        found = made(*tensors, *ctx.window)  # type: ignore[attr-defined]
        absent = rows is None
        return (*found[:3], *((None, None) if absent else found[3:]), *(None,) * 5)

    return call  # type: ignore[return-value]


def _remember(
    ctx: torch.autograd.function.FunctionCtx,
    inputs: tuple[object, ...],
    output: tuple[Tensor, Tensor],
) -> None:
    tensors = [x if isinstance(x, Tensor) else None for x in inputs[:5]]
    ctx.save_for_backward(*tensors, output[1])  # type: ignore[arg-type]
    ctx.window = inputs[5:]  # type: ignore[attr-defined]
    ctx.mark_non_differentiable(output[1])
