"""Grey levels by hand and as OpenCV has them, sums of neighbours slowly."""

import numpy as np
import pytest
import torch

from saccade.classic.pixels import bell, expect_pictures, grey, grey_levels, of_largest, smoothed
from saccade.errors import ShapeError
from tests.classic.pictures import photograph, pixels


def test_grey_by_hand():
    colours = torch.eye(3)[:, :, None, None]  # pure red, green, blue
    assert grey(colours).flatten().tolist() == pytest.approx([0.299, 0.587, 0.114])
    # 255 · 9798 / 32768 = 76.2, 255 · 19235 / 32768 = 149.7, 255 · 3735 / 32768 = 29.1
    assert grey_levels(colours).flatten().tolist() == [76, 150, 29]


@pytest.mark.parity
def test_grey_levels_are_opencv_s():
    cv2 = pytest.importorskip("cv2")
    picture = photograph("noise")
    expected = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    np.testing.assert_array_equal(grey_levels(pixels(picture))[0].numpy(), expected)


@pytest.mark.parametrize("border", ["replicate", "constant"])
def test_smoothed_slowly(generator, border):
    maps, weights = torch.rand(1, 5, 4, generator=generator), (0.2, 0.5, 0.3)
    expected = torch.zeros(1, 5, 4)
    for y in range(5):
        for x in range(4):
            for i, down in enumerate(weights):
                for j, right in enumerate(weights):
                    row, column = y + i - 1, x + j - 1
                    inside = 0 <= row < 5 and 0 <= column < 4
                    value = maps[0, min(max(row, 0), 4), min(max(column, 0), 3)]
                    expected[0, y, x] += down * right * value * (inside or border == "replicate")
    torch.testing.assert_close(smoothed(maps, weights, border), expected)


def test_a_step_of_two_takes_the_middle_of_pairs():
    line = torch.arange(8.0).view(1, 1, 8).expand(1, 2, 8)
    assert smoothed(line, (0.5, 0.5), step=2)[0].tolist() == [[0.5, 2.5, 4.5, 6.5]]


def test_small_ones():
    assert sum(bell(2.0, 5)) == pytest.approx(1)
    assert bell(1.0, 1)[1] / bell(1.0, 1)[0] == pytest.approx(np.exp(0.5))
    maps = torch.stack((torch.zeros(2, 2), torch.tensor([[1.0, 2.0], [4.0, 0.0]])))
    assert of_largest(maps).tolist() == [[[0, 0], [0, 0]], [[0.25, 0.5], [1, 0]]]


@pytest.mark.parametrize(
    ("images", "sentence"),
    [
        (torch.zeros(3, 4, 4), "expected the pictures as"),
        (torch.zeros(1, 1, 4, 4), "c=3"),
        (torch.zeros(1, 3, 4, 4, dtype=torch.uint8), "floating point"),
        (torch.zeros(1, 3, 0, 4), "pictures with pixels"),
        (torch.full((1, 3, 2, 2), 200.0), "in 0-1, got 200 to 200; try images.float"),
        (torch.full((1, 3, 2, 2), torch.nan), "in 0-1, got nan to nan"),
    ],
)
def test_errors(images, sentence):
    with pytest.raises(ShapeError, match=sentence):
        expect_pictures(images)
