"""Windows by hand and slowly, laws, and OpenCV's map."""

import numpy as np
import pytest
import torch

from saccade.classic.fine_grained import fine_grained
from saccade.classic.pixels import grey_levels
from tests.classic.pictures import PHOTOGRAPHS, opencv, photograph, pixels


def blur(levels):
    padded = np.pad(levels, 1, mode="reflect")
    out = levels.copy()
    for y in range(levels.shape[0]):
        for x in range(levels.shape[1]):
            window = padded[y : y + 3, x : x + 3]
            out[y, x] = (int(np.array([1, 2, 1]) @ window @ np.array([1, 2, 1])) + 8) // 16
    return out


def slowly(levels):
    levels = blur(blur(levels))
    height, width = levels.shape
    on, off = np.zeros(levels.shape), np.zeros(levels.shape)
    for y in range(height):
        for x in range(width):
            for reach in (12, 24, 48, 28, 56, 112):
                rows = slice(max(0, y - reach + 1), y + reach + 1)
                columns = slice(max(0, x - reach + 1), x + reach + 1)
                window = levels[rows, columns]
                mean = (window.sum() - levels[y, x]) / (window.size - 1)
                on[y, x] += int(max(0, levels[y, x] - mean))
                off[y, x] += int(max(0, mean - levels[y, x]))
    on, off = (
        np.floor(255 * np.float64(np.float32(one) / np.float32(one.max()))) for one in (on, off)
    )
    return np.floor(255 * (on + off) / max(on.max(), off.max())).clip(0, 255) / 255


def test_slowly():
    picture = photograph("noise")[:29, :35]
    levels = grey_levels(pixels(picture))[0].numpy().astype(np.int64)
    np.testing.assert_allclose(fine_grained(pixels(picture))[0].numpy(), slowly(levels), atol=1e-6)


def test_a_bright_and_a_dark_half():
    images = torch.zeros(1, 3, 40, 60)
    images[..., 30:] = 1
    found = fine_grained(images)[0, 20:21]
    # Nearer to the edge a window of 24 columns holds more of the other half.
    assert found[0, 33] > found[0, 45] > 0
    assert found[0, 26] > found[0, 14] > 0


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (2, 2), (30, 50)])
def test_one_colour_is_zeros(size):
    assert not fine_grained(torch.full((1, 3, *size), 0.6)).any()


@pytest.mark.parity
@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_opencv_s(name):
    picture = photograph(name)
    expected = opencv("StaticSaliencyFineGrained", picture)
    found = fine_grained(pixels(picture))[0].numpy()
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6)
