"""Colours and overlays."""

import pytest
import torch
from PIL import Image

from saccade.errors import ShapeError
from saccade.inspection import colour_map, overlay


def test_the_ends_of_the_colours() -> None:
    colours = colour_map(torch.tensor([0.0, 0.2, 1.0, -3.0, 7.0, float("nan")]))
    ends = [[68, 1, 84], [65, 68, 135], [253, 231, 37]]
    assert colours.tolist() == [*ends, ends[0], ends[2], [0, 0, 0]]
    assert colours.dtype == torch.uint8


def test_colours_grow_lighter() -> None:
    colours = colour_map(torch.linspace(0, 1, 101)).double()
    light = colours @ torch.tensor([0.2126, 0.7152, 0.0722], dtype=torch.float64)
    assert (light.diff() > 0).all()


def test_the_map_lies_on_its_box() -> None:
    # A 2x3 map on the box (10, 20)-(40, 40) of a white picture: patches of 10x10 pixels.
    values = torch.tensor([[0.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    picture = Image.new("RGB", (60, 50), "white")
    shown = overlay(picture, values, (10, 20, 40, 40), opacity=1.0)
    assert shown.size == picture.size
    for y in range(50):
        for x in range(60):
            inside = 10 <= x < 40 and 20 <= y < 40
            bright = 20 <= x < 30 and 30 <= y < 40
            outside = (127, 127, 127)
            expected = ((253, 231, 37) if bright else (68, 1, 84)) if inside else outside
            assert shown.getpixel((x, y)) == expected, (x, y)


def test_opacity_mixes_map_and_picture() -> None:
    shown = overlay(Image.new("RGB", (4, 4), "white"), torch.eye(2), (0, 0, 4, 4), opacity=0.0)
    assert shown.getcolors() == [(16, (255, 255, 255))]


def test_smooth_maps_have_colours_in_between() -> None:
    picture = Image.new("RGB", (40, 40))
    sharp = overlay(picture, torch.eye(2), (0, 0, 40, 40), opacity=1.0)
    smooth = overlay(picture, torch.eye(2), (0, 0, 40, 40), opacity=1.0, resample="bilinear")
    assert len(sharp.getcolors()) == 2
    assert len(smooth.getcolors()) > 10


def test_a_flat_map_a_grey_picture_and_a_box_that_sticks_out() -> None:
    picture = Image.new("L", (10, 8))
    shown = overlay(picture, torch.full((2, 2), 0.3), (-2.0, -1.0, 12.0, 9.0))
    assert (shown.size, shown.mode) == ((10, 8), "RGB")
    assert len(shown.getcolors()) == 1


def test_the_picture_is_not_changed() -> None:
    picture = Image.new("RGB", (4, 4), "white")
    overlay(picture, torch.eye(2), (0, 0, 4, 4))
    assert picture.getcolors() == [(16, (255, 255, 255))]


def test_a_map_with_an_axis_too_many() -> None:
    with pytest.raises(ShapeError, match=r"the map as \(h w\) with 2 axes, got \(1, 2, 2\)"):
        overlay(Image.new("RGB", (4, 4)), torch.zeros(1, 2, 2), (0, 0, 4, 4))
