"""An estimate is what a recording takes, byte for byte."""

import pytest
import torch
from torch import nn

import saccade
from saccade.errors import TraceError
from saccade.inspection.estimate import estimate

KINDS = [
    {},
    {"queries": "cls"},
    {"heads": [0, 2], "layers": [-1]},
    {"layers": ["blocks.1*"], "dtype": torch.float16},
    {"queries": [(3.0, 4.0)]},
]


@pytest.fixture(scope="module")
def model():
    return saccade.create_model("vit_pico_patch2_8").eval()


@pytest.mark.parametrize("options", KINDS, ids=str)
def test_maps_take_what_was_estimated(model, options):
    images = torch.zeros(3, 3, 8, 8)
    foreseen = estimate(model, images, **options)
    with torch.no_grad(), saccade.record(model, **options) as trace:
        model(images)
    held = [layer.weights for layer in trace.layers]
    assert foreseen.bytes == sum(one.numel() * one.element_size() for one in held)
    assert [name for name, _ in foreseen.layers] == [layer.name for layer in trace.layers]


@pytest.mark.parametrize("names", [("entropy",), ("mean", "sinks"), ("distance", "entropy")])
def test_numbers_take_what_was_estimated(model, names):
    foreseen = estimate(model, (2, 3, 8, 8), reduce=names)
    with torch.no_grad(), saccade.record(model, reduce=names) as trace:
        model(torch.zeros(2, 3, 8, 8))
    held = [one for layers in trace.reduced.values() for ones in layers.values() for one in ones]
    assert foreseen.bytes == sum(one.numel() * one.element_size() for one in held)


def test_a_rollout_is_told_with_its_links(model):
    # 3 layers of 17 x 17 float32 for each image: queries and keys would take more.
    assert estimate(model, (5, 3, 8, 8), reduce="rollout").bytes == 5 * 3 * 17 * 17 * 4


def test_a_recording_within_its_estimate_is_not_refused(model):
    images = torch.zeros(2, 3, 8, 8)
    limit = estimate(model, images).bytes
    with torch.no_grad(), saccade.record(model, limit=limit):
        model(images)
    with (
        pytest.raises(TraceError, match=r"queries='cls' \(544 B a layer\)"),
        torch.no_grad(),
        saccade.record(model, limit=limit - 1),
    ):
        model(images)


def test_a_foreign_model_is_estimated_and_left_alone():
    layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True).eval()
    foreseen = estimate(layer, torch.zeros(4, 5, 8))
    assert foreseen.bytes == 4 * 2 * 5 * 5 * 4
    assert "400 B for 4 images" not in str(foreseen)
    assert str(foreseen).startswith("800 B for 4 images and 1 layers")
    assert not layer._forward_hooks


def test_errors(model):
    with pytest.raises(TraceError, match="four sizes, got"):
        estimate(model, (3, 8, 8))
    with pytest.raises(TraceError, match="at least one image"):
        estimate(model, torch.zeros(0, 3, 8, 8))
    with pytest.raises(TraceError, match="which computes none"):
        estimate(nn.Linear(4, 4), torch.zeros(2, 4))
