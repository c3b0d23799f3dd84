"""What the answer's tokens read in one layer."""

import pytest
import torch

from saccade.errors import ConfigError
from saccade.explanation.raw_attention import raw_attention
from saccade.inspection.record import record
from tests.explanation.small import Pixels
from tests.samples import drawn_model


def test_by_hand() -> None:
    # Scores 1·1, 1·0 and 1·ln 2, for the class token and two pixels: shares of e, 1 and 2.
    images = torch.tensor([[[[0.0, 0.6931472]]]])
    found = raw_attention(Pixels((1, 2), key=1.0), images)
    e = 2.718281828
    expected = torch.tensor([[[1 / (e + 3), 2 / (e + 3)]]])
    torch.testing.assert_close(found.map, expected)
    assert found.classes is None


def test_any_layer_head_and_query(normal) -> None:
    model, images = drawn_model(), normal(2, 3, 8, 8)
    with torch.no_grad(), record(model) as trace:
        model(images)
    maps = trace.attention[..., 1:]
    for options, expected in (
        ({}, maps[:, 1, :, 0].mean(1)),
        ({"layer": 0, "head": 2}, maps[:, 0, 2, 0]),
        ({"query": 5}, maps[:, 1, :, 5].mean(1)),
    ):
        found = raw_attention(model, images, **options)
        torch.testing.assert_close(found.map.flatten(1), expected)


def test_a_pool_asks_first_and_its_question_goes_down(normal) -> None:
    model, images = drawn_model(class_token=False, global_pool="map"), normal(1, 3, 8, 8)
    with torch.no_grad(), record(model) as trace:
        model(images)
    asked = trace.layers[-1].weights.mean(1)
    torch.testing.assert_close(raw_attention(model, images).map.flatten(1), asked[:, 0])
    below = (asked @ trace.layers[1].weights.mean(1))[:, 0]
    torch.testing.assert_close(raw_attention(model, images, layer=-2).map.flatten(1), below)


def test_errors(normal) -> None:
    model, images = drawn_model(), normal(1, 3, 8, 8)
    for options, words in (
        ({"layer": 2}, "a layer from -2 to 1, got 2"),
        ({"head": 4}, "a head from 0 to 3, got 4"),
        ({"query": 17}, "a token from 0 to 16, got 17"),
    ):
        with pytest.raises(ConfigError, match=words):
            raw_attention(model, images, **options)
