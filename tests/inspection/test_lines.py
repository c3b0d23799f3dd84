"""Lines on pictures and charts, to the pixel."""

import torch
from PIL import Image

from saccade.inspection import lines

BOX = (10.0, 20.0, 110.0, 70.0)
WHITE, RED = (255, 255, 255), (255, 77, 109)


def ground() -> Image.Image:
    return Image.new("RGB", (120, 80))


def test_the_identity_grid_frames_the_box() -> None:
    x, y = torch.linspace(-1, 1, 5), torch.linspace(-1, 1, 3)
    points = torch.stack(torch.meshgrid(x, y, indexing="xy"), dim=-1)
    drawn = lines.meshes(ground(), points[None], BOX)
    for x, y in ((60, 20), (60, 70), (110, 50), (35, 40), (90, 45)):
        assert drawn.getpixel((x, y)) == WHITE, (x, y)  # columns at 10, 35, …; rows at 20, 45, 70
    assert drawn.getpixel((10, 20)) == RED
    assert drawn.getpixel((50, 33)) == (0, 0, 0)


def test_a_grid_of_one_point_and_one_without_end_are_drawn() -> None:
    lines.meshes(ground(), torch.full((1, 2, 2, 2), float("inf")), BOX)
    lines.meshes(ground(), torch.full((1, 2, 2, 2), float("nan")), BOX)
    assert lines.meshes(ground(), torch.zeros(1, 1, 1, 2), BOX).getpixel((60, 45)) == RED


def test_boxes_lie_where_they_should() -> None:
    edges = torch.tensor([[[-1.0, -1, 0, 0]], [[0.2, 0.2, 0.8, 0.8]]])
    drawn = lines.boxes(ground(), edges, BOX)
    first, second = drawn.getpixel((10, 30)), drawn.getpixel((70, 60))
    assert first != (0, 0, 0)
    assert sum(second) > sum(first)
    assert drawn.getpixel((100, 22)) == (0, 0, 0)


def test_the_frame_of_a_cell() -> None:
    drawn = lines.cell(ground(), (1, 2), (2, 4), BOX)  # x 60-85, y 45-70
    for x, y in ((60, 57), (85, 57), (72, 45), (72, 70)):
        assert WHITE in [drawn.getpixel((x + by, y + by)) for by in (-1, 0, 1)]
    assert drawn.getpixel((72, 57)) == (0, 0, 0)


def test_bars_are_as_high_as_their_values() -> None:
    drawn = lines.bars(torch.tensor([0.5, 1.0, 0.0, -1.0]), 400)
    blue = (47, 91, 208)
    # Four bars of 84 pixels from x 52; zero is in the middle of y 16-170, at 93.
    heights = [
        [y for y in range(200) if drawn.getpixel((52 + 84 * c + 30, y)) == blue] for c in range(4)
    ]
    assert abs(min(heights[0]) - (93 - 38)) <= 1
    assert abs(min(heights[1]) - 16) <= 1
    assert len(heights[2]) <= 1
    assert abs(max(heights[3]) - 170) <= 1
    assert lines.bars(torch.rand(2048), 400).size == (400, 200)
