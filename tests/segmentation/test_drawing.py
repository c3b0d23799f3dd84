"""Colours over a picture, and a legend."""

import numpy as np
from PIL import Image

from saccade.segmentation.drawing import coloured, labelled

COLOURS = ((200, 0, 0), (0, 0, 200))


def test_each_class_has_its_colour_and_void_is_black() -> None:
    found = np.asarray(coloured(np.array([[0, 1, 255]], np.uint8), COLOURS))
    assert found.tolist() == [[[200, 0, 0], [0, 0, 200], [0, 0, 0]]]


def test_the_picture_lies_under_the_colours() -> None:
    labels = np.zeros((30, 40), np.uint8)
    picture = Image.new("RGB", (40, 30), (100, 100, 100))
    sheet = labelled(picture, labels, COLOURS, ("a", "b"), (1.0, 0.0), opacity=0.5)
    assert sheet.getpixel((0, 0)) == (150, 50, 50)
    assert sheet.width > 40


def test_the_legend_has_a_line_for_each_class_that_is_there() -> None:
    picture, labels = Image.new("RGB", (8, 8)), np.zeros((8, 8), np.uint8)
    heights = [
        labelled(picture, labels, COLOURS, ("a", "b"), shares).height
        for shares in ((1.0, 0.0), (0.5, 0.5))
    ]
    assert heights[0] < heights[1]
