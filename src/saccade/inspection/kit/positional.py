"""How a model tells positions: the kernels of all its turns, biases and tables.

Nothing is asked of the model's class. A blank image goes through it while its attention is watched:
turns and biases are what each block is handed. Windowed attention holds its own table, and a table
of positions is what the model says of itself.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import torch
from torch import Tensor, nn

from saccade.attention.multi_head import MultiHeadAttention
from saccade.attention.windowed import WindowedAttention
from saccade.errors import TraceError
from saccade.inspection.kit.kernel import (
    PositionKernel,
    bias_kernel,
    offset_kernel,
    table_kernel,
    turn_kernel,
)
from saccade.layers.rotary import Turns
from saccade.layers.tokens import TokenLayout


@torch.no_grad()
def position_kernels(model: nn.Module, images: Tensor) -> tuple[PositionKernel, ...]:
    """Find all that positions alone say in a model: its table first, then layer by layer.

    Layers that are handed the very same turns or biases share one kernel, whose `layer` is empty.

    Args:
        model: a model of tokens, or of windows.
        images: an image of the size that the model takes (1 c h w); what it shows does not matter.

    Raises:
        TraceError: the model tells no positions, or none that are known here.
    """
    found = [*_tables(model), *_handed(model, images), *_windows(model)]
    if not found:
        raise TraceError(
            "a model with positions: a table, turns or biases",
            f"{type(model).__name__} without",
            "a vision transformer",
        )
    return tuple(found)


def _tables(model: nn.Module) -> Iterator[PositionKernel]:
    ask = getattr(model, "position_table", None)
    table, layout = ask() if callable(ask) else None, getattr(model, "layout", None)
    if table is not None and isinstance(layout, TokenLayout):
        yield table_kernel(table.detach().cpu(), layout.grid)


def _windows(model: nn.Module) -> Iterator[PositionKernel]:
    for name, part in model.named_modules():
        if isinstance(part, WindowedAttention):
            side = part.window_size
            window = (side, side) if isinstance(side, int) else (side[0], side[1])
            table = part.relative_position_bias_table.detach().cpu()
            yield offset_kernel(table, window, layer=name)


def _handed(model: nn.Module, images: Tensor) -> list[PositionKernel]:
    """Kernels of what the blocks are handed while the model runs."""
    layout = getattr(model, "layout", None)
    if not isinstance(layout, TokenLayout):
        return []
    seen: dict[str, Turns | Tensor] = {}
    with ExitStack() as stack:
        for name, part in model.named_modules():
            if isinstance(part, MultiHeadAttention):
                hook = part.register_forward_pre_hook(_noting(seen, name), with_kwargs=True)
                stack.callback(hook.remove)
        for part in [part for part in model.modules() if part.training]:
            stack.callback(setattr, part, "training", True)
        model.eval()(images)
    values = list(seen.values())
    if len(values) > 1 and all(_same(values[0], other) for other in values[1:]):
        seen = {"": values[0]}
    return [_kernel(told, layout, name) for name, told in seen.items()]


def _noting(
    seen: dict[str, Turns | Tensor], name: str
) -> Callable[[nn.Module, tuple[object, ...], dict[str, object]], None]:
    def note(part: nn.Module, inputs: tuple[object, ...], named: dict[str, object]) -> None:
        for word in ("rotary", "bias"):
            told = named.get(word)
            if isinstance(told, Turns | Tensor):
                seen[name] = told

    return note


def _same(one: Turns | Tensor, other: Turns | Tensor) -> bool:
    if isinstance(one, Turns) and isinstance(other, Turns):
        return one is other or torch.equal(one.sine, other.sine)
    if isinstance(one, Tensor) and isinstance(other, Tensor):
        return one is other or (one.shape == other.shape and torch.equal(one, other))
    return False


def _kernel(told: Turns | Tensor, layout: TokenLayout, name: str) -> PositionKernel:
    if isinstance(told, Turns):
        turns = Turns(told.sine.cpu(), told.cosine.cpu(), told.halves)
        return turn_kernel(turns, layout.grid, layer=name)
    return bias_kernel(told.detach().cpu().reshape(-1, *told.shape[-2:]), layout.grid, layer=name)
