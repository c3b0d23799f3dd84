"""Models seen through the hooks alone, without a recorder."""

from collections.abc import Callable
from contextlib import AbstractContextManager, contextmanager

import torch
from torch import Tensor, nn

from saccade.attention.reading import Reading
from saccade.inspection.frames import Frames, Run
from saccade.inspection.interception import Interception

Change = Callable[[Tensor], Tensor | None]


class Watch:
    """Notes every call of attention, and perhaps changes its weights."""

    def __init__(self, change: Change | None = None) -> None:
        self.change = change
        self.readings: list[Reading] = []
        self.maps: list[Tensor] = []
        self.names: list[str] = []
        self.ends: list[tuple[int, bool]] = []

    def begin(self, run: Run) -> AbstractContextManager[object]:
        return Interception(run, self.visit)

    def end(self, run: Run, *, whole: bool) -> None:
        self.ends.append((run.number, whole))

    def visit(self, reading: Reading, run: Run) -> Tensor | None:
        if run.again and self.change is None:
            return None
        tracked = torch.set_grad_enabled(self.change is not None)
        with torch.autocast("cpu", enabled=False), tracked:
            rows = reading.rows()
            assert reading.error(rows) < (1e-5 if rows.dtype == reading.dtype else 3e-2)
        self.readings.append(reading)
        self.maps.append(rows.detach())
        self.names.append(run.frame.name)
        return None if self.change is None else self.change(rows)


@contextmanager
def watched(model: nn.Module, change: Change | None = None):
    watch = Watch(change)
    with Frames(model, watch):
        yield watch


class Calls(nn.Module):
    """Runs a function as a module."""

    def __init__(self, function: Callable[..., object]) -> None:
        super().__init__()
        self.function = function
        self.weight = nn.Parameter(torch.ones(()))

    def forward(self, *inputs: object, **named: object) -> object:
        return self.function(*inputs, **named)


def seen(function: Callable[..., object], *inputs: object, change: Change | None = None, **named):
    """Run a function as a module: what it gave, and what was seen."""
    model = Calls(function)
    with watched(model, change) as watch:
        output = model(*inputs, **named)
    return output, watch


def hooks(model: nn.Module) -> int:
    return sum(len(part._forward_hooks) + len(part._forward_pre_hooks) for part in model.modules())
