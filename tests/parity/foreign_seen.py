"""What must hold of any model of any library while it is recorded."""

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from saccade.inspection import describe, record
from saccade.inspection.trace import Trace

MOST = 1e-5  # what maps, rows and outputs may differ by


def output_of(answer: Any) -> Tensor:
    """The logits, or the first tensor of whatever a model gives."""
    if isinstance(answer, Tensor):
        return answer
    return answer.logits if hasattr(answer, "logits") else output_of(answer[0])


def close(one: Tensor, other: Tensor) -> None:
    torch.testing.assert_close(one, other, atol=MOST, rtol=0)


def seen(model: nn.Module, *inputs: Tensor, **options: Any) -> Trace:
    """Record a model: its output stays, its rows give what its kernel gave, and sum to 1."""
    model.eval()
    with torch.no_grad():
        plain = output_of(model(*inputs))
        with record(model, **options) as trace:
            recorded = output_of(model(*inputs))
    close(recorded, plain)
    assert max(trace.errors.values(), default=0.0) <= MOST
    for layer in trace.layers:
        close(layer.weights.sum(-1), torch.ones(layer.weights.shape[:-1]))
    return trace


def alike(one: Trace, other: Trace) -> None:
    """Two traces hold the same layers."""
    for mine, their in zip(one.layers, other.layers, strict=True):
        assert (mine.name, mine.axes) == (their.name, their.axes)
        close(mine.weights, their.weights)


def facts(model: nn.Module, images: Tensor) -> str:
    """What is recognised, in a line: "2 tokens 4x4 cls, 1 unknown"."""
    layers = describe(model.eval(), images).layers
    words = (" ".join(filter(None, (one.kind, one.grid, *one.prefix))) for one in layers)
    return ", ".join(f"{count} {what}" for what, count in Counter(words).items())


def unfused(model: nn.Module) -> nn.Module:
    """The same network, whose attention makes its maps itself."""
    for part in model.modules():
        if getattr(part, "fused_attn", False) is True:
            part.fused_attn = False
    return model


def own_maps(model: nn.Module, suffix: str, run: Callable[[], object]) -> dict[str, Tensor]:
    """What the modules called so give, by the name of the module around them."""
    maps: dict[str, Tensor] = {}
    hooks = []
    for name, module in model.named_modules():
        around, _, last = name.rpartition(".")
        if last == suffix:
            keep = partial(_keep, maps, around)
            hooks.append(module.register_forward_hook(keep))
    with torch.no_grad():
        run()
    for hook in hooks:
        hook.remove()
    return maps


def _keep(
    maps: dict[str, Tensor], name: str, module: nn.Module, given: object, output: Tensor
) -> None:
    maps[name] = output
