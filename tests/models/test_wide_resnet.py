"""Wide residual networks, plain and attention-augmented."""

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from saccade.attention import AugmentedConv
from saccade.errors import ConfigError, ShapeError
from saccade.inspection import record
from saccade.models import build
from saccade.models.catalog import CATALOG
from saccade.models.wide_resnet import WideResNet, WideResNetConfig

TINY: dict[str, Any] = {"depth": 10, "widen_factor": 1, "min_head": 2, "img_size": (12, 8)}


def tiny(**changes: object) -> WideResNet:
    """A small network with drawn weights and statistics, in eval mode and double precision."""
    model = WideResNet(WideResNetConfig(**{**TINY, **changes}))
    generator = torch.Generator().manual_seed(0)
    for parameter in model.parameters():
        parameter.data.normal_(std=0.2, generator=generator)
    for norm in model.modules():
        if isinstance(norm, nn.BatchNorm2d):
            norm.running_mean.normal_(generator=generator)
            norm.running_var.uniform_(0.5, 2, generator=generator)
    return model.double().eval()


def noise(*shape: int) -> Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


@pytest.mark.parametrize(
    ("name", "parameters", "published"),
    [
        ("wide_resnet28_10", 36_536_884, 36.5e6),
        ("aa_wide_resnet28_10", 36_312_660, 36.2e6),
    ],
)
def test_parameters(name: str, parameters: int, published: float) -> None:
    with torch.device("meta"):
        model = build(name)
        assert model(torch.empty(1, 3, 32, 32)).shape == (1, 100)
    count = sum(parameter.numel() for parameter in model.parameters())
    assert count == CATALOG[name].parameters == parameters
    assert count == pytest.approx(published, rel=0.01)


def test_channels_of_the_attention() -> None:
    with torch.device("meta"):
        model = build("aa_wide_resnet28_10")
    layers = [part for part in model.modules() if isinstance(part, AugmentedConv)]
    assert [layer.parts for layer in layers[::4]] == [(160, 160, v) for v in (16, 32, 64)]
    assert [layer.stride for layer in layers] == [1, 1, 1, 1, 2, 1, 1, 1, 2, 1, 1, 1]
    assert [tuple(layer.key_rel_h.shape) for layer in layers[::4]] == [(63, 20), (31, 20), (15, 20)]


def slowly(model: WideResNet, x: Tensor) -> Tensor:
    """The authors' functional form, from the state dict."""
    state = model.state_dict()

    def norm(x: Tensor, name: str) -> Tensor:
        parts = (state[f"{name}.{part}"] for part in ("running_mean", "running_var"))
        return F.relu(F.batch_norm(x, *parts, state[f"{name}.weight"], state[f"{name}.bias"]))

    x = F.conv2d(x, state["conv0.weight"], padding=1)
    for group in range(3):
        for block in range(model.config.blocks):
            name, stride = f"group{group}.block{block}", 2 if group and not block else 1
            ready = norm(x, f"{name}.bn0")
            y = F.conv2d(ready, state[f"{name}.conv0.weight"], stride=stride, padding=1)
            y = F.conv2d(norm(y, f"{name}.bn1"), state[f"{name}.conv1.weight"], padding=1)
            short = state.get(f"{name}.convdim.weight")
            x = y + (x if short is None else F.conv2d(ready, short, stride=stride))
    return F.linear(norm(x, "bn").mean((2, 3)), state["fc.weight"], state["fc.bias"])


@pytest.mark.parametrize("changes", [{"depth": 16}, {"widen_factor": 2}], ids=str)
@torch.no_grad()
def test_slowly(changes: dict[str, object]) -> None:
    model, images = tiny(**changes), noise(2, 3, 12, 8)
    torch.testing.assert_close(model(images), slowly(model, images), atol=1e-12, rtol=0)


@torch.no_grad()
def test_attention_is_seen_and_sizes_can_change() -> None:
    model, images = tiny(augmented=True, num_classes=5), noise(2, 3, 12, 8)
    plain = model(images)
    with record(model) as trace:
        torch.testing.assert_close(model(images), plain, atol=1e-12, rtol=0)
    places = [layer.place for layer in trace.layers]
    assert [place.queries for place in places] == [(12, 8), (6, 4), (3, 2)]
    for shape in ((7, 9), (1, 6)):
        assert model(noise(1, 3, *shape)).isfinite().all()
    large = noise(1, 3, 16, 16)
    stretched = model(large)
    model.set_input_size(16)
    torch.testing.assert_close(model(large), stretched, atol=1e-12, rtol=0)
    other = WideResNet(model.config).double().eval()
    other.load_state_dict(model.state_dict())
    assert torch.equal(other(large), model(large))


def test_what_every_classifier_can_be_asked() -> None:
    model, images = tiny(drop_rate=0.3), noise(2, 3, 12, 8)
    assert (model.layout.prefix, model.layout.grid, model.layout.patch) == ((), (3, 2), (4, 4))
    assert model.tokens(images).shape == (2, 6, 64)
    assert model.patch_kernel().shape == (16, 3, 3, 3)
    assert model.position_table() is None
    model.reset_classifier(0)
    assert torch.equal(model(images), model.features(images))
    model.reset_classifier(7)
    assert model(images).shape == (2, 7)
    with pytest.raises(ShapeError, match="c=3"):
        model(images[:, :2])


@pytest.mark.parametrize("augmented", [False, True])
def test_fresh_weights(augmented: bool) -> None:
    model = WideResNet(WideResNetConfig(**{**TINY, "augmented": augmented, "widen_factor": 4}))
    for parameter in model.parameters():
        nn.init.constant_(parameter, 7.0)
    model.reset_parameters()
    assert not [name for name, p in model.named_parameters() if bool((p == 7.0).any())]
    kernel = model.get_submodule("group2.block0.conv1").weight.detach()
    assert float(kernel.std()) == pytest.approx((2 / (9 * 256)) ** 0.5, rel=0.05)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"depth": 27},
            "expected a depth of 4 more than a multiple of 6, such as 28, got 27; try depth=28",
        ),
        ({"heads": 0}, "expected a positive heads, got 0; try heads=8"),
        ({"kappa": 2}, "expected kappa from 0 to 1, got 2; try kappa=0.1"),
        ({"num_classes": -1}, "expected num_classes of at least 0, got -1; try num_classes=10"),
    ],
)
def test_errors(changes: dict[str, object], sentence: str) -> None:
    with pytest.raises(ConfigError) as error:
        WideResNetConfig(**changes)
    assert str(error.value) == sentence
