"""Who reads for the answer, and which chains of maps mean something."""

import pytest
import torch
from torch import nn

from saccade.errors import TraceError
from saccade.explanation.token_maps import known_layout, last_readers, lay, token_maps
from saccade.layers.tokens import TokenLayout
from saccade.models import build
from tests.samples import drawn_model

LAYOUT = TokenLayout(("cls",), (1, 2), (4, 4))


def readers(model: nn.Module, images) -> list[float]:
    return token_maps(model, images, None, "it").readers[0].tolist()


def test_readers_are_seen(normal) -> None:
    images = normal(1, 3, 8, 8)
    assert readers(drawn_model(), images) == [1.0, *[0.0] * 16]
    assert readers(drawn_model(class_token=True, global_pool="avg"), images) == [
        0.0,
        *[1 / 16] * 16,
    ]
    assert readers(drawn_model(class_token=False, global_pool="avg"), images) == [1 / 16] * 16
    sizes = {"img_size": 8, "patch_size": 4, "embed_dim": 8, "num_heads": 2, "depth": 1}
    two = build("deit_tiny_distilled_patch16_224", **sizes, num_classes=2).eval()
    assert readers(two, images) == [0.5, 0.5, *[0.0] * 4]
    found, last = last_readers(two, images, None, 1, two.layout)
    assert last[0].tolist() == [0.5, 0.5, *[0.0] * 4]
    assert len(found.layers) == 1


def test_a_head_of_zeros_does_not_hide_them(normal) -> None:
    for changes, first in (({}, 1.0), ({"class_token": False, "global_pool": "avg"}, 1 / 16)):
        model = drawn_model(**changes)
        model.head.weight.data.zero_()
        assert readers(model, normal(1, 3, 8, 8))[0] == first


def test_lay() -> None:
    assert lay(torch.tensor([[9.0, 1.0, 2.0]]), LAYOUT).tolist() == [[[1.0, 2.0]]]


def test_chains_that_mean_nothing() -> None:
    assert known_layout(LAYOUT, [(2, 4, 3, 3), (2, 4, 1, 3)], 2, "it") is LAYOUT
    for shapes in (
        [(8, 1, 3, 3)],  # windows
        [(2, 1, 3, 3), (2, 1, 2, 2)],  # stages
        [(2, 1, 3, 1)],  # coarse keys
        [(2, 1, 3, 3), (2, 2, 3, 3)],  # other heads
        [(2, 1, 3, 3), (2, 1, 1, 4)],  # a token that joins later
    ):
        with pytest.raises(TraceError, match="same tokens read each other, for it"):
            known_layout(LAYOUT, shapes, 2, "it")
    with pytest.raises(TraceError, match="4 tokens whose places in the image are known"):
        known_layout(LAYOUT, [(2, 1, 4, 4)], 2, "it")
