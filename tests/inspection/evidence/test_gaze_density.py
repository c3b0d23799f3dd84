"""CC, SIM and KL."""

import math

import pytest
import torch

from saccade.errors import ShapeError
from saccade.inspection.evidence.gaze_density import cc, kl, sim

FIRST = torch.tensor([[[1.0, 2.0], [3.0, 4.0]]])
SECOND = torch.tensor([[[1.0, 1.0], [1.0, 5.0]]])


def test_by_hand():
    # CC: deviations (-1.5, -0.5, 0.5, 1.5) and (-1, -1, -1, 3): 6 over sqrt(5 · 12).
    assert float(cc(FIRST, SECOND)) == pytest.approx(6 / math.sqrt(60))
    # SIM: (0, 1, 2, 3) / 6 and (0, 0, 0, 4) / 4 share 1/2.
    assert float(sim(FIRST, SECOND)) == pytest.approx(0.5)
    # KL: sums 10 and 8.
    expected = sum(
        q * math.log(q / p)
        for p, q in zip((0.1, 0.2, 0.3, 0.4), (1 / 8, 1 / 8, 1 / 8, 5 / 8), strict=True)
    )
    assert float(kl(FIRST, SECOND)) == pytest.approx(expected)


def test_a_map_is_like_itself(normal):
    maps = normal(3, 4, 5).exp()
    torch.testing.assert_close(cc(maps, 2 * maps + 1), torch.ones(3).double())
    torch.testing.assert_close(sim(maps, 3 * maps), torch.ones(3).double())
    torch.testing.assert_close(kl(maps, 3 * maps), torch.zeros(3).double(), atol=1e-12, rtol=0)


def test_what_the_density_has_and_the_map_has_not_costs_much():
    empty = torch.tensor([[[1.0, 0.0]]])
    assert float(kl(empty, torch.tensor([[[0.5, 0.5]]]))) > 15
    assert float(kl(torch.tensor([[[0.5, 0.5]]]), empty)) == pytest.approx(math.log(2))


def test_no_difference_is_no_number():
    assert cc(torch.ones(1, 2, 2), FIRST).isnan().all()
    assert sim(torch.ones(1, 2, 2), FIRST).isnan().all()


def test_what_does_not_fit():
    with pytest.raises(ShapeError, match="nothing below 0, got a lowest entry of -4; try maps -"):
        kl(-FIRST, SECOND)
    with pytest.raises(ShapeError, match="maps with mass"):
        kl(0 * FIRST, SECOND)
    with pytest.raises(ShapeError, match="the maps"):
        cc(torch.zeros(1, 2, 3), SECOND)
    with pytest.raises(ShapeError, match="maps of finite numbers"):
        sim(FIRST / 0, SECOND)
