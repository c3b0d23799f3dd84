"""What is kept of a pass, on a model of saccade and on small modules of others."""

import threading

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import saccade
from saccade.errors import ShapeError, TraceError
from saccade.inspection import record
from saccade.inspection.kit.distance import attention_distance
from saccade.inspection.kit.entropy import row_entropies
from saccade.inspection.kit.rollout import rollout
from tests.inspection.shown import hooks
from tests.inspection.test_frames import left


class Small(nn.Module):
    """Patches, a class token and two layers with two heads, written by somebody else."""

    def __init__(self, fused: bool = True) -> None:
        super().__init__()
        self.fused, self.stem = fused, nn.Conv2d(3, 8, 4, 4)
        self.cls_token = nn.Parameter(torch.randn(1, 1, 8))
        self.layers = nn.ModuleList(nn.Linear(8, 24) for _ in range(2))

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x).flatten(2).mT
        x = torch.cat([self.cls_token.expand(len(x), -1, -1), x], 1)
        for layer in self.layers:
            q, k, v = (y.unflatten(-1, (2, 4)).transpose(1, 2) for y in layer(x).chunk(3, -1))
            read = (
                F.scaled_dot_product_attention(q, k, v)
                if self.fused
                else (q @ k.mT / 2).softmax(-1) @ v
            )
            x = x + read.transpose(1, 2).flatten(2)
        return x


@pytest.fixture(params=["saccade", "fused", "explicit"])
def model(request, drawn) -> nn.Module:
    if request.param == "saccade":
        return drawn(saccade.create_model("vit_pico_patch2_8"), 0.2)
    return drawn(Small(request.param == "fused"))


def pixels(model: nn.Module) -> int:
    return 16 if isinstance(model, Small) else 8


@torch.no_grad()
def recorded(model: nn.Module, x: Tensor, **options: object):
    plain = model(x)
    with record(model, **options) as trace:
        output = model(x)
    torch.testing.assert_close(output, plain, atol=1e-6, rtol=0)
    assert left(model) == (0, 0)
    assert max(trace.errors.values(), default=0.0) <= 1e-5
    return trace


def test_some_layers_heads_and_queries(model: nn.Module, normal) -> None:
    x = normal(2, 3, pixels(model), pixels(model))
    every = recorded(model, x).attention
    trace = recorded(model, x, layers=[-1, 0], heads=[-1, 0], queries="cls")
    torch.testing.assert_close(trace.attention, every[:, [0, -1]][:, :, [-1, 0]][..., :1, :])
    heads = every.shape[2]
    assert {(one.queries, one.heads) for one in trace.layers} == {((0,), (heads - 1, 0))}
    side = pixels(model) / 4
    trace = recorded(model, x, queries=[(0, 0), (4 * side - 0.01, side)], dtype=torch.float16)
    assert trace.attention.dtype == torch.float16
    numbers = trace.layers[0].queries
    assert numbers == (1, 1 + 4 + 3)
    torch.testing.assert_close(trace.attention.float(), every[..., numbers, :], atol=1e-3, rtol=0)
    for wrong in ({"heads": [heads]}, {"heads": [-heads - 1]}, {"queries": [(99, 0)]}):
        with pytest.raises((ShapeError, TraceError), match=r"^expected .*, got .*; try"):
            recorded(model, x, **wrong)
        assert left(model) == (0, 0)


@pytest.mark.parametrize("names", ["mean", ("entropy", "distance"), ("sinks", "rollout", "mean")])
def test_numbers_in_place_of_maps(model: nn.Module, normal, names) -> None:
    x = normal(2, 3, pixels(model), pixels(model))
    whole = recorded(model, x)
    every, layout = whole.attention, whole.grid
    trace = recorded(model, x, reduce=names)
    wanted = {
        "mean": every.mean(2),
        "entropy": row_entropies(every).mean(-1),
        "distance": attention_distance(every, layout),
        "sinks": every.mean((2, 3)),
        "rollout": rollout(every)[:, None, 0],
    }
    assert set(trace.reduced) == ({names} if isinstance(names, str) else set(names))
    for name, layers in trace.reduced.items():
        found = torch.stack([torch.cat(passes) for passes in layers.values()], 1)
        torch.testing.assert_close(found, wanted[name], atol=1e-4, rtol=1e-4)
    assert trace.bytes == 0
    with pytest.raises(TraceError, match=r"^expected maps, got only numbers.*; try"):
        _ = trace.layers


def test_the_last_layer_needs_room_for_itself_only(model: nn.Module, normal) -> None:
    x = normal(1, 3, pixels(model), pixels(model))
    one = recorded(model, x, layers=[-1])
    assert len(one.layers) == 1
    again = recorded(model, x, layers=[-1], limit=one.bytes)
    torch.testing.assert_close(again.attention, one.attention)
    with pytest.raises(TraceError, match=r"^expected maps of at most .*, got .*; try"):
        recorded(model, x, limit=one.bytes)


def test_a_pass_that_fails_leaves_nothing(model: nn.Module, normal) -> None:
    x = normal(3, 3, pixels(model), pixels(model))
    last = list(model.modules())[-1]
    with record(model) as trace:
        model(x[:1])
        hook = last.register_forward_pre_hook(lambda module, inputs: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            model(x)
        hook.remove()
        model(x[1:])
    torch.testing.assert_close(trace.attention, recorded(model, x).attention)


def test_passes_of_threads_come_in_order(model: nn.Module, normal) -> None:
    x = normal(4, 3, pixels(model), pixels(model))
    begun, later = threading.Event(), threading.Event()

    def wait(module: nn.Module, inputs: object) -> None:
        if threading.current_thread().name == "first":
            begun.set()
            later.wait(5)

    hook = next(model.children()).register_forward_pre_hook(wait)
    with record(model) as trace, torch.no_grad():
        first = threading.Thread(target=model, args=(x[:1],), name="first")
        first.start()
        begun.wait(5)
        model(x[1:3])
        model(x[3:])
        later.set()
        first.join()
    hook.remove()
    torch.testing.assert_close(trace.attention, recorded(model, x).attention)
    assert hooks(model) == 0
