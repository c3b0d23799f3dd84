"""The two blocks, with and without a mechanism, against their formulas."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from saccade.attention.create import ROLES
from saccade.models.residual import BasicBlock, Bottleneck, Site, options_at
from saccade.models.resnet_config import ResNetConfig

PLACES = [
    ("squeeze_excitation", "branch"),
    ("criss_cross", "after"),
    ("spatial_transformer", "before"),
]


def config(**changes: object) -> ResNetConfig:
    sizes = {"layers": (2, 2), "widths": (8, 16), "img_size": 32, "attention_stages": (2,)}
    return ResNetConfig(**{**sizes, **changes})


def block(stage: int = 2, number: int = 0, channels: int = 16, **changes: object) -> nn.Module:
    """A block with weights, none of which is zero."""
    torch.manual_seed(0)
    cell = config(**changes)
    kind = BasicBlock if cell.block == "basic" else Bottleneck
    module = kind(Site(cell, stage, number, channels))
    for parameter in module.parameters():
        parameter.data.normal_(std=0.3)
    for part in module.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.running_mean.normal_(std=0.3)
            part.running_var.uniform_(0.5, 1.5)
    return module.double().eval()


@pytest.fixture
def x() -> Tensor:
    return torch.randn(2, 16, 7, 6, generator=torch.Generator().manual_seed(1)).double()


def conv(state: dict[str, Tensor], name: str, x: Tensor, **options: int) -> Tensor:
    """Convolution and norm by their formulas; `conv1` and `bn1` are called 1."""
    first, norm = (f"conv{name}", f"bn{name}") if name in "123" else (f"{name}.0", f"{name}.1")
    y = F.conv2d(x, state[f"{first}.weight"], **options)
    mean, variance, weight, bias = (
        state[f"{norm}.{part}"][:, None, None]
        for part in ("running_mean", "running_var", "weight", "bias")
    )
    return (y - mean) / (variance + 1e-5).sqrt() * weight + bias


def test_a_basic_block(x: Tensor) -> None:
    module = block(block="basic")
    state = module.state_dict()
    y = conv(state, "1", x, stride=2, padding=1).relu()
    wanted = conv(state, "2", y, padding=1) + conv(state, "downsample", x, stride=2)
    torch.testing.assert_close(module(x), wanted.relu(), atol=1e-12, rtol=1e-12)


@pytest.mark.parametrize("caffe", [False, True])
def test_a_bottleneck(x: Tensor, caffe: bool) -> None:
    module = block(caffe=caffe)
    state, (early, late) = module.state_dict(), (2, 1) if caffe else (1, 2)
    y = conv(state, "1", x, stride=early).relu()
    y = conv(state, "2", y, stride=late, padding=1).relu()
    wanted = conv(state, "3", y) + conv(state, "downsample", x, stride=2)
    torch.testing.assert_close(module(x), wanted.relu(), atol=1e-12, rtol=1e-12)


def test_groups_and_a_narrow_start() -> None:
    module = block(cardinality=2, base_width=32, reduce_first=2, down_kernel_size=3)
    assert module.conv1.weight.shape == (8, 16, 1, 1)
    assert module.conv2.weight.shape == (16, 4, 3, 3)
    assert module.conv2.groups == 2
    assert module.downsample[0].weight.shape == (64, 16, 3, 3)


@pytest.mark.parametrize(("name", "role"), PLACES)
@pytest.mark.parametrize("kind", ["basic", "bottleneck"])
def test_where_mechanisms_stand(x: Tensor, kind: str, name: str, role: str) -> None:
    module = block(
        block=kind,
        attention=name,
        attention_blocks=((2, 0),),
    )
    mechanism = {"branch": module.se, "after": module.attention, "before": module.before}[role]
    entered = mechanism(x) if role == "before" else x
    branch = module.residual(entered)
    if role == "branch":
        branch = mechanism(branch)
    wanted = (branch + module.downsample(entered)).relu()
    torch.testing.assert_close(module(x), mechanism(wanted) if role == "after" else wanted)


@pytest.mark.parametrize("name", [name for name, role in ROLES.items() if role == "conv"])
@pytest.mark.parametrize("kind", ["basic", "bottleneck"])
@pytest.mark.parametrize("number", [0, 1])
def test_what_stands_for_a_convolution(x: Tensor, kind: str, name: str, number: int) -> None:
    channels = 16 if number == 0 else config(block=kind).output(2)
    module = block(number=number, channels=channels, block=kind, attention=name)
    found = module(x.repeat(1, channels // 16, 1, 1))
    size = (4, 3) if number == 0 else (7, 6)
    assert found.shape == (2, config(block=kind).output(2), *size)
    assert not isinstance(module.conv2, nn.Conv2d)


def test_options_that_depend_on_the_stage() -> None:
    gates = config(attention="squeeze_excitation", attention_options={"least_hidden": 8})
    assert options_at(gates, 2, 64) == {"hidden": 8}
    assert options_at(gates, 2, 256) == {"hidden": 16}
    augmented = config(attention="augmented_conv", img_size=(64, 224))
    assert options_at(augmented, 2, 128) == {
        "heads": 8,
        "key_channels": 160,
        "value_channels": 8,
        "size": (8, 28),
        "pool": False,
    }
    assert options_at(config(attention="augmented_conv", img_size=226), 2, 128)["size"] == (15, 15)
