"""Gates of channels and positions as matrix products."""

import itertools
import math

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from saccade.attention import SqueezeExcitation
from tests.oracles.support import Slow, Weights, compare, draw, randomised

BENDS = {"relu": F.relu, "silu": F.silu, "gelu": F.gelu}
GATES = {"sigmoid": torch.sigmoid, "hard_sigmoid": lambda x: (x / 6 + 0.5).clamp(0, 1)}


def _affine(weights: Weights, name: str, z: Tensor) -> Tensor:
    out = z @ weights[f"{name}.weight"].flatten(1).T
    return out + weights.get(f"{name}.bias", 0)


def _channel(weights: Weights, z: Tensor, activation: str) -> Tensor:
    if "conv.weight" not in weights:
        return _affine(weights, "fc2", BENDS[activation](_affine(weights, "fc1", z)))
    kernel = weights["conv.weight"].flatten()
    reach = len(kernel) // 2
    padded = F.pad(z, (reach, reach))
    return sum(kernel[i] * padded[:, i : i + z.shape[1]] for i in range(len(kernel)))


def _slow(where: str, activation: str, gate: str) -> Slow:
    def open_and_close(weights: Weights, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        bend = GATES[gate]
        if where != "spatial":
            channel = bend(_channel(weights, x.mean((2, 3)), activation))
        if where != "channel":
            spatial = bend(_affine(weights, "spatial", x.permute(0, 2, 3, 1)))[..., 0]
        if where == "channel":
            return x * channel[:, :, None, None], [channel]
        if where == "spatial":
            return x * spatial[:, None], [spatial]
        one, other = x * channel[:, :, None, None], x * spatial[:, None]
        both = one + other if where == "both" else torch.maximum(one, other)
        return both, [both / x]

    return open_and_close


@pytest.mark.parametrize("where", ["channel", "spatial", "both", "both_max"])
@pytest.mark.parametrize("gate", list(GATES))
def test_gates(where: str, gate: str) -> None:
    for activation, bias, kernel in itertools.product(BENDS, (True, False), (None, 0, 3)):
        if kernel is not None and where == "spatial":
            continue
        layer = SqueezeExcitation(
            12,
            reduction=5,
            bias=bias,
            activation=activation,
            gate=gate,
            where=where,
            local_kernel=kernel,
        )
        for shape in ((2, 12, 3, 5), (1, 12, 1, 4)):
            slow = _slow(where, activation, gate)
            # torch takes 1/6 in float32 for the slope of its hard sigmoid, whatever the type.
            slope = 1e-6 if gate == "hard_sigmoid" else 1e-10
            compare(randomised(layer, std=0.8), slow, draw(*shape), slope=slope)


@pytest.mark.parametrize("channels", [4, 8, 16, 24, 64, 96, 128, 256, 512, 1000, 2048])
def test_local_kernel_is_that_of_eca(channels: int) -> None:
    near = int(abs((math.log2(channels) + 1) / 2))
    wanted = max(near if near % 2 else near + 1, 3)  # never 1, which would mix nothing
    assert SqueezeExcitation(channels, local_kernel=0).conv.weight.shape[-1] == wanted
