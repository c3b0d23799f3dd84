"""Pyramids keep means and places; filters answer to their own direction."""

import pytest
import torch

from saccade.classic.pyramid import ANGLES, gabor_filters, gaussian_pyramid, oriented_edges


def test_by_hand():
    line = torch.zeros(1, 1, 8)
    line[0, 0, 4] = 32
    # Pixel i of the next level reads 2i - 2 to 2i + 3 with 1 5 10 10 5 1; there is one row, which
    # halves to none, so it is doubled first.
    found = gaussian_pyramid(line.expand(1, 2, 8), 2)[1]
    assert found[0, 0].tolist() == pytest.approx([0, 5, 10, 1])


def test_sizes_and_constants():
    levels = gaussian_pyramid(torch.full((2, 37, 64), 0.25), 6)
    assert [tuple(level.shape[1:]) for level in levels] == [
        (37, 64),
        (18, 32),
        (9, 16),
        (4, 8),
        (2, 4),
        (1, 2),
    ]
    for level in levels:
        torch.testing.assert_close(level, torch.full_like(level, 0.25))


def test_a_mirrored_picture_has_a_mirrored_pyramid(generator):
    maps = torch.rand(1, 16, 32, generator=generator)
    for level, mirrored in zip(
        gaussian_pyramid(maps, 4), gaussian_pyramid(maps.flip(2), 4), strict=True
    ):
        torch.testing.assert_close(mirrored, level.flip(2))


def test_filters_are_blind_to_constants():
    assert float(gabor_filters().sum(dim=(1, 2, 3)).abs().max()) < 1e-6
    assert float(oriented_edges(torch.full((1, 9, 9), 0.7)).max()) < 1e-6


@pytest.mark.parametrize(("place", "angle"), list(enumerate(ANGLES)))
def test_each_angle_prefers_its_bars(place, angle):
    y, x = torch.meshgrid(torch.arange(41.0) - 20, torch.arange(41.0) - 20, indexing="ij")
    # Distance from a line through the middle at this angle, anticlockwise with y down.
    turn = torch.deg2rad(torch.tensor(float(angle)))
    bar = ((x * turn.sin() + y * turn.cos()).abs() < 1.5).float()
    answers = oriented_edges(bar[None])[0, :, 20, 20]
    assert int(answers.argmax()) == place
    assert float(answers[place]) > 2 * float(answers[(place + 2) % 4])
