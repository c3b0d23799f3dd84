"""Charts."""

import torch
from PIL import Image

from saccade.inspection.kit.charts import dots, mosaic, sheet, stretched, tiles


def colours(picture: Image.Image) -> set[tuple[int, ...]]:
    found = picture.getcolors(picture.width * picture.height)
    return {colour for _, colour in found}


def test_dots_and_their_level() -> None:
    values = torch.tensor([[1.0, 2.0], [3.0, float("nan")]])
    assert dots(values, title="entropy").size == (640, 384)
    blue, red = (47, 91, 208), (255, 77, 109)
    assert blue in colours(dots(values, title="entropy"))
    assert red not in colours(dots(values, title="entropy"))
    assert red in colours(dots(values, title="entropy", level=2.5))
    for odd in (torch.zeros(3, 2), torch.full((1, 1), float("nan")), -torch.ones(1, 2)):
        assert dots(odd, title="").size == (640, 384)


def test_tiles_stand_in_rows() -> None:
    maps = [torch.eye(2), torch.rand(3, 6), torch.zeros(1, 1)]
    drawn = tiles(maps, ["a", "b", "c"], columns=2, title="maps", side=60)
    assert drawn.size == (2 * 72 + 12, 2 * (60 + 22) + 40)
    assert drawn.getpixel((12 + 5, 34 + 5)) == (253, 231, 37)  # the largest value
    assert drawn.getpixel((12 + 45, 34 + 5)) == (68, 1, 84)  # the least


def test_a_sheet_of_pictures() -> None:
    pictures = [Image.new("RGB", (20, 10), colour) for colour in ("red", "lime", "blue")]
    drawn = sheet(pictures, ["", "", ""], columns=2)
    assert drawn.size == (2 * 28 + 8, 2 * 40 + 8)
    assert drawn.getpixel((8, 8)) == (255, 0, 0)
    assert drawn.getpixel((36, 8)) == (0, 255, 0)
    assert drawn.getpixel((8, 48)) == (0, 0, 255)


def test_stretched() -> None:
    torch.testing.assert_close(
        stretched(torch.tensor([2.0, 3.0, 4.0])), torch.tensor([0.0, 0.5, 1.0])
    )
    assert torch.equal(stretched(torch.ones(2)), torch.zeros(2))


def test_a_grid_of_grids_on_one_scale() -> None:
    maps = torch.zeros(2, 3, 2, 3)
    maps[0, 1, 0, 0] = 1.0
    drawn = mosaic(maps, title="x", side=120)
    # Tiles of two rows and three columns, with a line between them: 10 pixels a cell.
    assert drawn.size == (3 * 40 + 24, 2 * 30 + 46)
    middle = drawn.getpixel((12 + 5, 34 + 5))
    assert drawn.getpixel((12 + 40 + 5, 34 + 5)) == (253, 231, 37)
    assert drawn.getpixel((12 + 2 * 40 + 25, 34 + 30 + 15)) == middle


def test_pictures_are_drawn_as_they_are() -> None:
    red = torch.zeros(2, 2, 3)
    red[..., 0] = 1.0
    drawn = tiles([red], ["two\nlines"], columns=1, title="", side=20)
    assert drawn.getpixel((20, 40)) == (255, 0, 0)
    assert drawn.height == 40 + 20 + 8 + 28
