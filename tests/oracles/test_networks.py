"""Whole networks as plain compositions over their state dict: SAN, CCNet, ResNets."""

from collections.abc import Mapping

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from saccade.models import build
from tests.oracles.support import close, draw, randomised
from tests.oracles.test_criss_cross import _slow as criss_cross
from tests.oracles.test_vector import _slow as vector

State = Mapping[str, Tensor]


def _part(state: State, prefix: str) -> dict[str, Tensor]:
    start = f"{prefix}."
    return {name.removeprefix(start): t for name, t in state.items() if name.startswith(start)}


def _norm(state: State, name: str, x: Tensor) -> Tensor:
    norm = _part(state, name)
    return F.batch_norm(x, norm["running_mean"], norm["running_var"], norm["weight"], norm["bias"])


def _conv(state: State, name: str, x: Tensor, **options: int) -> Tensor:
    return F.conv2d(x, state[f"{name}.weight"], state.get(f"{name}.bias"), **options)


def _san(state: State, x: Tensor, kind: str, depths: tuple[int, ...], sides: tuple) -> Tensor:
    x = _norm(state, "bn_in", _conv(state, "conv_in", x)).relu()
    for stage, (depth, side) in enumerate(zip(depths, sides, strict=True)):
        x = _conv(state, f"conv{stage}", F.max_pool2d(x, 2))
        for block in range(depth):
            name = f"layer{stage}.{block}"
            relation = "subtraction" if kind == "pairwise" else "concatenation"
            options = {"kind": kind, "relation": relation, "boundary": "reflect"}
            options |= {"kernel_size": side, "stride": 1, "dilation": 1}
            options |= {"positions": True, "layout": "interleaved"}
            inner = _norm(state, f"{name}.bn1", x).relu()
            inner, _ = vector(options)(_part(state, f"{name}.sam"), inner)
            inner = _norm(state, f"{name}.bn2", inner).relu()
            x = x + _conv(state, f"{name}.conv", inner)
        x = _norm(state, f"bn{stage}", x).relu()
    return F.linear(x.mean((2, 3)), state["fc.weight"], state["fc.bias"])


@pytest.mark.parametrize("kind", ["pairwise", "patchwise"])
def test_san(kind: str) -> None:
    depths, sides = (2, 1, 1, 1, 1), (3, 7, 7, 3, 3)
    net = build(
        f"san10_{kind}", depths=depths, kernel_sizes=sides, num_classes=5, img_size=(160, 128)
    )
    net = randomised(net, std=0.2)
    x = draw(1, 3, 160, 128)
    with torch.no_grad():
        close(net(x), _san(net.state_dict(), x, kind, depths, sides), 1e-11)


def _bottleneck(state: State, name: str, x: Tensor, stride: int, dilation: int) -> Tensor:
    y = _norm(state, f"{name}.bn1", _conv(state, f"{name}.conv1", x)).relu()
    y = _conv(state, f"{name}.conv2", y, stride=stride, padding=dilation, dilation=dilation)
    y = _norm(
        state, f"{name}.bn3", _conv(state, f"{name}.conv3", _norm(state, f"{name}.bn2", y).relu())
    )
    if f"{name}.downsample.0.weight" in state:
        x = _conv(state, f"{name}.downsample.0", x, stride=stride)
        x = _norm(state, f"{name}.downsample.1", x)
    return (x + y).relu()


def _stages(state: State, x: Tensor, shape: list[tuple[int, int, int]]) -> list[Tensor]:
    maps = []
    for stage, (depth, stride, dilation) in enumerate(shape, 1):
        for block in range(depth):
            step = stride if block == 0 else 1
            x = _bottleneck(state, f"layer{stage}.{block}", x, step, dilation)
        maps.append(x)
    return maps


def _leaky(state: State, name: str, x: Tensor) -> Tensor:
    return F.leaky_relu(_norm(state, name, x), 0.01)


def _ccnet(state: State, x: Tensor, passes: int) -> Tensor:
    size = x.shape[-2:]
    for i, stride in ((1, 2), (2, 1), (3, 1)):
        x = _norm(state, f"bn{i}", _conv(state, f"conv{i}", x, stride=stride, padding=1)).relu()
    x = F.max_pool2d(x, 3, 2, 1, ceil_mode=True)
    x = _stages(state, x, [(1, 1, 1), (2, 2, 1), (2, 1, 2), (2, 1, 4)])[-1]
    head = _part(state, "head")
    y = _leaky(head, "conva.1", _conv(head, "conva.0", x, padding=1))
    y, _ = criss_cross(passes)(_part(head, "cca"), y)
    y = _leaky(head, "convb.1", _conv(head, "convb.0", y, padding=1))
    y = _conv(head, "bottleneck.0", torch.cat([x, y], 1), padding=1)
    y = _conv(head, "bottleneck.3", _leaky(head, "bottleneck.1", y))
    return F.interpolate(y, size, mode="bilinear", align_corners=True)


@pytest.mark.parametrize("passes", [1, 2])
def test_ccnet(passes: int) -> None:
    net = build("ccnet_resnet101", depths=(1, 2, 2, 2), width=8, recurrence=passes)
    net = randomised(net, std=0.2)
    x = draw(1, 3, 49, 65)
    with torch.no_grad():
        close(net(x), _ccnet(net.state_dict(), x, passes), 1e-11)


def test_resnet() -> None:
    net = randomised(build("resnet50", layers=(1, 2, 1, 1), num_classes=5), std=0.2)
    state, x = net.state_dict(), draw(2, 3, 65, 97)
    with torch.no_grad():
        y = _norm(state, "bn1", _conv(state, "conv1", x, stride=2, padding=3)).relu()
        y = F.max_pool2d(y, 3, 2, 1)
        y = _stages(state, y, [(1, 1, 1), (2, 2, 1), (1, 2, 1), (1, 2, 1)])[-1]
        wanted = F.linear(y.mean((2, 3)), state["fc.weight"], state["fc.bias"])
        close(net(x), wanted, 1e-11)
