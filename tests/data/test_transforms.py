import json

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from saccade.data.geometry import Geometry
from saccade.data.transforms import FILTERS, Preprocessing
from saccade.errors import ConfigError, DataError

sides = st.integers(1, 60)


def slowly(image: Image.Image, side: int, crop_pct: float, interpolation: str) -> np.ndarray:
    """The published rules, pixel by pixel: shorter side, then the middle, zeros outside."""
    short = int(side / crop_pct)
    width, height = image.size
    if width <= height:
        size = short, int(short * height / width)
    else:
        size = int(short * width / height), short
    pixels = np.asarray(image.resize(size, FILTERS[interpolation]))
    rows, columns = pixels.shape[:2]
    above, before = max(0, side - rows) // 2, max(0, side - columns) // 2
    top = round((max(rows, side) - side) / 2.0) - above
    left = round((max(columns, side) - side) / 2.0) - before
    out = np.zeros((3, side, side), np.uint8)
    for row in range(side):
        for column in range(side):
            if 0 <= row + top < rows and 0 <= column + left < columns:
                out[:, row, column] = pixels[row + top, column + left]
    return out


@settings(max_examples=60, deadline=None)
@given(sides, sides, st.integers(1, 32), st.sampled_from([1, 0.95, 0.9, 0.875, 0.5]))
def test_center_is_the_published_rule_to_the_bit(width, height, side, crop_pct):
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    image = Image.fromarray(pixels)
    preprocessing = Preprocessing(img_size=(side, side), crop_pct=crop_pct)
    got, geometry = preprocessing.apply(image, Geometry.of(image.size))
    assert np.array_equal(got, slowly(image, side, crop_pct, "bicubic"))
    assert geometry.size == (side, side)


def test_the_sizes_of_the_pretrained_vit(picture):
    preprocessing = Preprocessing(crop_pct=0.9)
    image = picture(500, 333)
    _, geometry = preprocessing.apply(image, Geometry.of(image.size))
    long = int(248 * 500 / 333)
    assert geometry.scale == (long / 500, 248 / 333)
    assert geometry.offset == (-round((long - 224) / 2), -12)


@pytest.mark.parametrize("mode", ["center", "squash", "pad"])
@pytest.mark.parametrize("size", [(32, 32), (24, 40)])
@pytest.mark.parametrize("stored", [(64, 96), (96, 64), (50, 50), (10, 10)])
def test_a_dot_lands_where_the_geometry_says(mode, size, stored):
    pixels = np.zeros((stored[1], stored[0], 3), np.uint8)
    x, y = stored[0] // 2, stored[1] // 2
    pixels[y - 2 : y + 2, x - 2 : x + 2] = 255
    preprocessing = Preprocessing(
        img_size=size, crop_mode=mode, crop_pct=0.9, interpolation="bilinear", mean=(0.0,)
    )
    got, geometry = preprocessing.apply(Image.fromarray(pixels), Geometry.of(stored))
    assert got.shape == (3, *size)
    light = got[0].astype(float)
    rows, columns = np.indices(size) + 0.5
    seen = (columns * light).sum() / light.sum(), (rows * light).sum() / light.sum()
    assert seen == pytest.approx(geometry.to_model(x, y), abs=0.1)


def test_a_picture_of_the_right_size_is_not_touched(picture):
    image = picture(28, 28)
    got, geometry = Preprocessing(img_size=(28, 28)).apply(image, Geometry.of((28, 28)))
    assert np.array_equal(got.transpose(1, 2, 0), image)
    assert geometry == Geometry.of((28, 28))


def test_pad_shows_all_between_the_mean_colour(picture):
    preprocessing = Preprocessing(img_size=(20, 20), crop_mode="pad", mean=(0.2, 0.4, 0.6))
    got, geometry = preprocessing.apply(picture(10, 20), Geometry.of((10, 20)))
    assert got[:, 3, 2].tolist() == [51, 102, 153]
    assert geometry.to_model(0, 0) == (5, 0)


def test_not_square_covers_the_target(picture):
    _, geometry = Preprocessing(img_size=(20, 40)).apply(picture(50, 50), Geometry.of((50, 50)))
    assert geometry.scale == (0.8, 0.8)
    assert geometry.offset == (0, -10)


def test_grey_input_has_one_channel(picture):
    grey = picture(8, 8, channels=1)
    preprocessing = Preprocessing(img_size=(8, 8), in_chans=1)
    got, _ = preprocessing.apply(grey.convert("RGB"), Geometry.of((8, 8)))
    assert np.array_equal(got[0], grey)
    assert preprocessing.mean == (0.5,)


def test_normalize_by_hand():
    preprocessing = Preprocessing(mean=(0.0, 0.5, 1.0), std=(1.0, 0.5, 0.25))
    batch = torch.tensor([0, 255], dtype=torch.uint8).view(1, 1, 1, 2).expand(1, 3, 1, 2)
    got = preprocessing.normalize(batch)
    assert got.dtype == torch.float32
    assert got[0, :, 0].tolist() == [[0, 1], [-1, 1], [-4, 0]]
    assert batch[0, 0, 0].tolist() == [0, 255]


def test_normalize_is_the_same_whole_or_in_parts(generator):
    preprocessing = Preprocessing(mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))
    batch = torch.randint(0, 256, (3, 3, 5, 4), dtype=torch.uint8, generator=generator)
    mean = torch.tensor(preprocessing.mean).view(-1, 1, 1)
    want = (batch.float() / 255 - mean) / torch.tensor(preprocessing.std).view(-1, 1, 1)
    assert torch.equal(preprocessing.normalize(batch), want)
    assert preprocessing.normalize(batch[:0]).shape == (0, 3, 5, 4)


def test_json_keeps_everything():
    preprocessing = Preprocessing(img_size=(32, 48), crop_pct=0.9, std=(0.1, 0.2, 0.3))
    again = Preprocessing.from_dict(json.loads(json.dumps(preprocessing.to_dict())))
    assert again == preprocessing


def test_options_that_cannot_work_are_refused():
    for changes in (
        {"img_size": (0, 3)},
        {"crop_pct": 0.0},
        {"crop_mode": "centre"},
        {"interpolation": "lanczos"},
        {"in_chans": 2},
        {"in_chans": 1, "mean": (0.1, 0.2, 0.3)},
        {"std": (0.0,)},
        {"img_size": 224},
        {"unknown": 1},
    ):
        with pytest.raises(ConfigError):
            Preprocessing.from_dict(changes)


def test_a_thin_line_is_refused_before_it_fills_the_memory():
    with pytest.raises(DataError, match="thin line"):
        Preprocessing().apply(Image.new("RGB", (1, 20_000)), Geometry.of((1, 20_000)))
