"""Numbers of layers of any kind."""

import math

import pytest
import torch

from saccade import record
from saccade.attention.place import Place
from saccade.errors import TraceError
from saccade.inspection.kit.distance import attention_distance
from saccade.inspection.kit.layer_numbers import (
    distances_of,
    entropies_of,
    layers_of,
    received_of,
    uniform_of,
)
from saccade.inspection.layer_map import LayerMap
from saccade.inspection.trace import Trace
from saccade.layers import TokenLayout
from saccade.models import build
from tests.inspection.seen import LAYOUT, traced

AXES = ("image", "head", "query", "key")
NAMES = ("distance (px)", "distance over mass on patches (px)")


def windowed(normal) -> LayerMap:
    """A 2x4 map of which each row is a window of five keys, the last of them outside."""
    index = torch.tensor([[row * 4 + column for column in range(4)] + [-1] for row in range(2)])
    weights = normal(2, 3, 8, 5, dtype=torch.float64).softmax(-1).float()
    place = Place((2, 4), (2, 4), index.repeat_interleave(4, dim=0))
    return LayerMap("stage.0", AXES, weights, place, None, (8, 32))


def test_windows_slowly(normal) -> None:
    layer = windowed(normal)
    found, received = distances_of(layer), received_of(layer)
    for image in range(2):
        for head in range(3):
            plain = again = 0.0
            keys = [0.0] * 8
            for i in range(8):
                row = layer.weights[image, head, i].tolist()
                far = sum(row[j] * abs(j - i % 4) * 8.0 for j in range(4))
                plain, again = plain + far / 8, again + far / sum(row[:4]) / 8
                for j in range(4):
                    keys[i // 4 * 4 + j] += row[j] / 8
            for name, expected in zip(NAMES, (plain, again), strict=True):
                assert float(found[name][image, head]) == pytest.approx(expected, rel=1e-5)
            torch.testing.assert_close(received[image, head], torch.tensor(keys))
    assert math.isnan(uniform_of(layer))


def test_tokens_are_measured_as_before(normal) -> None:
    maps = normal(2, 1, 3, 7, 7).softmax(-1)
    (layer,) = layers_of(traced(maps))
    for name, again in zip(NAMES, (False, True), strict=True):
        expected = attention_distance(maps[:, 0], LAYOUT, renormalize=again)
        torch.testing.assert_close(distances_of(layer)[name], expected)
    torch.testing.assert_close(received_of(layer), maps[:, 0].mean(-2))
    entropy = -(maps * maps.log()).sum(-1)[:, 0]
    found = entropies_of(layer)
    torch.testing.assert_close(found["entropy (nats)"], entropy.mean(-1))
    torch.testing.assert_close(found["entropy of class token (nats)"], entropy[..., 0])
    torch.testing.assert_close(entropies_of(layer, 3)["entropy of query 3 (nats)"], entropy[..., 3])


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("swin_tiny_patch4_window7_224", {"depths": (2, 2), "num_heads": (2, 4), "embed_dim": 16}),
        ("pvt_v2_b0", {"img_size": 32}),
    ],
)
def test_stages_of_real_models(name: str, changes) -> None:
    torch.manual_seed(0)
    sizes = {"img_size": 56, "window_size": 7} if name.startswith("swin") else {}
    model = build(name, num_classes=3, **{**sizes, **changes}).eval()
    side = model.config.image[0]
    with torch.inference_mode(), record(model) as trace:
        model(torch.randn(1, 3, side, side))
    for layer in layers_of(trace):
        for numbers in (distances_of(layer), entropies_of(layer)):
            assert all(bool((number >= 0).all()) for number in numbers.values())
        far = distances_of(layer)[NAMES[0]]
        assert bool((far <= side * math.sqrt(2)).all())
        torch.testing.assert_close(received_of(layer).sum(-1), torch.ones_like(far))


def test_layers_of_unknown_place_and_none(normal) -> None:
    layer = LayerMap("x", AXES, normal(1, 2, 5, 5).softmax(-1))
    assert bool(distances_of(layer)[NAMES[0]].isnan().all())
    trace = Trace(TokenLayout((), (2, 2), (4, 4)))
    trace.add("gate", ("b", "c"), torch.ones(1, 4))
    with pytest.raises(TraceError, match="layers whose queries read keys, got maps of image chan"):
        layers_of(trace)
