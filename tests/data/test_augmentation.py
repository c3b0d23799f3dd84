import math
import random

import numpy as np
import pytest
from PIL import Image

from saccade.data.augmentation import Augmentation
from saccade.data.geometry import Geometry
from saccade.data.transforms import Preprocessing
from saccade.errors import ConfigError

SMALL = Preprocessing(img_size=(28, 28), interpolation="bilinear")


def change(image, seed=0, preprocessing=SMALL, **options):
    geometry = Geometry.of(image.size)
    return Augmentation(**options).apply(image, geometry, preprocessing, random.Random(seed))


def test_nothing_asked_changes_nothing(picture):
    image = picture(40, 30)
    got, geometry = change(image)
    want, same = SMALL.apply(image, Geometry.of((40, 30)))
    assert np.array_equal(got, want)
    assert geometry == same


@pytest.mark.parametrize(
    "options",
    [
        {"flip": True},
        {"shift": 0.2},
        {"shift": 0.1, "zoom": 0.2, "flip": True},
        {"crop_scale": (0.6, 1.0), "flip": True},
        {"crop_scale": (0.7, 0.9), "zoom": 0.1},
        {"crop_scale": (0.7, 1.0), "shift": 0.1, "zoom": 0.1, "rotate": 40.0, "flip": True},
    ],
)
def test_a_dot_lands_where_the_geometry_says(options):
    pixels = np.zeros((36, 44, 3), np.uint8)
    pixels[15:21, 17:23] = 255
    for seed in range(20):
        got, geometry = change(Image.fromarray(pixels), seed, **options)
        light = got[0].astype(float)
        rows, columns = np.indices(light.shape) + 0.5
        seen = (columns * light).sum() / light.sum(), (rows * light).sum() / light.sum()
        assert seen == pytest.approx(geometry.to_model(20, 18), abs=0.15)


def test_shift_by_hand(picture):
    image = picture(28, 28)
    for fill, outside in (("black", 0), ("edge", None)):
        got, geometry = change(image, 3, shift=0.25, fill=fill)
        right, down = (round(step) for step in geometry.offset)
        assert (right, down) != (0, 0)
        source = np.asarray(image)
        frame = np.concatenate([source[0], source[-1], source[:, 0], source[:, -1]])
        colour = frame.mean(axis=0).round() if outside is None else np.zeros(3)
        for row in range(28):
            for column in range(28):
                y, x = row - down, column - right
                inside = 0 <= y < 28 and 0 <= x < 28
                want = source[y, x] if inside else colour
                assert got[:, row, column].tolist() == want.tolist()


def test_flips_are_half(picture):
    image = picture(28, 28)
    same = np.asarray(image).transpose(2, 0, 1)
    flipped = [change(image, seed, flip=True)[0] for seed in range(400)]
    count = sum(not np.array_equal(got, same) for got in flipped)
    assert 160 < count < 240
    assert all(np.array_equal(got, same) or np.array_equal(got[..., ::-1], same) for got in flipped)


def test_a_rotation_turns_about_the_middle():
    pixels = np.zeros((28, 28, 3), np.uint8)
    pixels[12:16, 20:24] = 255
    angles = []
    for seed in range(30):
        got, geometry = change(Image.fromarray(pixels), seed, rotate=30)
        assert geometry.turned
        light = got[0].astype(float)
        rows, columns = np.indices(light.shape) + 0.5
        x, y = (columns * light).sum() / light.sum() - 14, (rows * light).sum() / light.sum() - 14
        assert math.hypot(x, y) == pytest.approx(8, abs=0.2)
        angles.append(math.degrees(math.atan2(y, x)))
    assert -31 < min(angles) < -15
    assert 15 < max(angles) < 31


def test_random_crops_keep_their_range_and_lie_inside(picture):
    image = picture(60, 30)
    for seed in range(100):
        _, geometry = change(image, seed, crop_scale=(0.3, 0.5))
        left, top = geometry.to_source(0, 0)
        right, bottom = geometry.to_source(28, 28)
        assert left > -1e-6
        assert top > -1e-6
        assert right < 60 + 1e-6
        assert bottom < 30 + 1e-6
        assert 0.25 < (right - left) * (bottom - top) / 1800 < 0.55
        assert 0.7 < (right - left) / (bottom - top) < 1.4


def test_crops_of_thin_pictures_fall_back_to_the_middle():
    _, geometry = change(Image.new("RGB", (300, 2)), crop_scale=(0.9, 1.0))
    assert geometry.to_source(14, 14) == pytest.approx((150, 1), abs=1)


def test_equal_chances_give_equal_pictures(picture):
    image = picture(33, 44)
    options = {"crop_scale": (0.5, 1.0), "shift": 0.1, "zoom": 0.1, "rotate": 10.0, "flip": True}
    assert np.array_equal(change(image, 7, **options)[0], change(image, 7, **options)[0])
    assert not np.array_equal(change(image, 7, **options)[0], change(image, 8, **options)[0])


def test_options_that_cannot_work_are_refused():
    for options in (
        {"crop_scale": (0.5, 0.2)},
        {"crop_scale": (0.0, 1.0)},
        {"crop_ratio": (0.0, 1.0)},
        {"shift": 1.5},
        {"zoom": 1.0},
        {"rotate": 200.0},
        {"fill": "white"},
        {"auto": "rand-x3"},
        {"jitter": 1.2},
    ):
        with pytest.raises(ConfigError):
            Augmentation(**options)
