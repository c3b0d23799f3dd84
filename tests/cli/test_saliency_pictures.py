"""Maps and paths as pictures, by their pixels."""

import numpy as np
import torch
from PIL import Image

from saccade.cli.saliency_pictures import bare_map, overlaid_map, with_path, write_sheet


def test_a_bare_map_is_white_at_its_maximum():
    drawn = bare_map(torch.tensor([[0.0, 1.0], [2.0, 4.0]]), (2, 2))
    assert np.asarray(drawn).tolist() == [[0, 64], [128, 255]]
    assert not np.asarray(bare_map(torch.zeros(2, 2), (4, 4))).any()


def test_an_overlay_is_as_large_as_its_picture():
    assert overlaid_map(Image.new("RGB", (30, 20)), torch.rand(3, 4)).size == (30, 20)


def test_the_path_lies_on_a_copy():
    picture = Image.new("RGB", (200, 100))
    drawn = np.asarray(with_path(picture, [(50, 50), (150, 50)]))
    assert not np.asarray(picture).any()
    assert drawn[50, 100].tolist() == [255, 255, 255]  # the line between them
    assert not drawn[80, 100].any()
    assert np.array_equal(np.asarray(with_path(picture, [])), np.asarray(picture))


def test_a_sheet_holds_every_tile(tmp_path):
    tiles = [(str(number), Image.new("RGB", (30, 20))) for number in range(5)]
    write_sheet(tmp_path / "sheet.png", tiles, kind="png")
    write_sheet(tmp_path / "sheet.svg", tiles, kind="svg")
    # Four columns and two rows; units of 300 with gaps of 14, a line of 26, two pixels a unit.
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.size == (2 * (4 * 314 + 14), 2 * (2 * (200 + 26 + 14) + 14))
    assert (tmp_path / "sheet.svg").read_text().count("<image") == 5
