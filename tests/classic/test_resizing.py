"""Other sizes, slowly and as torch and OpenCV make them."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from saccade.classic.pixels import grey_levels
from saccade.classic.resizing import enlarged, shrunken_levels
from tests.classic.pictures import photograph, pixels


def test_shrunken_by_hand():
    row = torch.tensor([0, 100, 200, 50]) / 255
    images = row.expand(1, 3, 4, 4)
    # Two samples of four pixels stand at 0.5 and 2.5: the means of pairs.
    assert shrunken_levels(images, 2)[0].tolist() == [[50, 125], [50, 125]]
    # Three stand at 1/6, 1.5 and 17/6; 1/6 is kept as 43/256: 100·43/256 = 16.8; 150; 75.2
    assert shrunken_levels(images, 3)[0, 0].tolist() == [17, 150, 75]


@pytest.mark.parity
@pytest.mark.parametrize("name", ["china", "odd", "tiny", "noise"])
def test_shrunken_is_opencv_s(name):
    cv2 = pytest.importorskip("cv2")
    images = pixels(photograph(name))
    levels = grey_levels(images)[0].byte().numpy()
    expected = cv2.resize(levels, (64, 64), interpolation=cv2.INTER_LINEAR_EXACT)
    np.testing.assert_array_equal(shrunken_levels(images, 64)[0].numpy(), expected)


@pytest.mark.parametrize("size", [(9, 17), (4, 3), (1, 30)])
def test_enlarged_is_torch_s(generator, size):
    maps = torch.rand(3, 4, 5, generator=generator)
    expected = F.interpolate(maps[None], size, mode="bilinear", align_corners=False)[0]
    torch.testing.assert_close(enlarged(maps, size), expected)


def test_enlarged_keeps_constants():
    torch.testing.assert_close(
        enlarged(torch.full((2, 1, 1), 0.3), (5, 7)), torch.full((2, 5, 7), 0.3)
    )
