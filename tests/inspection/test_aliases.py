"""Calls that other tools have."""

import pytest
import torch
from torch import nn

import saccade
from saccade.errors import TraceError
from saccade.inspection import Trace, aliases, record
from tests.samples import drawn_model


def recorded(model: nn.Module, images: torch.Tensor, **options: object) -> Trace:
    with torch.no_grad(), record(model, **options) as trace:
        model(images)
    return trace


def hooks(model: nn.Module) -> int:
    return sum(len(part._forward_hooks) + len(part._forward_pre_hooks) for part in model.modules())


@pytest.mark.parametrize(
    "layers", [None, [0], ["blocks.1*"], "blocks.1*", -1, "blocks.0.attn"], ids=str
)
def test_run_with_cache(layers, normal) -> None:
    model, images = drawn_model(), normal(2, 3, 8, 8)
    logits, cache = saccade.run_with_cache(model, images, layers=layers, queries="cls")
    torch.testing.assert_close(logits, model(images))
    asked = [layers] if isinstance(layers, str | int) else layers
    own = recorded(model, images, layers=asked, queries="cls")
    assert [layer.name for layer in cache.layers] == [layer.name for layer in own.layers]
    assert torch.equal(cache["pattern", -1], own.attention[:, -1])
    assert cache.layers[0].queries == (0,)
    assert hooks(model) == 0


def test_run_with_cache_reduces(normal) -> None:
    _, cache = saccade.run_with_cache(drawn_model(), normal(2, 3, 8, 8), reduce="entropy")
    assert cache.numbers["entropy"]["blocks.1.attn"].shape == (2, 4)


@pytest.mark.parametrize("changes", [{}, {"class_token": False, "global_pool": "map"}], ids=str)
def test_the_last_layer_in_which_tokens_read_each_other(changes, normal) -> None:
    model, images = drawn_model(**changes), normal(2, 3, 8, 8)
    own = recorded(model, images)
    assert torch.equal(saccade.get_last_selfattention(model, images), own.attention[:, -1])
    assert own.layers[-1].pooled is bool(changes)


class Asks(nn.Module):
    """One question to all pixels."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        x = images.flatten(2).mT[:, None]
        return nn.functional.scaled_dot_product_attention(x[:, :, :1], x, x)


def test_no_layer_in_which_tokens_read_each_other(normal) -> None:
    with pytest.raises(TraceError, match="in which tokens read each other, got none in Asks"):
        saccade.get_last_selfattention(Asks(), normal(2, 3, 2, 2))


def test_the_recorder(normal) -> None:
    model, images = drawn_model(), normal(2, 3, 8, 8)
    with saccade.Recorder(model) as recorder:
        preds, attns = recorder(images)
        again = recorder(images)[1]
    torch.testing.assert_close(preds, model(images))
    assert torch.equal(attns, recorded(model, images).attention)
    assert (attns.shape, again.shape) == ((2, 2, 4, 17, 17), (2, 2, 4, 17, 17))
    assert (hooks(model), attns.requires_grad) == (0, False)
    sentence = r"a recorder in use, got one that was ejected; try Recorder\(vit\) once more"
    with pytest.raises(TraceError, match=sentence):
        recorder(images)
    assert aliases.Recorder(model).eject() is model
