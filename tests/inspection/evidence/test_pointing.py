"""The pointing game, and the mass inside of boxes."""

import math

import pytest
import torch

from saccade.errors import ConfigError, ShapeError
from saccade.inspection.evidence.pointing import (
    filled,
    highest,
    mass_inside,
    pointing_hits,
    pointing_score,
)


def peak(row, column, size=40):
    maps = torch.zeros(1, size, size)
    maps[0, row, column] = 1
    return maps


def test_the_highest_pixel_is_told_by_its_centre():
    assert highest(peak(3, 7)).tolist() == [[7.5, 3.5]]
    assert highest(torch.zeros(1, 3, 3)).tolist() == [[0.5, 0.5]]  # the first of equal ones


def test_the_tolerance_by_hand():
    box = [torch.tensor([[20.0, 20.0, 30.0, 30.0]])]
    # The centre of pixel (25, 4) is 20 - 4.5 = 15.5 left of the box, of (25, 5) 14.5.
    assert pointing_hits(peak(25, 4), box).tolist() == [False]
    assert pointing_hits(peak(25, 5), box).tolist() == [True]
    # From the corner: (9.5, 9.5) is sqrt(2 · 10.5²) = 14.85 away, (8.5, 9.5) sqrt(11.5² + 10.5²).
    assert pointing_hits(peak(9, 9), box).tolist() == [True]
    assert pointing_hits(peak(9, 8), box).tolist() == [False]
    assert math.hypot(11.5, 10.5) > 15
    assert pointing_hits(peak(25, 25), box, tolerance=0).tolist() == [True]


def test_any_box_will_do():
    boxes = [torch.tensor([[0.0, 0, 5, 5], [30.0, 30, 35, 35]])]
    assert pointing_hits(peak(32, 32), boxes, tolerance=0).tolist() == [True]


def test_classes_count_alike():
    # Class 3: two of three, class 5: none of one; mean 1/3, and two of four overall.
    found = pointing_score(torch.tensor([True, True, False, False]), torch.tensor([3, 3, 3, 5]))
    assert found.classes == pytest.approx({3: 2 / 3, 5: 0})
    assert found.accuracy == pytest.approx(1 / 3)
    assert found.overall == 0.5


def test_mass_by_hand():
    maps = torch.tensor([[[1.0, 2.0], [3.0, -4.0]]])
    boxes = [torch.tensor([[0.0, 0, 1, 2], [0.0, 1, 2, 2]])]  # all but the top right pixel
    assert float(mass_inside(maps, boxes)) == pytest.approx(4 / 6)
    assert mass_inside(torch.zeros(1, 2, 2), boxes).isnan().all()


def test_a_pixel_belongs_where_its_centre_is():
    marks = filled([torch.tensor([[0.6, 0.0, 2.5, 1.0]])], (2, 4))
    assert marks.tolist() == [[[False, True, False, False], [False] * 4]]


@pytest.mark.parametrize(
    ("call", "error", "sentence"),
    [
        (lambda: pointing_hits(peak(1, 1), []), ShapeError, "the maps"),
        (
            lambda: pointing_hits(peak(1, 1), [torch.tensor([[5.0, 5, 1, 1]])]),
            ShapeError,
            "boxes x0 y0 x1 y1 with x0 < x1",
        ),
        (
            lambda: pointing_hits(peak(1, 1), [torch.ones(1, 4)], tolerance=-1),
            ShapeError,
            "boxes",
        ),
        (
            lambda: pointing_hits(peak(1, 1), [torch.tensor([[0.0, 0, 1, 1]])], tolerance=-1),
            ConfigError,
            "a tolerance of 0 pixels or more, got -1",
        ),
        (lambda: highest(torch.full((1, 2, 2), torch.nan)), ShapeError, "maps without NaN"),
        (
            lambda: pointing_score(torch.ones(0).bool(), torch.ones(0)),
            ShapeError,
            "one hit or miss or more",
        ),
    ],
)
def test_what_does_not_fit(call, error, sentence):
    with pytest.raises(error, match=sentence):
        call()
