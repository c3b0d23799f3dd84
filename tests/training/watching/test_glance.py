"""A look into a model: the numbers are those of whole maps, and the model is left alone."""

import math

import pytest
import torch
from torch import nn

import saccade
from saccade.inspection.kit.distance import attention_distance, uniform_distance
from saccade.models import build
from saccade.training.watching.glance import LayerSeen, glance
from tests.training.watching.conftest import images, tiny


def test_numbers_are_those_of_whole_maps() -> None:
    model, pixels = tiny().eval(), images(5)
    seen = glance(model, pixels)
    with torch.no_grad(), saccade.record(model) as trace:
        logits = model(pixels)
    torch.testing.assert_close(seen.logits, logits)
    assert [layer.name for layer in seen.layers] == [layer.name for layer in trace.layers]
    for layer, known in zip(seen.layers, trace.layers, strict=True):
        weights = known.weights
        row = weights[:, :, 0, 1:].reshape(5, 2, 2, 2)
        entropy = -(weights * weights.log()).sum(-1).mean(-1)
        torch.testing.assert_close(layer.maps, row)
        torch.testing.assert_close(layer.entropy, entropy)
        torch.testing.assert_close(layer.distance, attention_distance(weights, model.layout))
        assert layer.relative == pytest.approx((entropy.mean(0) / math.log(5)).tolist())


def test_without_a_class_token_all_queries_count() -> None:
    model, pixels = tiny(class_token=False, global_pool="avg").eval(), images(2)
    seen = glance(model, pixels)
    with torch.no_grad(), saccade.record(model) as trace:
        model(pixels)
    wanted = trace.layers[1].weights.mean(-2).reshape(2, 2, 2, 2)
    torch.testing.assert_close(seen.layers[1].maps, wanted)
    assert seen.layers[0].even == pytest.approx(uniform_distance(model.layout))


def test_the_model_and_chance_are_left_alone() -> None:
    model, state = tiny(), torch.get_rng_state()
    model.blocks[0].eval()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    modes = [module.training for module in model.modules()]
    glance(model, images())
    assert torch.equal(torch.get_rng_state(), state)
    assert [module.training for module in model.modules()] == modes
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert all(one.grad is None and one.requires_grad for one in model.parameters())


def test_a_model_without_attention_gives_answers_only() -> None:
    model = nn.Sequential(nn.Flatten(), nn.Linear(36, 3))
    seen = glance(model, images())
    assert seen.layers == ()
    assert seen.logits.shape == (3, 3)
    assert seen.lack == "only the answers are watched, no attention: Sequential computes none"


def test_weights_that_are_no_numbers_are_told_and_raise_nothing() -> None:
    model = tiny()
    model.blocks[0].attn.qkv.weight.data.fill_(math.nan)
    seen = glance(model, images())
    assert "NaN" in seen.lack
    assert seen.relative == {}


def test_one_key_has_no_relative_entropy() -> None:
    layer = LayerSeen("a", 1, torch.ones(1, 2, 1, 1), torch.zeros(1, 2), torch.zeros(1, 2))
    assert all(math.isnan(one) for one in layer.relative)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "grid"), [("swin_tiny_patch4_window7_224", (56, 56)), ("pvt_v2_b0", (7, 7))]
)
def test_windows_and_coarse_keys_lie_on_their_grid(name, grid) -> None:
    seen = glance(build(name), torch.randn(1, 3, 224, 224))
    assert seen.lack == ""
    assert tuple(seen.layers[0].maps.shape[2:]) == grid
    assert seen.layers[0].maps.sum((-1, -2)).mean().item() == pytest.approx(1, abs=1e-4)
    assert all(0.9 < one <= 1.0001 for one in seen.layers[0].relative)
