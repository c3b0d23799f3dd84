"""CCNet: sizes, its head, and what it shows."""

import pytest
import torch
from torch import nn

from saccade.errors import ConfigError, ShapeError
from saccade.inspection import record
from saccade.models import build
from saccade.models.catalog import CATALOG
from saccade.models.ccnet import CCNet, CCNetConfig

TINY = {"depths": (1, 1, 1, 1), "width": 4, "reduction": 4}


def tiny(**changes: object) -> CCNet:
    """A network whose attention is not switched off, as gamma = 0 would."""
    model = CCNet(CCNetConfig(**{**TINY, **changes})).eval()
    nn.init.constant_(model.head.cca.gamma, 0.7)
    return model


def noise(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0))


def count(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


@pytest.mark.parametrize("recurrence", [0, 1, 2, 3])
def test_parameters(recurrence: int) -> None:
    with torch.device("meta"):
        model = build("ccnet_resnet101", recurrence=recurrence)
    assert count(model) == CATALOG["ccnet_resnet101"].parameters == 71_287_911
    assert count(model.head) == 23_934_100
    assert count(model.dsn) == 4_729_875
    assert (model.name, CATALOG["ccnet_resnet101"].task) == ("ccnet_resnet101", "segment")


@pytest.mark.parametrize("size", [(33, 47), (16, 16), (1, 40)])
def test_logits_have_the_size_of_the_image(size: tuple[int, int]) -> None:
    model, images = tiny(), noise(2, 3, *size)
    with torch.no_grad():
        logits, both = model(images), model.forward_with_aux(images)
    assert logits.shape == both.aux.shape == (2, 19, *size)
    assert torch.equal(both.logits, logits)


def test_the_corners_are_those_of_the_small_map() -> None:
    # align_corners: the first and last pixels take the first and last positions' values.
    model, images = tiny(), noise(1, 3, 40, 24)
    with torch.no_grad():
        small = model.head(model.maps(images)[1])
        large = model(images)
    assert small.shape[-2:] == (6, 4)
    torch.testing.assert_close(large[..., ::39, ::23], small[..., ::5, ::3])


def test_recurrence_is_heard() -> None:
    images = noise(1, 3, 32, 48)
    state = tiny().state_dict()
    found = []
    for recurrence in (0, 1, 2):
        model = tiny(recurrence=recurrence)
        model.load_state_dict(state)
        with torch.no_grad():
            found.append(model(images))
    assert not torch.allclose(found[0], found[1], atol=1e-4)
    assert not torch.allclose(found[1], found[2], atol=1e-4)


def test_the_trace_sees_the_crosses() -> None:
    model, images = tiny(), noise(2, 3, 33, 47)
    with torch.no_grad():
        plain = model(images)
        with record(model) as trace:
            watched = model(images)
    torch.testing.assert_close(watched, plain, atol=1e-5, rtol=0)
    assert {layer.name.split(" ")[0] for layer in trace.layers} == {"head.cca"}
    assert all(len(layer.weights) == 2 for layer in trace.layers)


def test_other_classes() -> None:
    model = tiny()
    model.reset_classifier(7)
    assert model.forward_with_aux(noise(1, 3, 16, 16)).aux.shape == (1, 7, 16, 16)
    assert model.config.num_classes == 7


def test_errors() -> None:
    with pytest.raises(ShapeError, match=r"expected the images as \(b c h w\), c=3, got"):
        tiny()(torch.zeros(1, 4, 16, 16))
    with pytest.raises(ConfigError, match="expected depths of four stages, each at least 1"):
        CCNetConfig(depths=(3, 4, 23))
    with pytest.raises(ConfigError, match="expected recurrence of at least 0, got -1; try"):
        CCNetConfig(recurrence=-1)
