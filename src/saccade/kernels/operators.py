"""The windows of an aggregation, and how an implementation of it becomes an operator of torch.

Axes: b batch, c channels, h height, w width of the map that is read; h' w' of the windows.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, cast

import torch
from torch import Tensor
from torch._library.custom_ops import CustomOpDef

from saccade.layers.neighbours import (
    Boundary,
    neighbour_index,
    pad_map,
    reflected,
    window_slices,
)

Layout = Literal["interleaved", "contiguous"]
# What follows the tensors in every schema, and what is made of it.
WINDOWS_SCHEMA = "int kernel_size, int stride, int dilation, str boundary, str layout"
Run = Callable[..., tuple[Tensor, ...]]
Shapes = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Windows:
    """Windows on a map, and which channels share their weights.

    Args:
        kernel_size: side k, odd.
        stride: distance of the centres of two windows, in positions.
        dilation: distance of two positions of a window.
        boundary: "zero", "mask" or "reflect".
        layout: "interleaved" or "contiguous" groups of channels.
    """

    kernel_size: int
    stride: int = 1
    dilation: int = 1
    boundary: Boundary = "zero"
    layout: Layout = "interleaved"

    @property
    def reach(self) -> int:
        """How far a window extends from its centre, in positions."""
        return self.dilation * (self.kernel_size // 2)

    @property
    def places(self) -> int:
        """Number of positions of a window."""
        return self.kernel_size**2

    @property
    def numbers(self) -> tuple[int, int, int, str, str]:
        """What operators are given in place of this."""
        return self.kernel_size, self.stride, self.dilation, self.boundary, self.layout

    def count(self, size: int) -> int:
        """Number of windows along an axis of this size."""
        return -(-size // self.stride)

    def index(self, grid: tuple[int, int]) -> Tensor:
        """Which position of a map each window sees at each place (i j), -1 for none."""
        return neighbour_index(
            grid,
            self.kernel_size,
            stride=self.stride,
            dilation=self.dilation,
            boundary=self.boundary,
        )

    def pad(self, x: Tensor) -> Tensor:
        """Surround a map (b c h w) with what windows see beyond its border."""
        return pad_map(x, self.reach, self.boundary)

    def unpad(self, gradient: Tensor, size: tuple[int, int]) -> Tensor:
        """The gradient of `pad` for a map of this size."""
        if self.boundary != "reflect":
            edge = self.reach
            return gradient[..., edge : edge + size[0], edge : edge + size[1]].contiguous()
        for axis, length in zip((-2, -1), size, strict=True):
            index = reflected(torch.arange(-self.reach, length + self.reach), length)
            shape = list(gradient.shape)
            shape[axis] = length
            folded = gradient.new_zeros(shape)
            gradient = folded.index_add_(axis, index.to(gradient.device), gradient)
        return gradient

    def slices(self, size: torch.Size) -> list[tuple[slice, slice]]:
        """Cut padded maps into what all windows, (… h' w') in size, see at each place."""
        counts = (size[-2], size[-1])
        return window_slices(counts, self.kernel_size, stride=self.stride, dilation=self.dilation)


def windows_of(numbers: tuple[object, ...]) -> Windows:
    """The windows that an operator was given as numbers."""
    kernel_size, stride, dilation, boundary, layout = numbers
    return Windows(
        cast("int", kernel_size),
        cast("int", stride),
        cast("int", dilation),
        cast("Boundary", boundary),
        cast("Layout", layout),
    )


def group_of(channels: int, groups: int, layout: Layout) -> Tensor:
    """Say which group each channel belongs to, int64 (c).

    "interleaved": channel c belongs to group c mod groups; "contiguous": neighbours share, and the
    last group may be smaller.
    """
    place = torch.arange(channels)
    return place % groups if layout == "interleaved" else place // (-(-channels // groups))


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipe:
    """What an operator is made of.

    Args:
        name: its name in the namespace saccade.
        inputs: the schema of its tensors, such as "Tensor values, Tensor? prior".
        options: the schema of its own numbers, before those of the windows; empty for none.
        outputs: how many tensors it gives; those after the first are only kept for the gradient.
        forward: (*tensors, *options, windows) to the outputs.
        backward: (gradient, *outputs, *tensors, *options, windows) to a gradient for each tensor;
            an empty one for an absent one.
        shapes: the same as forward to the shapes of the outputs.
    """

    name: str
    inputs: str
    options: str = ""
    outputs: int = 1
    forward: Run
    backward: Run
    shapes: Callable[..., Shapes]

    @property
    def count(self) -> int:
        """Number of input tensors."""
        return len(self.inputs.split(","))


def operator(recipe: Recipe) -> CustomOpDef:
    """Make the operator saccade::<name>, with its gradient, shapes and autocast."""
    numbers = f"{recipe.options}, {WINDOWS_SCHEMA}" if recipe.options else WINDOWS_SCHEMA
    given = ", ".join(["Tensor"] * recipe.outputs)
    result = f"({given})" if recipe.outputs > 1 else given

    def run(*arguments: object) -> tuple[Tensor, ...] | Tensor:
        found = recipe.forward(*arguments[:-5], windows_of(arguments[-5:]))
        return found if recipe.outputs > 1 else found[0]

    def fake(*arguments: object) -> tuple[Tensor, ...] | Tensor:
        shapes = recipe.shapes(*arguments[:-5], windows_of(arguments[-5:]))
        like = cast("Tensor", arguments[0])
        found = tuple(like.new_empty(shape) for shape in shapes)
        return found if recipe.outputs > 1 else found[0]

    made = torch.library.custom_op(
        f"saccade::{recipe.name}",
        run,
        mutates_args=(),
        schema=f"({recipe.inputs}, {numbers}) -> {result}",
    )
    made.register_fake(fake)
    made.register_autocast("cpu", torch.float32)
    made.register_autocast("cuda", torch.float32)
    made.register_autograd(_gradient(recipe, numbers), setup_context=_remember(recipe.count))
    return made


def _gradient(recipe: Recipe, numbers: str) -> Callable[..., tuple[Tensor | None, ...]]:
    """Make the operator of the gradient, and the function that autograd calls."""
    kept = "".join(f"Tensor output{i}, " for i in range(recipe.outputs))

    def run(*arguments: object) -> tuple[Tensor, ...]:
        return recipe.backward(*arguments[:-5], windows_of(arguments[-5:]))

    def fake(*arguments: object) -> tuple[Tensor, ...]:
        tensors = arguments[1 + recipe.outputs :][: recipe.count]
        like = cast("Tensor", arguments[0])
        return tuple(like.new_empty(x.shape if isinstance(x, Tensor) else (0,)) for x in tensors)

    given = ", ".join(["Tensor"] * recipe.count)
    made = torch.library.custom_op(
        f"saccade::{recipe.name}_backward",
        run,
        mutates_args=(),
        schema=f"(Tensor gradient, {kept}{recipe.inputs}, {numbers}) -> ({given})",
    )
    made.register_fake(fake)

    def call(ctx: torch.autograd.function.FunctionCtx, *gradients: Tensor) -> tuple[object, ...]:
        saved = ctx.saved_tensors  # type: ignore[attr-defined]
        tensors, outputs = saved[: recipe.count], saved[recipe.count :]
        rest = ctx.numbers  # type: ignore[attr-defined]
        found = made(gradients[0], *outputs, *tensors, *rest)
        pairs = zip(tensors, found, strict=True)
        return (*(None if x is None else g for x, g in pairs), *(None,) * len(rest))

    return call  # type: ignore[return-value]


def _remember(count: int) -> Callable[..., None]:
    def remember(
        ctx: torch.autograd.function.FunctionCtx,
        inputs: tuple[object, ...],
        output: tuple[Tensor, ...] | Tensor,
    ) -> None:
        outputs = output if isinstance(output, tuple) else (output,)
        ctx.save_for_backward(*inputs[:count], *outputs)  # type: ignore[arg-type]
        ctx.numbers = inputs[count:]  # type: ignore[attr-defined]
        ctx.mark_non_differentiable(*outputs[1:])

    return remember
