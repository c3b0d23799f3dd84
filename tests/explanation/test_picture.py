"""Maps over pictures."""

import numpy as np
import torch
from PIL import Image

from saccade.data.geometry import Geometry
from saccade.explanation.picture import overlaid
from saccade.inspection.render import colour_map
from tests.explanation.test_explanation import made


def test_the_part_that_the_model_saw_is_coloured() -> None:
    picture = Image.new("RGB", (12, 4), (100, 100, 100))
    # The middle 8x4 pixels, halved.
    geometry = Geometry.of((12, 4)).resized((6, 2)).cropped(1, 0, (4, 2))
    maps = torch.tensor([[[0.0, 1.0]], [[0.0, 1.0]]])
    shown = np.asarray(overlaid(made(map=maps, geometries=(geometry,) * 2), picture, opacity=1.0))
    assert shown.shape == (4, 12, 3)
    assert (shown[:, [0, 1, 10, 11]] == 50).all()
    low, high = colour_map(torch.tensor([0.0, 1.0])).tolist()
    assert (shown[0, 2].tolist(), shown[3, 9].tolist()) == (low, high)


def test_without_geometry_the_map_covers_the_picture() -> None:
    shown = overlaid(made(), Image.new("RGB", (8, 8)), opacity=1.0)
    low, high = colour_map(torch.tensor([0.0, 1.0])).tolist()
    corners = [list(shown.getpixel(at)) for at in ((0, 0), (7, 7))]
    assert corners == [low, high]
