"""Colours by hand, from the paper's equations."""

import pytest
import torch

from saccade.classic.opponents import opponents


def by_the_paper(r, g, b, brightest):
    i = (r + g + b) / 3
    r, g, b = (c / i if i > brightest / 10 else 0.0 for c in (r, g, b))
    red, green, blue = r - (g + b) / 2, g - (r + b) / 2, b - (r + g) / 2
    yellow = (r + g) / 2 - abs(r - g) / 2 - b
    red, green, blue, yellow = (max(0.0, c) for c in (red, green, blue, yellow))
    return i, red - green, blue - yellow


def test_slowly(generator):
    images = torch.rand(1, 3, 4, 5, generator=generator)
    images[..., 0] /= 20  # too dark to have a colour
    found = opponents(images)[0]
    brightest = float(images.mean(dim=1).max())
    for y in range(4):
        for x in range(5):
            expected = by_the_paper(*images[0, :, y, x].tolist(), brightest)
            assert found[:, y, x].tolist() == pytest.approx(expected, abs=1e-5)
    assert not found[1:, :, 0].any()


def test_pure_colours():
    images = torch.tensor([[1.0, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0], [1, 1, 1]]).T[
        None, :, None
    ]
    _, red_green, blue_yellow = opponents(images)[0, :, 0]
    assert red_green.tolist() == pytest.approx([3, -3, 0, 0, 0], abs=1e-6)
    assert blue_yellow.tolist() == pytest.approx([0, 0, 3, -1.5, 0], abs=1e-6)


def test_black_has_no_colour():
    assert not opponents(torch.zeros(1, 3, 2, 2)).any()
