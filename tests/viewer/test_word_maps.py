"""Smoothing by hand and against loops, and maps that lie where the geometry says."""

import math

import numpy as np
import pytest

from saccade.data.geometry import Geometry
from saccade.viewer.word_maps import over_picture, smooth_map


def bilinear_loop(values, times):
    """The value between the four nearest centres, written from the definition."""
    rows, columns = values.shape
    out = np.zeros((rows * times, columns * times))
    for y in range(rows * times):
        for x in range(columns * times):
            up = min(max((y + 0.5) / times - 0.5, 0), rows - 1)
            along = min(max((x + 0.5) / times - 0.5, 0), columns - 1)
            for row in range(rows):
                for column in range(columns):
                    near = max(0, 1 - abs(up - row)) * max(0, 1 - abs(along - column))
                    out[y, x] += near * values[row, column]
    return out


def gaussian_loop(values, sigma):
    """Each pixel a weighted sum over its neighbours; borders reflect."""
    radius = int(4 * sigma + 0.5)
    padded = np.pad(values, radius, mode="symmetric")
    weights = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma) ** 2)
    weights /= weights.sum()
    out = np.zeros_like(values)
    for y in range(values.shape[0]):
        for x in range(values.shape[1]):
            part = padded[y : y + 2 * radius + 1, x : x + 2 * radius + 1]
            out[y, x] = weights @ part @ weights
    return out


def test_as_the_loops_say() -> None:
    values = np.random.default_rng(0).random((2, 3))
    plain = smooth_map(values, times=4, sigma=0)
    np.testing.assert_allclose(plain, bilinear_loop(values, 4), atol=1e-12)
    whole = smooth_map(values, times=4, sigma=1.3)
    np.testing.assert_allclose(whole, gaussian_loop(plain, 1.3), atol=1e-12)


def test_a_wide_gaussian_on_a_small_map_reflects_more_than_once() -> None:
    values = np.array([[1.0, 0.0]])
    found = smooth_map(values, times=2, sigma=2.0)
    np.testing.assert_allclose(found, gaussian_loop(bilinear_loop(values, 2), 2.0), atol=1e-12)


def test_even_maps_stay_even_and_mass_is_kept() -> None:
    np.testing.assert_allclose(smooth_map(np.full((7, 7), 0.3)), 0.3)
    one = np.zeros((14, 14))
    one[5, 9] = 1.0
    fine = smooth_map(one)
    assert fine.shape == (336, 336)  # the size of the paper's figures
    assert fine.sum() == pytest.approx(24 * 24)
    row, column = np.unravel_index(fine.argmax(), fine.shape)
    assert (row // 24, column // 24) == (5, 9)


def test_maps_lie_where_the_model_looked() -> None:
    fine = np.arange(6.0).reshape(2, 3).repeat(10, 0).repeat(10, 1)
    whole = over_picture(fine, Geometry.of((60, 40)), (60, 40))
    assert [whole[5, 5], whole[5, 30], whole[35, 55]] == [0, 1, 5]
    crop = Geometry.of((60, 40)).cropped(15, 5, (30, 20))
    middle = over_picture(fine, crop, (60, 40))
    assert math.isnan(middle[4, 30])
    assert math.isnan(middle[10, 14])
    assert [middle[6, 17], middle[6, 42], middle[23, 42]] == [0, 2, 5]
    mirrored = over_picture(fine, crop.mirrored(), (60, 40))
    assert [mirrored[6, 17], mirrored[6, 42]] == [2, 0]


def test_turned_pictures_too() -> None:
    fine = np.arange(2.0)[None].repeat(10, 0).repeat(10, 1)  # left 0, right 1
    quarter = Geometry.of((20, 20)).warped((0, 1, 0, -1, 0, 20))  # old x = y, old y = 20 - x
    found = over_picture(fine, quarter, (20, 20))
    assert [found[2, 10], found[17, 10]] == [1, 0]  # what was right is now on top


def test_any_size_of_the_drawing() -> None:
    fine = smooth_map(np.eye(3), times=8, sigma=2.0)
    small = over_picture(fine, Geometry.of((600, 400)).resized((30, 30)), (12, 8))
    assert small.shape == (8, 12)
    assert small[0, 0] > small[0, -1]
