"""Where a mechanism can go, how many channels it gets, and what is refused."""

import pytest
import torch
from torch import nn

from saccade.attention.insertion import insert
from saccade.errors import ConfigError, ShapeError, UnknownName
from saccade.models import build
from tests.attention.networks import Basic, Bottle, Small

CONV = ["local_self", "local_relation", "augmented_conv", "vector"]
KEEPS = ["windowed", "reduced", "multi_head", "additive"]


def channels(model: nn.Module, pattern: str, place: str) -> list[int]:
    """How many channels the mechanisms get."""
    found = insert(model, pattern, "non_local", place=place)
    return [model.get_submodule(f"{key}.inserted").channels for key in found]


@pytest.mark.parametrize(
    ("block", "first", "last"),
    [
        (Basic(8, 8), 8, 8),
        (Basic(8, 16, 2), 8, 16),
        (Bottle(8, 4), 8, 16),
        (Bottle(8, 4, 2), 8, 16),
        (nn.Sequential(nn.GroupNorm(2, 6), nn.ReLU()), 6, 6),
        (nn.Sequential(nn.ConvTranspose2d(6, 4, 2)), 6, 4),
    ],
)
def test_channels_are_read_off_the_layers(block: nn.Module, first: int, last: int) -> None:
    net = nn.ModuleDict({"a": block})
    assert channels(net, "a", "after") == [last]
    net = nn.ModuleDict({"a": block})
    for part in block.modules():
        part._modules.pop("inserted", None)
        part._forward_hooks.clear()
    assert channels(net, "a", "before") == [first]


def test_channels_of_our_own_blocks() -> None:
    sizes = {"layers": (1, 2), "widths": (8, 16), "stem": "conv3"}
    assert channels(build("resnet18", **sizes), "layer?.*", "after") == [8, 16, 16]
    assert channels(build("resnet18", **sizes), "layer?.*", "before") == [8, 8, 16]
    assert channels(build("seresnet50", **sizes, attention_stages=(2,)), "layer?.*", "after") == [
        32,
        64,
        64,
    ]
    assert channels(build("resnet50", **sizes), "layer?.*", "before") == [8, 32, 64]


@pytest.mark.parametrize("name", CONV)
@pytest.mark.parametrize("size", [(8, 12), (9, 11)])
def test_convolutions_are_replaced_with_their_stride(name: str, size: tuple[int, int]) -> None:
    model = Small().eval()
    pixels = torch.randn(1, 8, *size)
    shape = model.layer2[0](pixels).shape
    found = insert(model, "layer2.*", name, kernel_size=3)
    assert found == [f"layer2.{block}.conv{n}" for block in (0, 1) for n in (1, 2)]
    assert model.layer2[0](pixels).shape == shape
    assert model(torch.randn(2, 3, *size)).shape == (2, 5)
    assert "layer2.0.downsample.0.weight" in model.state_dict()


@pytest.mark.parametrize("name", KEEPS)
def test_mechanisms_that_keep_their_channels_are_followed_by_a_mean_of_squares(name: str) -> None:
    net = nn.Sequential(nn.Conv2d(8, 8, 3, 2, 1), nn.ReLU()).eval()
    pixels = torch.randn(1, 8, 8, 9)
    shape = net(pixels).shape
    assert insert(net, "0", name) == ["0"]
    assert net(pixels).shape == shape == (1, 8, 4, 5)


def refused(kind: type[Exception], model: nn.Module, *args: str, **options: object) -> str:
    names = list(model.state_dict())
    with pytest.raises(kind) as caught:
        insert(model, *args, **options)
    assert list(model.state_dict()) == names  # nothing was begun
    return str(caught.value)


def test_what_is_refused_in_one_sentence() -> None:
    model = Small()
    assert refused(UnknownName, model, "layer3", "non_local") == (
        "expected a module that matches 'layer3', got none; try layer2 or layer1 or layer2.1"
    )
    assert "try criss_cross" in refused(UnknownName, model, "layer2.*", "cris_cross")
    assert refused(ConfigError, model, "layer2.*.act1", "non_local") == (
        "expected layers in layer2.0.act1 that tell its number of channels, got none; "
        "try channels=64"
    )
    assert refused(ConfigError, model, "layer2.1", "non_local", place="replace") == (
        "expected a mechanism that can replace a convolution, got 'non_local'; try one of "
        "local_self, local_relation, augmented_conv, vector, windowed, reduced, multi_head, "
        "additive"
    )
    assert refused(ConfigError, model, "fc", "local_self") == (
        "expected convolutions larger than 1x1 to replace, got none in fc; try another module"
    )
    assert refused(ConfigError, model, "layer2.*", "multi_head") == (
        "expected as many channels out as in, which is all that multi_head can give, got 8 to 16; "
        "try another place, or local_self, local_relation, vector or augmented_conv"
    )
    assert refused(ConfigError, model, "fc", "non_local", place="inside") == (
        "expected place auto, after, before, branch or replace, got 'inside'; try place='auto'"
    )
    assert refused(ConfigError, model, "layer2.*", "local_self", kernel=5) == (
        "expected an option of local_self, got 'kernel'; try kernel_size"
    )
    net = nn.Sequential(nn.Sequential(), nn.Conv2d(3, 8, 5))
    assert refused(ConfigError, net, "0", "non_local", channels=3) == (
        "expected a sequence that is not empty, got 0; try another pattern"
    )
    assert refused(ConfigError, net, "1", "local_self", heads=1) == (
        "expected convolutions with odd kernels, padding of half a kernel and one stride, got 1 "
        "with kernel (5, 5), padding (0, 0), stride (1, 1); try place='after'"
    )


def test_a_module_takes_one_mechanism() -> None:
    model = Small()
    insert(model, "layer2.1", "non_local")
    # The first block is free, but all or none get one.
    assert refused(ConfigError, model, "layer2.*", "criss_cross") == (
        "expected a module without an inserted mechanism, got layer2.1; try eject(model) before"
    )
    assert refused(ConfigError, model, "layer2", "criss_cross").startswith("expected a module")


def test_a_module_must_give_one_map() -> None:
    net = nn.ModuleDict({"a": nn.LSTM(3, 4)})
    insert(net, "a", "non_local", channels=4)
    with pytest.raises(ShapeError) as caught:
        net["a"](torch.zeros(2, 1, 3))
    assert str(caught.value) == (
        "expected a module that takes and gives one feature map, got tuple; try another module"
    )
