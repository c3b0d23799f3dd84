"""Heads that are muted, swapped, sharpened and averaged."""

import pytest
import torch

from saccade import ablate
from saccade.errors import ConfigError, UnknownName
from saccade.inspection.record import record
from saccade.inspection.switchboard import Switch
from tests.explanation.small import Pixels
from tests.samples import drawn_model

MAPS = torch.tensor([[[[0.2, 0.8]], [[0.5, 0.5]], [[1.0, 0.0]]]])  # one query, three heads


def changed(place: str, how, temperature: float = 0.5) -> list[list[float]]:
    found = Switch(place, how, temperature).apply(MAPS, "blocks.0.attn")
    return [[round(x, 4) for x in head] for head in found[0, :, 0].tolist()]


def test_every_way_by_hand() -> None:
    assert changed("x.heads[1]", "mute") == [[0.2, 0.8], [0.0, 0.0], [1.0, 0.0]]
    assert changed("x.heads[0,2]", "uniform") == [[0.5, 0.5], [0.5, 0.5], [0.5, 0.5]]
    assert changed("x.heads[0]", "average") == [[0.5667, 0.4333], [0.5, 0.5], [1.0, 0.0]]
    assert changed("x.heads[0,-1]", "swap") == [[1.0, 0.0], [0.5, 0.5], [0.2, 0.8]]
    # .2² = .04 and .8² = .64: shares 1/17 and 16/17. What is not read stays so.
    assert changed("x", "sharpen") == [[0.0588, 0.9412], [0.5, 0.5], [1.0, 0.0]]
    assert changed("x.heads[*]", "sharpen", 1.0) == [[0.2, 0.8], [0.5, 0.5], [1.0, 0.0]]


def test_a_muted_head_reads_nothing() -> None:
    model, images = Pixels(), torch.tensor([[[[3.0]]]])
    with ablate(model, "attn.0") as same:
        assert same is model
        assert model(images).tolist() == [[0.0, 0.0]]
    assert model(images).tolist() == [[4.0, -2.0]]


def test_a_muted_head_is_one_whose_values_are_zero(normal) -> None:
    model, images = drawn_model(), normal(2, 3, 8, 8)
    with torch.no_grad():
        with ablate(model, "blocks.1.heads[2]"):
            muted = model(images)
        twin = drawn_model()
        width = twin.config.embed_dim
        size = width // 4
        rows = slice(2 * width + 2 * size, 2 * width + 3 * size)
        twin.blocks[1].attn.qkv.weight[rows] = 0.0
        twin.blocks[1].attn.qkv.bias[rows] = 0.0
        torch.testing.assert_close(muted, twin(images), atol=1e-5, rtol=1e-5)
        assert not torch.allclose(muted, model(images))


def test_several_patterns_and_blocks_in_each_other(normal) -> None:
    model, images = drawn_model(), normal(1, 3, 8, 8)
    with torch.no_grad():
        with ablate(model, "blocks.0.heads[1]", "blocks.1.heads[1]"):
            both = model(images)
        with ablate(model, "blocks.*.heads[1]"):
            torch.testing.assert_close(model(images), both)
        with ablate(model, "blocks.0.heads[1]"), ablate(model, "blocks.1.heads[1]"):
            torch.testing.assert_close(model(images), both)
        twice = Switch("blocks.0.heads[0,1]", "swap")
        with ablate(model, twice, twice):
            back = model(images)
        torch.testing.assert_close(back, model(images), atol=1e-5, rtol=1e-5)


def test_nothing_is_left_behind(normal) -> None:
    model, images = drawn_model(), normal(1, 3, 8, 8)
    with torch.no_grad():
        before = model(images)
        with pytest.raises(ZeroDivisionError), ablate(model, "blocks.0"):
            raise ZeroDivisionError
        assert torch.equal(model(images), before)
        with record(model) as trace:
            model(images)
    assert len(trace.layers) == 2
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in model.modules())


def test_unknown_places(normal) -> None:
    model, images = drawn_model(), normal(1, 3, 8, 8)
    with (
        pytest.raises(UnknownName, match=r"got 'block.1'; try blocks.1.attn"),
        ablate(model, "block.1"),
    ):
        pass
    with (
        pytest.raises(UnknownName, match=r"a head of blocks.1.attn from 0 to 3, got 4"),
        ablate(model, "blocks.1.heads[4]"),
    ):
        model(images)


def test_an_unknown_layer_of_a_foreign_model_shows_when_it_runs() -> None:
    model = Pixels()
    with pytest.raises(UnknownName, match=r"'layer.0'; try attn.0"), ablate(model, "layer.0"):
        model(torch.ones(1, 1, 1, 1))


def test_switches_that_cannot_be() -> None:
    for place, how, words in (
        ("blocks.0.heads[1]", "swap", "two heads to swap"),
        ("blocks.0", "turn", "how= out of mute"),
        ("", "mute", "a place such as"),
    ):
        if words is not None:
            with pytest.raises(ConfigError, match=words):
                Switch(place, how)
    with pytest.raises(ConfigError, match="temperature above 0"):
        Switch("blocks.0", "sharpen", 0.0)
    with pytest.raises(ConfigError, match="at least one place"), ablate(Pixels()):
        pass
