"""What a recording leaves behind: nothing."""

import gc
import threading
import weakref
from contextlib import AbstractContextManager

import pytest
import torch
from torch import Tensor, nn
from torch.overrides import _get_current_function_mode_stack

from saccade.inspection import record


class Tiny(nn.Module):
    """The least that attends."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(1))

    def forward(self, x: Tensor) -> Tensor:
        q = x * self.scale
        return nn.functional.scaled_dot_product_attention(q, x, x)


def hooks(model: nn.Module) -> int:
    return sum(len(part._forward_hooks) + len(part._forward_pre_hooks) for part in model.modules())


@pytest.mark.parametrize("count", [150, pytest.param(10_000, marks=pytest.mark.slow)])
@torch.no_grad()
def test_many_small_recordings(normal, count: int) -> None:
    model, x = Tiny(), normal(1, 1, 2, 4)
    before, traces = dict(model.__dict__), []
    for number in range(count):
        with record(model) as trace:
            model(x)
        if number % 50 == 0:
            traces.append(weakref.ref(trace))
        if number == 50:
            gc.collect()
            objects = len(gc.get_objects())
    del trace
    gc.collect()
    assert [one for one in traces if one() is not None] == []
    assert len(gc.get_objects()) - objects < 200
    assert (hooks(model), _get_current_function_mode_stack()) == (0, [])
    assert model.__dict__.keys() == before.keys()


def test_threads_that_run_one_model_inside_one_recording(normal) -> None:
    model, x = Tiny(), normal(8, 1, 2, 4)
    with record(model) as trace:
        threads = [threading.Thread(target=model, args=(part,)) for part in x.split(1) * 4]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert trace.attention.shape == (32, 1, 1, 2, 2)
    alone = torch.cat([_map(model, part) for part in x.split(1)])
    found = trace.attention[:, 0]
    nearest = (found[:, None] - alone[None]).abs().flatten(2).amax(-1).amin(-1)
    assert float(nearest.max()) < 1e-6
    assert hooks(model) == 0


@pytest.mark.parametrize(
    "within",
    [torch.no_grad(), torch.enable_grad(), torch.inference_mode(), torch.autocast("cpu")],
    ids=["no_grad", "grad", "inference", "autocast"],
)
def test_every_way_to_run(normal, within: AbstractContextManager[object]) -> None:
    model, x = Tiny(), normal(2, 1, 3, 4)
    with within:
        plain = model(x)
        with record(model) as trace:
            recorded = model(x)
    torch.testing.assert_close(recorded, plain, atol=0, rtol=0)
    assert recorded.requires_grad == plain.requires_grad
    assert not trace.attention.requires_grad
    assert max(trace.errors.values()) < 3e-2


def _map(model: nn.Module, x: Tensor) -> Tensor:
    with record(model) as trace:
        model(x)
    return trace.attention[:, 0]
