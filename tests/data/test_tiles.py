"""Tiles cover a picture, and points find theirs."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saccade.data.geometry import Geometry
from saccade.data.tiles import tile_of, tiles
from saccade.errors import DataError

SIDES = st.integers(1, 14)


@settings(deadline=None, max_examples=40)
@given(SIDES, SIDES, st.integers(2, 8), st.integers(0, 7))
def test_every_pixel_lies_in_a_tile(width, height, side, overlap):
    overlap = min(overlap, side - 1)
    cut = tiles(Geometry.of((width, height)), (side, side), overlap=overlap)
    for y in range(height):
        for x in range(width):
            tile = cut[tile_of(cut, x + 0.5, y + 0.5)]
            inner = tile.to_model(x + 0.5, y + 0.5)
            assert all(0 < part < side for part in inner)
            assert tile.to_source(*inner) == (x + 0.5, y + 0.5)


def test_by_hand():
    cut = tiles(Geometry.of((10, 6)), (4, 4), overlap=1)
    corners = [tuple(-int(part) for part in one.offset) for one in cut]
    assert corners == [(0, 0), (3, 0), (6, 0), (0, 2), (3, 2), (6, 2)]
    assert tile_of(cut, 3.6, 1) == 1  # 0.6 from the border of the second, 0.4 of the first


def test_tiles_of_a_turned_and_resized_picture():
    geometry = Geometry.of((8, 16), orientation=6).resized((32, 16))
    cut = tiles(geometry, (16, 16))
    assert [one.offset for one in cut] == [(geometry.offset), (geometry.offset[0] - 16, 0.0)]
    assert cut[1].to_source(0, 0) == geometry.to_source(16, 0)


def test_errors():
    with pytest.raises(DataError, match="4x4 with an overlap of 4"):
        tiles(Geometry.of((9, 9)), (4, 4), overlap=4)
    with pytest.raises(DataError, match=r"a point that a tile holds, got \(9, 20\)"):
        tile_of(tiles(Geometry.of((9, 9)), (4, 4)), 9, 20)
