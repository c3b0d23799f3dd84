"""The retina, pixel by pixel."""

import math

import pytest
import torch

from saccade.attention import take_glimpse
from tests.oracles.support import close, draw


@pytest.mark.parametrize("size", [1, 2, 3, 5])
@pytest.mark.parametrize(("scales", "factor"), [(1, 2), (3, 2), (2, 3)])
@pytest.mark.parametrize("shape", [(6, 9), (1, 5), (7, 7)])
def test_patches_are_means_of_squares(
    size: int, scales: int, factor: int, shape: tuple[int, int]
) -> None:
    height, width = shape
    images = draw(4, 2, height, width)
    places = torch.tensor([[0.0, 0.0], [-1.0, -1.0], [1.0, 1.0], [0.37, -0.61]]).double()
    got = take_glimpse(images, places, size=size, scales=scales, factor=factor)
    for b, (x, y) in enumerate(places.tolist()):
        column, row = (math.floor((at + 1) / 2 * n) for at, n in ((x, width), (y, height)))
        for s in range(scales):
            zoom = factor**s
            side = size * zoom
            top, left = row - side // 2, column - side // 2
            wanted = torch.zeros(2, size, size, dtype=torch.float64)
            for i in range(side):
                for j in range(side):
                    if 0 <= top + i < height and 0 <= left + j < width:
                        pixel = images[b, :, top + i, left + j]
                        wanted[:, i // zoom, j // zoom] += pixel / zoom**2
            close(got.output[b, s], wanted, 1e-12)
            box = [left / width, top / height, (left + side) / width, (top + side) / height]
            close(got.weights[b, s], torch.tensor(box, dtype=torch.float64) * 2 - 1, 1e-12)
