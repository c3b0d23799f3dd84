"""Scores beside those of random orders, and the random orders themselves."""

import math

import pytest
import torch

from saccade.errors import ConfigError
from saccade.inspection.evidence.control import Control, random_maps


def test_a_control_by_hand():
    # Random orders of image 0: 0.2 and 0.4, mean 0.3, deviation sqrt(2 · 0.01); image 1: 0.5 twice.
    random = torch.tensor([[0.2, 0.5], [0.4, 0.5]])
    up = Control(torch.tensor([0.6, 0.4]), random, lower_is_better=False)
    torch.testing.assert_close(up.advantage, torch.tensor([0.3, -0.1]))
    torch.testing.assert_close(up.spread, torch.tensor([math.sqrt(0.02), 0.0]))
    down = Control(torch.tensor([0.6, 0.4]), random, lower_is_better=True)
    torch.testing.assert_close(down.advantage, torch.tensor([-0.3, 0.1]))
    assert up.to_dict()["better_than_random"] == 0.5
    assert up.to_dict()["random"] == pytest.approx(0.4)


def test_one_draw_has_no_spread():
    assert Control(torch.ones(1), torch.ones(1, 1), lower_is_better=False).spread.isnan().all()


def test_draws_differ_and_repeat(generator):
    maps = torch.zeros(2, 4, 6)
    first = list(random_maps(maps, draws=3, generator=generator))
    again = list(random_maps(maps, draws=3, generator=torch.Generator().manual_seed(0)))
    assert [tuple(each.shape) for each in first] == [(2, 4, 6)] * 3
    torch.testing.assert_close(torch.stack(first), torch.stack(again))
    assert (first[0] != first[1]).all()
    assert (first[0][0] != first[0][1]).all()


def test_a_grain_makes_blobs(generator):
    fine, coarse = (
        next(random_maps(torch.zeros(1, 32, 32), grain=grain, generator=generator))
        for grain in (None, (4, 4))
    )
    steps = [(each[:, 1:] - each[:, :-1]).abs().mean() for each in (fine, coarse)]
    assert steps[1] < steps[0] / 4


def test_nothing_to_draw():
    with pytest.raises(ConfigError, match="one random order or more, got draws=0"):
        random_maps(torch.zeros(1, 2, 2), draws=0)
