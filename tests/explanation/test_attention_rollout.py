"""Rollout of the tokens that the answer is made of."""

import pytest
import torch

from saccade.errors import ConfigError
from saccade.explanation.attention_rollout import attention_rollout, fused_maps
from saccade.inspection.kit.rollout import rollout, to_grid
from saccade.inspection.record import record
from tests.explanation.small import Pixels
from tests.samples import drawn_model


def test_by_hand() -> None:
    # Both layers read all four tokens alike: rows (I + 1/4)/2, and (I + 3/4)/2 for two of them.
    found = attention_rollout(Pixels((1, 3), layers=2), torch.ones(1, 1, 1, 3))
    torch.testing.assert_close(found.map, torch.full((1, 1, 3), 3 / 16))


@pytest.mark.parametrize(
    "options",
    [{}, {"head_fusion": "max", "discard_ratio": 0.5}, {"residual": 0.3, "start_layer": 1}],
    ids=str,
)
def test_it_is_the_rollout_of_a_trace(options, normal) -> None:
    model, images = drawn_model(), normal(2, 3, 8, 8)
    with torch.no_grad(), record(model) as trace:
        model(images)
    expected = to_grid(rollout(trace.attention, **options), model.layout)
    torch.testing.assert_close(attention_rollout(model, images, **options).map, expected)


def test_means_of_patches_ask_for_all_patches(normal) -> None:
    model, images = drawn_model(class_token=True, global_pool="avg"), normal(1, 3, 8, 8)
    with torch.no_grad(), record(model) as trace:
        model(images)
    rows = rollout(trace.attention)[:, 1:].mean(dim=1)[:, 1:]
    torch.testing.assert_close(attention_rollout(model, images).map, rows.reshape(1, 4, 4))


def test_a_pool_asks_its_question(normal) -> None:
    model, images = drawn_model(class_token=False, global_pool="map"), normal(1, 3, 8, 8)
    with torch.no_grad(), record(model) as trace:
        model(images)
    asked = trace.layers[-1].weights.mean(1)
    rows = asked @ rollout(trace.attention)
    torch.testing.assert_close(attention_rollout(model, images).map, rows.reshape(1, 4, 4))


def test_one_map_of_each_layer_is_kept(normal) -> None:
    model = drawn_model()
    maps, names, layout = fused_maps(model, normal(2, 3, 8, 8), "it", fuse=lambda x: x.mean(1))
    assert [tuple(x.shape) for x in maps] == [(2, 17, 17)] * 2
    assert (names[0], layout) == ("blocks.0.attn", model.layout)


def test_errors(normal) -> None:
    model, images = drawn_model(), normal(1, 3, 8, 8)
    for options, words in (
        ({"start_layer": 2}, "start_layer from 0 to 1"),
        ({"residual": 1.0}, "residual"),
        ({"discard_ratio": 1.0}, "discard_ratio"),
        ({"head_fusion": "sum"}, "head_fusion mean, max or min"),
    ):
        with pytest.raises(ConfigError, match=words):
            attention_rollout(model, images, **options)
