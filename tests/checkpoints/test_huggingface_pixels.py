"""preprocessor_config.json of transformers, read by hand and written back."""

import pytest

from saccade.checkpoints.huggingface_pixels import (
    pixels_of_processor,
    preprocessor_config,
    side_lengths,
)


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ({"size": 224}, {"img_size": [224, 224], "crop_mode": "squash", "crop_pct": 1.0}),
        ({"size": {"height": 8, "width": 9}}, {"img_size": [8, 9], "crop_mode": "squash"}),
        (
            {"size": {"shortest_edge": 256}, "crop_size": 224, "do_center_crop": True},
            {"img_size": [224, 224], "crop_mode": "center", "crop_pct": 0.875},
        ),
        (
            {"size": {"shortest_edge": 224}, "crop_pct": 0.875},
            {"img_size": [224, 224], "crop_mode": "center", "crop_pct": 0.875},
        ),
        (
            {"size": {"shortest_edge": 384}, "crop_pct": 0.875},
            {"img_size": [384, 384], "crop_mode": "squash", "crop_pct": 1.0},
        ),
        ({"resample": 3, "do_normalize": False}, {"interpolation": "bicubic", "std": [1.0] * 3}),
    ],
)
def test_preprocessing_is_read(theirs, ours):
    found = pixels_of_processor(theirs)
    assert {key: found[key] for key in ours} == ours


@pytest.mark.parametrize("mode", ["center", "squash"])
def test_preprocessing_comes_back(mode):
    pixels = {"img_size": [224, 224], "crop_pct": 0.875, "crop_mode": mode}
    pixels |= {"interpolation": "bilinear", "mean": [0.1, 0.2, 0.3], "std": [0.5] * 3}
    pixels["crop_pct"] = 1.0 if mode == "squash" else 0.875
    written = preprocessor_config(pixels)
    assert pixels_of_processor(written) == pixels


def test_sizes_in_every_form():
    assert side_lengths(8) == side_lengths([8, 8]) == side_lengths({"shortest_edge": 8}) == (8, 8)
    assert side_lengths({"height": 8, "width": 9}) == side_lengths([8, 9]) == (8, 9)
    assert pixels_of_processor(None) == {}
