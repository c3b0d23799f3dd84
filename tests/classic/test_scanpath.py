"""The order of looks by hand, and slowly."""

import pytest
import torch

from saccade.classic.scanpath import scanpath
from saccade.errors import ConfigError, ShapeError


def test_by_hand():
    maps = torch.zeros(1, 12, 18)  # the radius is 2
    maps[0, 3, 4], maps[0, 3, 6], maps[0, 3, 7], maps[0, 10, 2] = 1.0, 0.9, 0.8, 0.7
    # (6, 3) is 2 from the first look and held back; (7, 3) is 3 away.
    assert scanpath(maps, 3)[0].tolist() == [[4, 3], [7, 3], [2, 10]]


def test_slowly(generator):
    maps = torch.rand(2, 13, 10, generator=generator)
    for field, path in zip(maps, scanpath(maps, 6), strict=True):
        free = {(x, y): float(field[y, x]) for y in range(13) for x in range(10)}
        for look in path.tolist():
            assert tuple(look) == max(free, key=lambda place: free[place])
            x, y = look
            free = {
                p: v for p, v in free.items() if (p[0] - x) ** 2 + (p[1] - y) ** 2 > (10 / 6) ** 2
            }


def test_when_all_is_held_back_it_begins_again():
    maps = torch.arange(4.0).view(1, 1, 4)  # the radius is 1/6: each pixel alone
    assert scanpath(maps, 6)[0, :, 0].tolist() == [3, 2, 1, 0, 3, 2]


def test_each_map_alone(generator):
    maps = torch.rand(3, 8, 9, generator=generator)
    assert torch.equal(scanpath(maps, 4)[1], scanpath(maps[1:2], 4)[0])


def test_errors():
    with pytest.raises(ShapeError, match="the maps as"):
        scanpath(torch.zeros(3, 3), 2)
    with pytest.raises(ShapeError, match="finite numbers, got NaN"):
        scanpath(torch.full((1, 3, 3), torch.nan), 2)
    with pytest.raises(ConfigError, match="1 or more, got 0"):
        scanpath(torch.zeros(1, 3, 3), 0)
