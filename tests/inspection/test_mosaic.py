"""Maps of tiles lie where the tiles were cut."""

import pytest
import torch

import saccade
from saccade.data.geometry import Geometry
from saccade.data.tiles import tile_of, tiles
from saccade.errors import TraceError
from saccade.inspection.mosaic import mosaic


def test_tiles_of_a_picture_give_it_back(normal):
    picture = normal(7, 11).float()
    cut = tiles(Geometry.of((11, 7)), (4, 4), overlap=2)
    corners = [(-int(one.offset[0]), -int(one.offset[1])) for one in cut]
    maps = torch.stack([picture[y : y + 4, x : x + 4] for x, y in corners])
    torch.testing.assert_close(mosaic(maps, cut), picture)


def test_overlaps_are_averaged_and_borders_cut_off():
    cut = tiles(Geometry.of((6, 3)), (4, 4))
    maps = torch.stack([torch.full((2, 2), 1.0), torch.full((2, 2), 3.0)])
    found = mosaic(maps, cut)
    assert found.tolist() == [[1.0, 1.0, 2.0, 2.0, 3.0, 3.0]] * 3
    assert mosaic(maps[:1], cut[:1])[0, 4:].isnan().all()


def test_a_recording_of_tiles_knows_its_picture(normal):
    model = saccade.create_model("vit_pico_patch2_8").eval()
    cut = tiles(Geometry.of((14, 8)), (8, 8))
    with saccade.record(model, geometry=cut) as trace:
        model(normal(2, 3, 8, 8).float())
    image = tile_of(cut, 13, 5)
    look = trace.at(13, 5, image=image)[0]
    assert (image, look.cell) == (1, (2, 3))
    wanted = pytest.raises(TraceError, match="one geometry")
    with wanted, saccade.record(model, geometry=cut, queries=[(1, 1)]):
        pass


def test_errors():
    cut = tiles(Geometry.of((6, 3)), (4, 4))
    with pytest.raises(TraceError, match="2 of 1 pictures for 3 maps"):
        mosaic(torch.zeros(3, 2, 2), cut)
    with pytest.raises(TraceError, match="none mirrored"):
        mosaic(torch.zeros(1, 2, 2), [cut[0].mirrored()])
