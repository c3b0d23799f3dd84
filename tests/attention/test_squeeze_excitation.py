"""Squeeze-and-excitation and its relatives, loop by loop."""

import math

import pytest
import torch
from torch import Tensor

from saccade.attention import SqueezeExcitation
from saccade.errors import ConfigError, ShapeError


def test_by_hand() -> None:
    # Two channels with means 2 and 1. fc1 = (1, -1) gives ReLU(2 - 1) = 1; fc2 = (ln 3, 0) gives
    # the gates 3/4 and 1/2.
    gate = SqueezeExcitation(2, hidden=1, bias=False)
    gate.fc1.weight.data = torch.tensor([1.0, -1.0]).reshape(1, 2, 1, 1)
    gate.fc2.weight.data = torch.tensor([math.log(3), 0.0]).reshape(2, 1, 1, 1)
    seen = []
    gate.tap.listeners.append(lambda _, weights, __: seen.append(weights))
    output = gate(torch.tensor([[[[1.0, 3.0]], [[0.0, 2.0]]]]))
    torch.testing.assert_close(seen[0], torch.tensor([[0.75, 0.5]]))
    torch.testing.assert_close(output, torch.tensor([[[[0.75, 2.25]], [[0.0, 1.0]]]]))


def bend(name: str, value: float) -> float:
    if name == "relu":
        return max(value, 0.0)
    if name == "silu":
        return value / (1 + math.exp(-value))
    if name == "gelu":
        return value * (1 + math.erf(value / math.sqrt(2))) / 2
    if name == "sigmoid":
        return 1 / (1 + math.exp(-value))
    return min(max(value / 6 + 0.5, 0.0), 1.0)


def layer(weight: Tensor, bias: Tensor | None, values: list[float]) -> list[float]:
    rows, start = weight.flatten(1).tolist(), [0.0] * len(weight) if bias is None else bias.tolist()
    return [
        begin + sum(w * v for w, v in zip(row, values, strict=True))
        for begin, row in zip(start, rows, strict=True)
    ]


def channel_gates(module: SqueezeExcitation, image: Tensor) -> list[float]:
    """Section 3 of the paper, or section 3.2 of ECA-Net."""
    means = [sum(channel.flatten().tolist()) / channel.numel() for channel in image]
    if hasattr(module, "conv"):
        kernel = module.conv.weight.flatten().tolist()
        reach = len(kernel) // 2
        logits = [
            sum(
                kernel[step] * means[c + step - reach]
                for step in range(len(kernel))
                if 0 <= c + step - reach < len(means)
            )
            for c in range(len(means))
        ]
    else:
        hidden = layer(module.fc1.weight, module.fc1.bias, means)
        hidden = [bend(module.activation, value) for value in hidden]
        logits = layer(module.fc2.weight, module.fc2.bias, hidden)
    return [bend(module.gate, value) for value in logits]


def slowly(module: SqueezeExcitation, image: Tensor) -> Tensor:
    """One image, number by number."""
    output = torch.zeros_like(image)
    gates = [1.0] * len(image) if module.where == "spatial" else channel_gates(module, image)
    for row in range(image.shape[1]):
        for column in range(image.shape[2]):
            values = image[:, row, column].tolist()
            opened = 1.0
            if module.where != "channel":
                (logit,) = layer(module.spatial.weight, module.spatial.bias, values)
                opened = bend(module.gate, logit)
            for c, value in enumerate(values):
                by_channel, by_position = value * gates[c], value * opened
                output[c, row, column] = {
                    "channel": by_channel,
                    "spatial": by_position,
                    "both": by_channel + by_position,
                    "both_max": max(by_channel, by_position),
                }[module.where]
    return output


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"bias": False, "reduction": 2, "gate": "hard_sigmoid"},
        {"hidden": 3, "activation": "silu"},
        {"hidden": 3, "activation": "gelu"},
        {"where": "spatial"},
        {"where": "spatial", "bias": False, "gate": "hard_sigmoid"},
        {"where": "both", "reduction": 3},
        {"where": "both_max", "reduction": 3},
        {"local_kernel": 5},
        {"local_kernel": 0},
        {"local_kernel": 1, "where": "both"},
    ],
    ids=str,
)
@pytest.mark.parametrize("shape", [(2, 6, 3, 5), (1, 6, 1, 4), (1, 6, 3, 1), (1, 6, 1, 1)])
@torch.no_grad()
def test_slowly(drawn, normal, options: dict, shape: tuple[int, ...]) -> None:
    module = drawn(SqueezeExcitation(6, **options).double(), std=0.8)
    x = normal(*shape, dtype=torch.float64)
    for image, output in zip(x, module(x), strict=True):
        torch.testing.assert_close(output, slowly(module, image), atol=1e-12, rtol=0)


def test_where_the_positions_are_does_not_matter_to_channels(drawn, normal) -> None:
    module, x = drawn(SqueezeExcitation(4, reduction=2)), normal(2, 4, 3, 5)
    torch.testing.assert_close(module(x.flip(3).transpose(2, 3)).transpose(2, 3).flip(3), module(x))


def test_the_layout_in_memory_does_not_matter(drawn, normal) -> None:
    module, x = drawn(SqueezeExcitation(4, where="both", reduction=2)), normal(2, 4, 3, 5)
    torch.testing.assert_close(module(x.contiguous(memory_format=torch.channels_last)), module(x))


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"gate": "tanh"}, "gate as one of sigmoid, hard_sigmoid, got 'tanh'; try gate='sigmoid'"),
        ({"reduction": 0}, "positive sizes, got channels=4, reduction=0, hidden=None"),
        ({"local_kernel": 4}, "an odd local_kernel, or 0 for ECA-Net's rule, got 4; try local_"),
        ({"local_kernel": 3, "where": "spatial"}, "no local_kernel without a channel gate, got lo"),
    ],
)
def test_options_that_cannot_work(options: dict, sentence: str) -> None:
    with pytest.raises(ConfigError) as error:
        SqueezeExcitation(4, **options)
    assert str(error.value).startswith(f"expected {sentence}")


def test_another_number_of_channels() -> None:
    with pytest.raises(ShapeError) as error:
        SqueezeExcitation(4)(torch.zeros(2, 5, 3, 3))
    assert str(error.value) == (
        "expected the feature map as (b c h w), c=4, got (2, 5, 3, 3); "
        "try a tensor whose axes are image, channel, row, column"
    )
