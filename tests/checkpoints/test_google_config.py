"""Configs that are read from the arrays of whole networks."""

import dataclasses

import pytest
import torch

from saccade.checkpoints.google import to_google
from saccade.checkpoints.google_config import (
    PREPROCESSING,
    google_config,
    google_family,
    ratio,
    rows_before,
)
from saccade.errors import CheckpointError
from saccade.models import build
from saccade.models.classifier import Classifier
from tests.checkpoints.google_cases import GOOGLES, NAMES

SO400M = {"embed_dim": 1152, "depth": 27, "num_heads": 16, "mlp_ratio": ratio(4304, 1152)}


def empty(name: str, **changes: object) -> Classifier:
    with torch.device("meta"):
        return build(name, **changes)


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("vit_base_patch16_384", GOOGLES),
        ("vit_huge_patch14_224", {**GOOGLES, "num_classes": 21_843, "representation_size": 1280}),
        ("vit_small_patch32_gap_224", {**GOOGLES, "num_classes": 0}),
        ("vit_base_patch16_224", {**GOOGLES, **SO400M, "img_size": 384}),
        ("vit_base_r50_s16_384", {**GOOGLES, "eps": "google"}),
        ("vit_small_r26_s32_224", {**GOOGLES, "eps": "google"}),
        ("vit_tiny_r_s16_p8_384", {**GOOGLES, "eps": "google"}),
        ("mixer_b16_224", {**GOOGLES, "num_classes": 21_843}),
        ("mixer_l32_224", GOOGLES),
        ("resnetv2_50x3_bit", {"eps": "bit", "img_size": 224}),
        ("resnetv2_152x4_bit", {"eps": "bit", "img_size": 224, "num_classes": 0}),
    ],
)
def test_the_arrays_tell_the_config(name: str, changes: dict[str, object]) -> None:
    ours = empty(name, **changes)
    arrays = to_google(ours)
    family = google_family(arrays)
    again = empty(NAMES[family], **google_config(arrays)).config
    assert dataclasses.asdict(again) == dataclasses.asdict(ours.config) | {
        key: getattr(again, key) for key in ("zero_head",) if hasattr(again, key)
    }


def test_a_file_of_no_network() -> None:
    assert google_family(["head/kernel"]) is None
    with pytest.raises(CheckpointError, match="of Google's, got no array; try another file"):
        google_config({})
    part = {"embedding/kernel": torch.zeros(2, 2, 3, 8), "Transformer/x": torch.zeros(1)}
    expected = "an array Transformer/encoderblock_0/MultiHeadDotProductAttention_0/query/kernel"
    with pytest.raises(CheckpointError, match=expected):
        google_config(part)


def test_rows_of_a_table() -> None:
    assert [rows_before(rows, (2, 3)) for rows in (6, 7)] == [0, 1]
    with pytest.raises(CheckpointError, match=r"got 8 rows for the grid \(2, 3\)"):
        rows_before(8, (2, 3))


def test_ratios_come_back_as_whole_numbers() -> None:
    for width in (192, 384, 1152, 1408):
        for hidden in range(width, 5 * width, 7):
            assert int(width * ratio(hidden, width)) == hidden


def test_pixels_of_google_lie_between_minus_one_and_one() -> None:
    assert dict(PREPROCESSING) == {"mean": (0.5, 0.5, 0.5), "std": (0.5, 0.5, 0.5)}
