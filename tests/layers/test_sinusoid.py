"""Positions of words."""

import math

import pytest
import torch

from saccade.errors import ConfigError
from saccade.layers.sinusoid import Sinusoid, sinusoid


def test_by_hand() -> None:
    # d = 4: the rates are 1 and 1/100.
    expected = [[math.sin(3), math.cos(3), math.sin(0.03), math.cos(0.03)]]
    torch.testing.assert_close(sinusoid(1, 4, first=3), torch.tensor(expected))


def test_slowly() -> None:
    table = sinusoid(7, 10)
    for t in range(7):
        for k in range(5):
            angle = t / 10000 ** (2 * k / 10)
            assert abs(table[t, 2 * k] - math.sin(angle)) < 1e-6
            assert abs(table[t, 2 * k + 1] - math.cos(angle)) < 1e-6


def test_the_product_of_two_positions_depends_on_their_distance_alone() -> None:
    table = sinusoid(20, 16).double()
    products = table @ table.T
    torch.testing.assert_close(products[3, 8], products[12, 17], atol=1e-5, rtol=0)
    torch.testing.assert_close(products.diagonal(), torch.full((20,), 8.0).double())


def test_texts_longer_than_what_is_ready(normal) -> None:
    x = normal(2, 3, 6)
    short, long = Sinusoid(6, 4), Sinusoid(6, 9)
    torch.testing.assert_close(short(x, 3), long(x, 3), atol=0, rtol=0)
    torch.testing.assert_close(long(x, 3) - x, sinusoid(9, 6)[3:6].expand(2, 3, 6))
    assert not short.state_dict()


def test_an_odd_width() -> None:
    with pytest.raises(ConfigError) as error:
        sinusoid(3, 7)
    assert str(error.value) == "expected an even width for positions of words, got 7; try 8"
