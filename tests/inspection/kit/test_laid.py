"""Maps over pictures."""

import torch
from PIL import Image

from saccade.data.geometry import Geometry
from saccade.inspection.kit.laid import label, laid, multiplied

WHITE = Image.new("RGB", (40, 20), "white")
RIGHT = Geometry.of((40, 20)).cropped(20, 0, (20, 20))


def test_a_map_lies_where_the_model_looked() -> None:
    drawn = laid(WHITE, torch.tensor([[0.0, 1.0]]), RIGHT, side=20)
    assert drawn.size == (40, 20)
    assert drawn.getpixel((5, 10)) == (127, 127, 127)  # outside of the crop
    assert drawn.getpixel((25, 10)) != drawn.getpixel((35, 10))


def test_a_picture_times_a_smooth_map() -> None:
    values = torch.tensor([[0.0, 0.0, 0.0, 1.0]])
    drawn = multiplied(WHITE, values, RIGHT, side=20)
    assert drawn.size == (40, 20)
    assert drawn.getpixel((5, 10)) == (0, 0, 0)  # the model did not look there
    row = [drawn.getpixel((x, 10))[0] for x in range(20, 40)]
    assert row == sorted(row)
    assert row[0] == 0
    assert row[-1] >= 250
    assert len(set(row)) > 8  # smooth, not patches
    even = multiplied(WHITE, torch.ones(2, 2), RIGHT, side=20)
    assert even.getpixel((30, 10))[0] in (0, 255)


def test_drawings_are_called_by_number_and_name() -> None:
    assert label(3, "photos/고양이.png") == "03_고양이"
