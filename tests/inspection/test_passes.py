"""Which calls belong to one pass."""

import pytest
import torch
from torch import Tensor, nn

from saccade.attention import Tap
from saccade.inspection import record


class Gate(nn.Module):
    """Shows a gate of the input's channels."""

    def __init__(self) -> None:
        super().__init__()
        self.tap = Tap("b c")

    def forward(self, x: Tensor) -> Tensor:
        return x * self.tap(x.mean(dim=(2, 3)))[:, :, None, None]


class Glance(nn.Module):
    """Shows one box an image."""

    def __init__(self) -> None:
        super().__init__()
        self.tap = Tap("b s box")

    def forward(self, x: Tensor, step: int) -> Tensor:
        self.tap(torch.full((len(x), 1, 4), float(step)))
        return x


class Twice(nn.Module):
    """Uses one gate at two depths, and looks three times."""

    def __init__(self) -> None:
        super().__init__()
        self.gate, self.last, self.eye = Gate(), Gate(), Glance()

    def features(self, x: Tensor) -> Tensor:
        return self.last(self.gate(self.gate(x)))

    def forward(self, x: Tensor) -> Tensor:
        for step in range(3):
            x = self.eye(x, step)
        return self.features(x)


@pytest.mark.parametrize("compiled", [False, True])
def test_a_shared_module_is_a_layer_for_each_call(normal, compiled: bool) -> None:
    model = Twice()
    run = torch.compile(model, backend="eager") if compiled else model
    first, second = normal(2, 3, 4, 5), normal(1, 3, 4, 5)
    with record(run) as trace:
        run(first)
        run(second)
    by_name = {layer.name: layer for layer in trace.layers}
    assert list(by_name) == ["eye", "gate", "gate (call 2)", "last"]
    x = torch.cat([first, second])
    torch.testing.assert_close(by_name["gate"].weights, x.mean(dim=(2, 3)))
    gated = x * x.mean(dim=(2, 3), keepdim=True)
    torch.testing.assert_close(by_name["gate (call 2)"].weights, gated.mean(dim=(2, 3)))
    assert trace.size == (4, 5)
    assert by_name["eye"].axes == ("image", "time", "scale", "edge")
    times = by_name["eye"].weights
    assert times.shape == (3, 3, 1, 4)
    assert times[:, :, 0, 0].tolist() == [[0.0, 1.0, 2.0]] * 3


def test_parts_called_from_outside_are_passes_too(normal) -> None:
    model = nn.Sequential(Gate(), Gate())
    with record(model) as trace:
        for count in (2, 1):
            x = normal(count, 3, 4, 4)
            for part in model:
                x = part(x)
    assert [tuple(layer.weights.shape) for layer in trace.layers] == [(3, 3), (3, 3)]


def test_after_an_error_counting_starts_anew(normal) -> None:
    model = Twice()
    with record(model) as trace:
        with pytest.raises(IndexError):
            model(normal(3))  # stops at the first gate, after the looks
        trace.__init__()
        model(normal(1, 3, 4, 4))
    assert [layer.name for layer in trace.layers] == ["eye", "gate", "gate (call 2)", "last"]
    assert not model._forward_hooks
    assert not model._forward_pre_hooks
