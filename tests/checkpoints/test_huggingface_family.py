"""Words that all families of transformers share."""

import pytest

from saccade.checkpoints.huggingface_family import (
    Near,
    expect_ours,
    expect_theirs,
    square,
    standing,
    whole,
)
from saccade.errors import CheckpointError


def test_what_ours_computes_is_expected():
    config = {"model_type": "swin", "sizes": [4, 2], "bias": False, "act": None}
    expect_theirs(config, sizes=(4, 2), bias=False, act=None)
    sentence = r"expected bias=true in a swin of transformers, .* got false; try another model"
    with pytest.raises(CheckpointError, match=sentence):
        expect_theirs(config, bias=True)
    with pytest.raises(CheckpointError, match=r"sizes=\[4, 4\] .* got \[4, 2\]"):
        expect_theirs(config, sizes=(4, 4))


def test_what_transformers_computes_is_expected():
    expect_ours({"eps": 1e-5}, "swin", eps=1e-5, other="which the config lacks")
    with pytest.raises(CheckpointError, match="eps=1e-05, as transformers computes a swin, got"):
        expect_ours({"eps": 1e-6}, "swin", eps=1e-5)


def test_sizes_and_numbers():
    assert (square((4, 4)), square((4, 6)), square(3)) == (4, [4, 6], 3)
    assert whole("ratios", (4.0, 2)) == [4, 2]
    with pytest.raises(CheckpointError, match=r"whole numbers of ratios .* got \(2.5,\)"):
        whole("ratios", (2.5,))


def test_a_place_that_needs_to_know_no_more():
    assert standing("vit_*", kind="ViTConfig")({}, set()) == Near(("vit_*",), "ViTConfig")
