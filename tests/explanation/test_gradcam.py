"""Grad-CAM: by hand, slowly, and where it is refused."""

import pytest
import torch
from torch import nn

from saccade.errors import TraceError, UnknownName
from saccade.explanation.gradcam import gradcam
from saccade.models import build
from tests.samples import drawn_model


def test_by_hand() -> None:
    # Two channels 1 and 2 times the pixels, class 0 the mean of the first less the second's half:
    # weights 1/2 and -1/4 over two pixels, so x/2 - 2x/4 = 0; class 1 is minus the first.
    convolution = nn.Conv2d(1, 2, 1, bias=False)
    convolution.weight.data = torch.tensor([1.0, 2.0]).reshape(2, 1, 1, 1)
    head = nn.Linear(2, 2, bias=False)
    head.weight.data = torch.tensor([[1.0, -0.25], [-1.0, 0.0]])
    model = nn.Sequential(convolution, nn.AdaptiveAvgPool2d(1), nn.Flatten(), head).eval()
    images = torch.tensor([[[[4.0, -8.0], [0.0, 2.0]]]])
    found = gradcam(model, images, target=0, layer="0")
    # Means over four pixels: weights 1/4 and -1/16; x/4 - 2x/16 = x/8, kept where positive.
    assert found.map.tolist() == [[[0.5, 0.0], [0.0, 0.25]]]
    other = gradcam(model, images, target=1)
    assert other.map.tolist() == [[[0.0, 2.0], [0.0, 0.0]]]
    assert other.layers == ("0",)


def test_the_usual_place_is_what_the_last_attention_is_given(normal) -> None:
    model, images = drawn_model(), normal(2, 3, 8, 8)
    usual, named = gradcam(model, images), gradcam(model, images, layer="blocks.1.norm1")
    torch.testing.assert_close(usual.map, named.map)
    assert usual.layers == ("the input of blocks.1.attn",)
    assert usual.layout == model.layout


def test_slowly(normal) -> None:
    model, images = drawn_model(), normal(1, 3, 8, 8)
    kept = []

    def keep(module, inputs, output):
        output.retain_grad()
        kept.append(output)

    with torch.enable_grad():
        hook = model.blocks[0].mlp.register_forward_hook(keep)
        model(images)[0, 2].backward()
        hook.remove()
    (activations,) = kept
    expected = torch.zeros(16)
    for channel in range(activations.shape[2]):
        weight = activations.grad[0, 1:, channel].mean()
        expected += weight * activations[0, 1:, channel].detach()
    found = gradcam(model, images, target=2, layer="blocks.0.mlp").map.flatten()
    torch.testing.assert_close(found, expected.clamp_min(0), atol=1e-6, rtol=1e-5)
    model.zero_grad()


@pytest.mark.parametrize("layer", ["blocks.1", "blocks.1.attn", "blocks.1.norm2", "norm"])
def test_refused_behind_the_last_attention(layer, normal) -> None:
    with pytest.raises(TraceError, match=r"gradients of all patches are zero; try layer=None, for"):
        gradcam(drawn_model(), normal(1, 3, 8, 8), layer=layer)
    pooled = drawn_model(class_token=False, global_pool="avg")
    assert gradcam(pooled, normal(1, 3, 8, 8), layer=layer).map.shape == (1, 4, 4)


def test_windows_and_convolutions(normal) -> None:
    sizes = {"img_size": 16, "patch_size": 2, "window_size": 4, "embed_dim": 8}
    swin = build(
        "swin_tiny_patch4_window7_224", depths=(1,), num_heads=(2,), num_classes=2, **sizes
    )
    assert gradcam(swin.eval(), normal(1, 3, 16, 16)).map.shape == (1, 8, 8)
    resnet = build("resnet18", num_classes=2).eval()
    assert gradcam(resnet, normal(1, 3, 64, 96), layer="layer4.1").map.shape == (1, 2, 3)
    assert gradcam(resnet, normal(1, 3, 64, 96)).map.shape == (1, 2, 3)


def test_errors(normal) -> None:
    model, images = drawn_model(), normal(1, 3, 8, 8)
    with pytest.raises(UnknownName, match=r"'blocks.1.norm'; try blocks.1.norm"):
        gradcam(model, images, layer="blocks.1.norm")
    with pytest.raises(TraceError, match=r"gives a map of the image, got head of shape \(1, 3\)"):
        gradcam(model, images, layer="head")
    plain = nn.Sequential(nn.Flatten(), nn.Linear(192, 2)).eval()
    with pytest.raises(TraceError, match="a layer of Sequential that gives a map"):
        gradcam(plain, images)
