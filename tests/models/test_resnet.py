"""Residual networks as wholes: their start, images of any size, other sizes and classes."""

import copy
import math

import pytest
import torch

from saccade.errors import ShapeError
from saccade.models import build
from saccade.models.resnet import ResNet
from saccade.models.resnet_config import STEMS, ResNetConfig


def noise(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0))


def tiny(**changes: object) -> ResNet:
    sizes = {"layers": (1, 1), "widths": (16, 16), "num_classes": 5, "img_size": 32}
    torch.manual_seed(0)
    return ResNet(ResNetConfig(**{**sizes, "attention_stages": (2,), **changes})).eval()


def test_the_start() -> None:
    torch.manual_seed(0)
    state = build("resnet18", num_classes=10).state_dict()
    for name, outputs in (("layer2.0.conv1", 128 * 9), ("layer4.0.downsample.0", 512)):
        wanted = math.sqrt(2 / outputs)
        assert float(state[f"{name}.weight"].std()) == pytest.approx(wanted, rel=0.02)
    assert not state["layer1.0.bn2.weight"].any()
    assert bool((state["layer1.0.bn1.weight"] == 1).all())
    assert bool((state["layer2.0.downsample.1.weight"] == 1).all())


@pytest.mark.parametrize("block", ["basic", "bottleneck"])
def test_a_fresh_block_is_its_shortcut(block: str) -> None:
    model = build("resnet50", block=block, layers=(1, 2, 1, 1), img_size=32).eval()
    last, x = model.layer2[1], noise(1, model.config.output(2), 5, 4).relu()
    assert torch.equal(last(x), x)


def test_the_same_seed_gives_the_same_weights_again() -> None:
    one, two = tiny(attention="non_local"), tiny(attention="non_local")
    for (name, first), second in zip(
        one.state_dict().items(), two.state_dict().values(), strict=True
    ):
        assert torch.equal(first, second), name


@pytest.mark.parametrize("stem", STEMS)
@pytest.mark.parametrize("size", [(33, 47), (32, 64), (65, 9)])
def test_images_of_any_size(stem: str, size: tuple[int, int]) -> None:
    model = tiny(stem=stem, img_size=size)
    with torch.no_grad():
        tokens = model.tokens(noise(2, 3, *size))
    assert tokens.shape == (2, model.layout.tokens, 64)
    assert bool(tokens.isfinite().all())


@pytest.mark.parametrize("caffe", [False, True])
def test_the_layout_is_the_last_map(caffe: bool) -> None:
    for side in range(17, 41, 3):
        model = tiny(caffe=caffe, img_size=(side, 64))
        with torch.no_grad():
            assert model.maps(noise(1, 3, side, 64)).shape[2:] == model.layout.grid


def test_a_fresh_head_keeps_type_and_the_rest() -> None:
    model = tiny().double()
    before = copy.deepcopy(model.layer1.state_dict())
    model.reset_classifier(3)
    assert (model.fc.out_features, model.fc.weight.dtype) == (3, torch.float64)
    assert model.head is model.fc
    assert all(torch.equal(value, before[key]) for key, value in model.layer1.state_dict().items())


def test_wrong_images() -> None:
    with pytest.raises(ShapeError) as error:
        tiny()(noise(1, 1, 32, 32))
    assert str(error.value).startswith("expected the images as (b c h w), c=3, got (1, 1, 32, 32)")
    with pytest.raises(ShapeError, match="floating point"):
        tiny()(torch.zeros(1, 3, 32, 32, dtype=torch.uint8))
