"""Models of torchvision with random weights, the fast path of torch among them."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from tests.parity.foreign_seen import close, facts, seen

pytestmark = [pytest.mark.parity, pytest.mark.filterwarnings("ignore")]


def asked_for_weights(model: nn.Module, images: Tensor) -> list[Tensor]:
    """The maps that nn.MultiheadAttention gives to who asks for them."""
    found: list[Tensor] = []
    for module in model.modules():
        if isinstance(module, nn.MultiheadAttention):
            own = module.forward

            def forward(q: Tensor, k: Tensor, v: Tensor, own: Any = own, **_: object) -> Any:
                output, weights = own(q, k, v, need_weights=True, average_attn_weights=False)
                found.append(weights)
                return output, weights

            module.forward = forward
    with torch.no_grad():
        model(images)
    return found


def test_vit(torchvision: Any) -> None:
    torch.manual_seed(0)
    model = torchvision.models.VisionTransformer(64, 16, 2, 2, 32, 64, num_classes=7).eval()
    images = torch.randn(2, 3, 64, 64)
    assert facts(model, images) == "2 tokens 4x4 cls"
    trace = seen(model, images)
    for layer, own in zip(trace.layers, asked_for_weights(model, images), strict=True):
        close(layer.weights, own)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["vit_b_16", "swin_t", "swin_v2_t", "maxvit_t"])
def test_as_they_are_made(torchvision: Any, name: str) -> None:
    torch.manual_seed(0)
    model = getattr(torchvision.models, name)()
    assert len(seen(model, torch.randn(1, 3, 224, 224)).layers) in (12, 22)


def test_windows(torchvision: Any) -> None:
    torch.manual_seed(0)
    images = torch.randn(2, 3, 64, 64)
    for block in (
        torchvision.models.swin_transformer.SwinTransformerBlock,
        torchvision.models.swin_transformer.SwinTransformerBlockV2,
    ):
        swin = torchvision.models.SwinTransformer([4, 4], 16, [2], [2], [4, 4], block=block).eval()
        assert facts(swin, images) == "1 windows 16x16, 1 windows shifted 16x16"
        seen(swin, images)
    maxvit = torchvision.models.MaxVit((64, 64), 16, 2, [16], [1], 16, 0.0).eval()
    assert facts(maxvit, images) == "1 windows 16x16, 1 windows of a grid 16x16"
    seen(maxvit, images)
