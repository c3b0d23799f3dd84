"""Models of timm with random weights: what is recognised, and that maps are timm's own."""

from typing import Any

import pytest
import torch

from tests.parity.foreign_models import TIMM
from tests.parity.foreign_seen import MOST, alike, close, facts, own_maps, seen, unfused

pytestmark = [pytest.mark.parity, pytest.mark.filterwarnings("ignore")]
# Their softmax is recorded; they mix its heads, or blend in positions, before values are read.
CHANGED = ("cait_xxs24_224", "convit_tiny")


@pytest.mark.parametrize(("name", "sides", "options", "told"), TIMM, ids=[one[0] for one in TIMM])
def test_recognised_and_as_its_own(
    timm: Any, name: str, sides: tuple[int, int], options: dict[str, Any], told: str
) -> None:
    torch.manual_seed(0)
    model = timm.create_model(name, num_classes=7, **options)
    images = torch.randn(2, 3, *sides)
    assert facts(model, images) == told
    trace = seen(model, images)
    alike(trace, seen(unfused(model), images))
    own = own_maps(model, "attn_drop", lambda: model(images))
    for layer in trace.layers:
        map_ = own.get(layer.name)
        if map_ is not None and map_.shape == layer.weights.shape and name not in CHANGED:
            close(layer.weights, map_)


def test_a_hook_of_timm_gives_the_same_maps(timm: Any) -> None:
    torch.manual_seed(0)
    model = timm.create_model("vit_tiny_patch16_224", img_size=64, depth=2).eval()
    images = torch.randn(2, 3, 64, 64)
    trace = seen(model, images)
    own = own_maps(unfused(model), "attn_drop", lambda: model(images))
    assert list(own) == [layer.name for layer in trace.layers]
    assert max(float((own[one.name] - one.weights).abs().max()) for one in trace.layers) <= MOST


def test_queries_and_reducers_of_a_foreign_model(timm: Any) -> None:
    torch.manual_seed(0)
    model = timm.create_model("vit_small_patch14_reg4_dinov2", img_size=84, depth=2).eval()
    images = torch.randn(2, 3, 84, 84)
    every = seen(model, images)
    from_class = seen(model, images, queries="cls")
    point = seen(model, images, queries=[(30, 50)])
    for layer, one, other in zip(every.layers, from_class.layers, point.layers, strict=True):
        close(one.weights[:, :, 0], layer.weights[:, :, 0])
        close(other.weights[:, :, 0], layer.weights[:, :, 5 + 3 * 6 + 2])
