"""L*a*b* by published numbers, the map by hand."""

import pytest
import torch

from saccade.classic.frequency_tuned import frequency_tuned, lab


@pytest.mark.parametrize(
    ("colour", "expected"),
    [
        ((1, 1, 1), (100, 0, 0)),
        ((0, 0, 0), (0, 0, 0)),
        ((1, 0, 0), (53.24, 80.09, 67.20)),
        ((0, 1, 0), (87.73, -86.18, 83.18)),
        ((0, 0, 1), (32.30, 79.19, -107.86)),
        ((0.5, 0.5, 0.5), (53.39, 0, 0)),
    ],
)
def test_lab(colour, expected):
    found = lab(torch.tensor(colour, dtype=torch.float32).view(1, 3, 1, 1))
    assert found.flatten().tolist() == pytest.approx(expected, abs=0.02)


def test_black_and_white_by_hand():
    images = torch.zeros(1, 3, 8, 24)
    images[..., :6] = 1
    # The mean L* is 100·6/24 = 25. Three pixels from the edge nothing of the other side is seen;
    # one from it the weights 1/16, and beside it 1/16 + 4/16, are the other side's.
    found = frequency_tuned(images)[0, 4]
    assert found[2].item() == pytest.approx(75, abs=1e-3)
    assert found[4].item() == pytest.approx(75 - 100 / 16, abs=1e-3)
    assert found[5].item() == pytest.approx(75 - 500 / 16, abs=1e-3)
    assert found[20].item() == pytest.approx(25, abs=1e-3)


def test_one_colour_is_nearly_zero():
    assert float(frequency_tuned(torch.full((2, 3, 9, 7), 0.3)).max()) < 1e-4
