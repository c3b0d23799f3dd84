"""Attributors of captum's as methods: of inputs, of layers, and those that cannot be."""

from types import ModuleType

import pytest
import torch
from torch import Tensor, nn

from saccade.errors import ConfigError, TraceError
from saccade.explanation import explain
from tests.samples import drawn_model


@pytest.fixture
def captum() -> ModuleType:
    return pytest.importorskip("captum.attr", exc_type=ImportError)


class Convolved(nn.Sequential):
    """A small network of convolutions."""

    def __init__(self) -> None:
        pooled = (nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 3))
        super().__init__(nn.Conv2d(3, 4, 4, 4), nn.Tanh(), *pooled)


@pytest.mark.parametrize(
    "name", ["LayerGradCam", "LayerIntegratedGradients", "LayerGradientXActivation"]
)
def test_layers_that_give_a_map(captum, name: str, drawn, normal) -> None:
    model, images = drawn(Convolved()), normal(2, 3, 16, 16)
    attributor = getattr(captum, name)(model, model[1])
    found = explain(model, images, method=attributor, target=1)
    theirs = attributor.attribute(images, target=1)
    assert (found.method, found.map.shape, found.pixels) == (name, (2, 4, 4), None)
    torch.testing.assert_close(found.map, theirs.sum(1).detach(), atol=1e-6, rtol=1e-4)
    assert found.upsampled().shape == (2, 16, 16)


@pytest.mark.parametrize("name", ["LayerIntegratedGradients", "LayerGradientXActivation"])
def test_layers_of_tokens(captum, name: str, normal) -> None:
    model, images = drawn_model(), normal(2, 3, 8, 8)
    attributor = getattr(captum, name)(model, model.blocks[1].norm1)
    found = explain(model, images, method=attributor, target=1)
    tokens = attributor.attribute(images, target=1).sum(-1)[:, 1:]
    torch.testing.assert_close(found.map, tokens.reshape(2, 4, 4).detach(), atol=1e-6, rtol=1e-4)


def test_gradients_that_add_up(captum, normal) -> None:
    model, images = drawn_model(), normal(1, 3, 8, 8)
    method = captum.LayerIntegratedGradients(model, model.patch_embed)
    found = explain(model, images, method=method, target=0)
    with torch.no_grad():
        change = (model(images) - model(torch.zeros_like(images)))[0, 0]
    torch.testing.assert_close(found.map.sum(), change, atol=1e-3, rtol=1e-2)


def test_what_captum_takes_for_channels_is_refused(captum, normal) -> None:
    model, images = drawn_model(), normal(1, 3, 8, 8)
    method = captum.LayerGradCam(model, model.blocks[1].norm1)
    with pytest.raises(TraceError, match=r"got \(1, 1, 64\); try method='gradcam' or"):
        explain(model, images, method=method)


def test_zeros_are_refused(captum, normal) -> None:
    model, images = drawn_model(), normal(1, 3, 8, 8)
    method = captum.LayerGradientXActivation(model, model.norm)
    with pytest.raises(TraceError, match="is not zero on every patch, got zeros from LayerGrad"):
        explain(model, images, method=method)


def test_attributors_that_need_more(captum, normal) -> None:
    model, images = drawn_model(), normal(1, 3, 8, 8)
    occlusion = captum.Occlusion(model)
    with pytest.raises(ConfigError, match="Occlusion, which needs sliding_window_shapes as well"):
        explain(model, images, method=occlusion)
    activation = captum.LayerActivation(model, model.norm)
    with pytest.raises(ConfigError, match="LayerActivation, which takes no target; try an object"):
        explain(model, images, method=activation)

    class Squares:
        def attribute(self, inputs: Tensor, *, target: Tensor | None = None) -> Tensor:
            return occlusion.attribute(inputs, (3, 2, 2), (3, 2, 2), target=target)

    assert explain(model, images, method=Squares()).map.shape == (1, 4, 4)
