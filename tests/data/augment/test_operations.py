import random

import numpy as np
import pytest
from PIL import Image

from saccade.data.augment.operations import COLOURS, WARPS, Canvas, looked_up, operate
from saccade.data.geometry import Geometry
from saccade.errors import UnknownName

CANVAS = Canvas((10, 20, 30), Image.Resampling.BILINEAR)


def changed(pixels, name, amount):
    image = Image.fromarray(np.asarray(pixels, np.uint8))
    seen = operate(name, (image, Geometry.of(image.size)), amount, CANVAS)
    return np.asarray(seen[0]), seen[1]


def test_tables_by_hand():
    row = [[0, 1, 127, 128, 200, 255]]
    for name, amount, want in [
        ("Invert", 0, [255, 254, 128, 127, 55, 0]),
        ("Solarize", 128, [0, 1, 127, 127, 55, 0]),
        ("Solarize", 256, [0, 1, 127, 128, 200, 255]),
        ("SolarizeAdd", 110, [110, 111, 237, 128, 200, 255]),
        ("Posterize", 1, [0, 0, 0, 128, 128, 128]),
        ("Posterize", 0, [0, 0, 0, 0, 0, 0]),
        ("Posterize", 8, [0, 1, 127, 128, 200, 255]),
        ("Identity", 0, [0, 1, 127, 128, 200, 255]),
    ]:
        assert changed(row, name, amount)[0].tolist() == [want], name


def test_a_table_is_looked_up_in_all_channels(picture):
    image = picture(5, 4)
    table = bytes(random.Random(0).randrange(256) for _ in range(256))
    want = np.frombuffer(table, np.uint8)[np.asarray(image)]
    assert np.array_equal(np.asarray(looked_up(image, table)), want)


def test_warps_by_hand():
    square = np.arange(1, 17, dtype=np.uint8).reshape(4, 4)
    left, geometry = changed(square, "TranslateX", 1)
    assert left.tolist() == [[*row[1:], 10] for row in square.tolist()]  # grey: the fill's first
    assert geometry.to_model(2, 2) == (1, 2)
    up, _ = changed(square, "TranslateYRel", 0.25)
    assert up.tolist() == [*square[1:].tolist(), [10] * 4]
    turned, geometry = changed(square, "Rotate", 90.0)
    assert np.array_equal(turned, np.rot90(square))
    assert geometry.to_model(3.5, 0.5) == pytest.approx((0.5, 0.5))


@pytest.mark.parametrize("name", [*WARPS])
def test_a_dot_lands_where_the_geometry_says(name):
    pixels = np.zeros((40, 50, 3), np.uint8)
    pixels[17:23, 22:28] = 255
    amount = {"Rotate": 23.0, "TranslateX": 6.4, "TranslateY": -5.7}.get(name, 0.21)
    dark = Canvas((0, 0, 0), Image.Resampling.BICUBIC)
    for sign in (-1, 1):
        image = Image.fromarray(pixels)
        moved, geometry = operate(name, (image, Geometry.of(image.size)), sign * amount, dark)
        light = np.asarray(moved)[..., 0].astype(float)
        rows, columns = np.indices(light.shape) + 0.5
        seen = (columns * light).sum() / light.sum(), (rows * light).sum() / light.sum()
        assert seen == pytest.approx(geometry.to_model(25, 20), abs=0.1)
        assert geometry.to_source(*geometry.to_model(7, 9)) == pytest.approx((7, 9))


def test_every_operation_keeps_size_and_mode_and_takes_grey(picture):
    for image in (picture(9, 7), picture(9, 7, channels=1)):
        for name in (*COLOURS, *WARPS):
            seen = operate(name, (image, Geometry.of(image.size)), 0.4, CANVAS)
            assert (seen[0].mode, seen[0].size) == (image.mode, image.size), name


def test_an_unknown_operation_is_refused():
    with pytest.raises(UnknownName, match="Solarize"):
        changed([[1]], "Solarise", 1)
