"""Activations of any layer as maps over the image, and a pass whose gradient starts at them.

Axes: b images, c channels, h rows, w columns, n tokens, d features.
"""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from saccade.inspection.frames import Frames, Run, original
from saccade.inspection.graded import layout_among
from saccade.inspection.interception import Interception
from saccade.inspection.structure import grid_of, layout_of
from saccade.layers.tokens import TokenLayout
from saccade.table import Table


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in a model where activations are taken.

    Args:
        name: of the module.
        given: what it is given is taken, else what it gives.
    """

    name: str
    given: bool = False

    def __str__(self) -> str:
        """For people."""
        return f"{'the input of ' if self.given else ''}{self.name or 'the model'}"


def gridded(x: object, images: Tensor, model: nn.Module) -> Tensor | None:
    """Bring activations over the image into the form (b c h w), without special tokens.

    Args:
        x: (b n d), (b c h w) or (b h w c).
        images: what the model was given (b c h w).
        model: whose activations they are.

    Returns:
        None where they do not lie over the image.
    """
    if not isinstance(x, Tensor) or not x.is_floating_point() or x.dim() not in (3, 4):
        return None
    size = images.shape[-2], images.shape[-1]
    if len(x) != len(images) or x.data_ptr() == images.data_ptr():
        return None
    if x.dim() == 4:
        first, last = _distance(x.shape[2:], size), _distance(x.shape[1:3], size)
        if min(first, last) >= 1:
            return None
        return x if first <= last else x.permute(0, 3, 1, 2)
    layout = layout_of(original(model), x.shape[1], size)
    if layout is not None and layout.tokens == x.shape[1]:
        patches = x[:, len(layout.prefix) :]
        return patches.mT.reshape(len(x), -1, *layout.grid)
    grid = grid_of(x.shape[1], size)
    return None if grid is None else x.mT.reshape(len(x), -1, *grid)


def usual_spot(model: nn.Module, images: Tensor) -> Spot | None:
    """Find the activations nearest to the answer that still lie before the last attention.

    Without attention over tokens it is the last layer that gives a map of the image.

    Args:
        model: in eval mode.
        images: (b c h w), of which the first is run.
    """
    one, attention, maps = images[:1], [], []

    class _Scout:
        def begin(self, run: Run) -> Interception:
            def visit(reading: object, run: Run) -> None:
                frame = run.frame
                lies = frame.inputs and gridded(frame.inputs[0], one, model) is not None
                attention.append(Spot(frame.name, given=True) if lies else None)

            return Interception(run, visit)

        def end(self, run: Run, *, whole: bool) -> None:
            pass

    def gave(module: nn.Module, inputs: object, output: object) -> None:
        grid = gridded(tensor_of(output), one, model)
        if grid is not None and min(grid.shape[2:]) > 1:
            maps.append(Spot(names[module]))

    names = {module: name for name, module in original(model).named_modules()}
    hooks = [module.register_forward_hook(gave) for module in names]
    try:
        with torch.no_grad(), Frames(model, _Scout()):
            model(one)
    finally:
        for hook in hooks:
            hook.remove()
    if attention and attention[-1] is not None:
        return attention[-1]
    return maps[-1] if maps else None


def tokens_of(model: nn.Module, images: Tensor) -> TokenLayout | None:
    """The layout of a model's tokens: what it says itself, or what its attention shows.

    Args:
        model: any.
        images: (b c h w), of which the first is run where the model does not say.

    Returns:
        None where no tokens read each other.
    """
    own = getattr(original(model), "layout", None)
    if isinstance(own, TokenLayout):
        return own
    shapes: list[Tensor] = []

    class _Scout:
        def begin(self, run: Run) -> Interception:
            return Interception(
                run, lambda reading, run: shapes.append(torch.empty(reading.shape, device="meta"))
            )

        def end(self, run: Run, *, whole: bool) -> None:
            pass

    with torch.no_grad(), Frames(model, _Scout()):
        model(images[:1])
    return layout_among(model, shapes, (images.shape[-2], images.shape[-1]))


@contextmanager
def leaf_at(model: nn.Module, spot: Spot) -> Iterator[list[Tensor]]:
    """Start the graph of a pass at one place; before it nothing is kept for a gradient.

    Args:
        model: any.
        spot: where.

    Yields:
        What was found there, as the pass goes on with it.

    Raises:
        UnknownName: there is no such module.
    """
    module = Table("module", dict(original(model).named_modules()))[spot.name]
    found: list[Tensor] = []

    def leaf(x: Tensor) -> Tensor:
        torch.set_grad_enabled(True)
        found.append(x.detach().requires_grad_())
        return found[-1]

    with torch.inference_mode(False), torch.no_grad():
        hook = _hook(module, leaf, given=spot.given)
        try:
            yield found
        finally:
            hook()


def tensor_of(output: object) -> object:
    """The tensor that a module gives, or the first of several."""
    return output[0] if isinstance(output, tuple | list) and output else output


def _hook(
    module: nn.Module, leaf: Callable[[Tensor], Tensor], *, given: bool
) -> Callable[[], None]:
    def before(
        module: nn.Module, inputs: tuple[Any, ...], named: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        first = next(x for x in (*inputs, *named.values()) if isinstance(x, Tensor))
        new = leaf(first)
        own = tuple(new if x is first else x for x in inputs)
        return own, {name: new if x is first else x for name, x in named.items()}

    def after(module: nn.Module, inputs: object, output: Any) -> Any:  # noqa: ANN401
        first = tensor_of(output)
        if not isinstance(first, Tensor):
            return output
        return leaf(first) if first is output else type(output)((leaf(first), *output[1:]))

    if given:
        return module.register_forward_pre_hook(before, with_kwargs=True).remove
    return module.register_forward_hook(after).remove


def _distance(grid: torch.Size, size: tuple[int, int]) -> float:
    """How many columns a grid is away from the shape of the image; below 1 it is rounding."""
    rows, columns = grid
    if rows > size[0] or columns > size[1]:
        return math.inf
    return abs(rows * size[1] / size[0] - columns)
