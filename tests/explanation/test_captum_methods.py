"""Integrated gradients, occlusion and other attributors of captum's."""

import sys

import pytest
import torch
from torch import Tensor

from saccade.errors import ConfigError, MissingExtra, TraceError
from saccade.explanation import explain
from saccade.explanation.captum_methods import integrated_gradients, occlusion
from tests.explanation.small import Pixels
from tests.samples import drawn_model


@pytest.fixture
def captum():
    return pytest.importorskip("captum.attr", exc_type=ImportError)


class Gradient:
    """An attributor as captum's are, without captum: input times gradient."""

    def __init__(self, model, shape=None) -> None:
        self.model, self.shape = model, shape

    def attribute(self, inputs: Tensor, *, target: Tensor | None = None) -> Tensor:
        scores = self.model(inputs).gather(1, target[:, None]).sum()
        (found,) = torch.autograd.grad(scores, inputs)
        found = found * inputs
        return found if self.shape is None else found.reshape(self.shape)


def test_integrated_gradients_are_complete(captum, normal) -> None:
    model, images = drawn_model(), normal(2, 3, 8, 8)
    found = integrated_gradients(model, images, target=1, steps=100)
    with torch.no_grad():
        change = (model(images) - model(torch.zeros_like(images)))[:, 1]
    torch.testing.assert_close(found.map.sum((1, 2)), change, atol=1e-3, rtol=1e-3)
    assert found.pixels.shape == (2, 8, 8)
    torch.testing.assert_close(found.pixels.sum((1, 2)), found.map.sum((1, 2)))


def test_by_hand(captum) -> None:
    # Logits 2 and -1 times the mean of the class token and two pixels.
    images = torch.tensor([[[[3.0, 6.0]]]])
    model = Pixels((1, 2))
    for method in (integrated_gradients, occlusion):
        torch.testing.assert_close(method(model, images, 0).map, torch.tensor([[[2.0, 4.0]]]))
        torch.testing.assert_close(method(model, images, 1).map, torch.tensor([[[-1.0, -2.0]]]))


def test_a_real_attributor_is_a_method(captum, normal) -> None:
    model, images = drawn_model(), normal(2, 3, 8, 8)
    found = explain(model, images, method=captum.InputXGradient(model), target=0)
    own = explain(model, images, method=Gradient(model), target=0)
    torch.testing.assert_close(found.map, own.map, atol=1e-5, rtol=1e-4)
    assert (found.method, found.map.shape) == ("InputXGradient", (2, 4, 4))


def test_any_attributor_is_a_method(normal) -> None:
    model, images = drawn_model(), normal(2, 3, 8, 8)
    found = explain(model, images, method=Gradient(model))
    assert found.target.tolist() == model(images).argmax(1).tolist()
    layers = explain(model, images, method=Gradient(model, (2, 12, 4, 4)))
    assert (layers.map.shape, layers.pixels) == ((2, 4, 4), None)
    with pytest.raises(TraceError, match=r"over the image or its patches, got \(2, 192\)"):
        explain(model, images, method=Gradient(model, (2, 192)))
    with pytest.raises(ConfigError, match="a class as the target of an attributor"):
        explain(model, images, method=Gradient(model), target=lambda logits: logits[:, 0])
    with pytest.raises(ConfigError, match="no options beside an attributor"):
        explain(model, images, method=Gradient(model), options={"steps": 3})


def test_options_out_of_range(normal) -> None:
    model, images = drawn_model(), normal(1, 3, 8, 8)
    with pytest.raises(ConfigError, match="steps of 1 or more"):
        integrated_gradients(model, images, steps=0)
    for options in ({"window": 9}, {"window": 2, "stride": 3}, {"window": 0}):
        with pytest.raises(ConfigError, match="a window inside the image"):
            occlusion(model, images, **options)


@pytest.mark.parametrize("method", ["integrated_gradients", "occlusion"])
def test_without_captum(method, normal, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "captum.attr", None)
    with pytest.raises(MissingExtra, match=r"try pip install 'saccade\[explain\]'"):
        explain(drawn_model(), normal(1, 3, 8, 8), method=method)
