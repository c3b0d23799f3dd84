"""Squeeze-and-excitation: its parameters, those of others, and half precision."""

import pytest
import torch
from torch import Tensor, nn

from saccade.attention import SqueezeExcitation
from saccade.attention.squeeze_excitation import local_kernel_size


def count(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


@pytest.mark.parametrize(
    ("options", "parameters"),
    [
        ({}, 580),  # 2·64²/16 + 4 + 64
        ({"bias": False}, 512),  # 2·64²/16
        ({"hidden": 8}, 2 * 64 * 8 + 8 + 64),
        ({"where": "spatial"}, 65),
        ({"where": "both"}, 580 + 65),
        ({"local_kernel": 0}, 3),
    ],
)
def test_published_sizes(options: dict, parameters: int) -> None:
    assert count(SqueezeExcitation(64, **options)) == parameters


def test_what_it_adds_to_a_resnet_50() -> None:
    blocks = {256: 3, 512: 4, 1024: 6, 2048: 3}
    added = sum(times * count(SqueezeExcitation(c)) for c, times in blocks.items())
    assert added == 28_088_024 - 25_557_032  # SE-ResNet-50 and ResNet-50
    bare = sum(times * count(SqueezeExcitation(c, bias=False)) for c, times in blocks.items())
    assert bare == 28_071_976 - 25_557_032  # the same without biases


def test_fewer_channels_than_the_reduction_still_look_at_the_map(drawn, normal) -> None:
    module = drawn(SqueezeExcitation(8, reduction=16), std=1.0)
    assert module.fc1.out_channels == 1
    seen: list[Tensor] = []
    module.tap.listeners.append(lambda _, weights, __: seen.append(weights))
    module(normal(16, 8, 2, 2))
    assert seen[0].std(dim=0).max() > 0.01


def test_the_width_of_the_local_gate() -> None:
    # (log2(c) + 1) / 2 is 3.5, 4, 4.5, 5, 5.5 and 6 for 64 to 2048 channels.
    widths = [local_kernel_size(c) for c in (1, 4, 64, 128, 256, 512, 1024, 2048)]
    assert widths == [3, 3, 3, 5, 5, 5, 5, 7]


def test_weights_of_linear_layers_are_those_of_convolutions(drawn, normal) -> None:
    ours, x = drawn(SqueezeExcitation(6, hidden=2)), normal(2, 6, 3, 3)
    linear = {
        "part.fc1.weight": ours.fc1.weight[:, :, 0, 0].detach(),
        "part.fc1.bias": ours.fc1.bias.detach(),
        "part.fc2.weight": ours.fc2.weight[:, :, 0, 0].detach(),
        "part.fc2.bias": ours.fc2.bias.detach(),
    }
    other = nn.ModuleDict({"part": SqueezeExcitation(6, hidden=2)})
    other.load_state_dict(linear)
    torch.testing.assert_close(other["part"](x), ours(x), atol=0, rtol=0)
    assert linear["part.fc1.weight"].dim() == 2


def test_the_mean_of_a_large_map_fits_into_float16() -> None:
    module = SqueezeExcitation(2, hidden=1, bias=False).half()
    for parameter in module.parameters():
        parameter.data.fill_(0.01)
    seen: list[Tensor] = []
    module.tap.listeners.append(lambda _, weights, __: seen.append(weights))
    module(torch.full((1, 2, 32, 32), 100.0, dtype=torch.float16))  # its sum is 102,400
    expected = torch.tensor(0.01 * 0.01 * 2 * 100).sigmoid().half().expand(1, 2)
    torch.testing.assert_close(seen[0], expected)


def test_new_weights(drawn) -> None:
    module = drawn(SqueezeExcitation(64, where="both"), std=10.0)
    module.reset_parameters()
    assert all(parameter.abs().max() <= 0.5 for parameter in module.parameters())


@pytest.mark.parametrize("channels", [8, 64])
@torch.no_grad()
def test_equals_timm(timm, drawn, normal, channels: int) -> None:
    layers = timm.layers
    x = normal(2, channels, 5, 7, dtype=torch.float64)
    theirs = drawn(layers.SEModule(channels, rd_ratio=1 / 4, rd_divisor=1).double())
    ours = SqueezeExcitation(channels, reduction=4).double()
    ours.load_state_dict(theirs.state_dict())
    torch.testing.assert_close(ours(x), theirs(x), atol=1e-14, rtol=0)
    theirs = drawn(layers.EcaModule(channels).double())
    ours = SqueezeExcitation(channels, local_kernel=0).double()
    ours.load_state_dict(theirs.state_dict())
    torch.testing.assert_close(ours(x), theirs(x), atol=1e-14, rtol=0)
