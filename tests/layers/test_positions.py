"""Position tables and their resize."""

import math
from typing import get_args

import pytest
import torch
import torch.nn.functional as F
from scipy import ndimage
from torch import Tensor, nn

from saccade.errors import ConfigError, ShapeError
from saccade.layers import GridPositions, TokenLayout, resize_positions, sincos_positions
from saccade.layers.positions import ResizeRule, start_positions


def resized(
    table: Tensor, source: tuple[int, int], *, mode: str = "bicubic", **how: object
) -> Tensor:
    """Peers' way: the grid part as an image, through F.interpolate."""
    prefix, grid = table[:, : -math.prod(source)], table[:, -math.prod(source) :]
    image = grid.transpose(1, 2).reshape(1, -1, *source)
    image = F.interpolate(image, mode=mode, align_corners=False, **how)
    return torch.cat([prefix, image.flatten(2).transpose(1, 2)], dim=1)


def test_resize_by_hand() -> None:
    # Corners stay, and the middle of 0 and 6 is 3; the class row is kept.
    table = torch.tensor([[[9.0], [0.0], [6.0]]])
    grown = resize_positions(table, (1, 2), (1, 3), rule="google")
    torch.testing.assert_close(grown, torch.tensor([[[9.0], [0.0], [3.0], [6.0]]]))


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ((14, 14), (24, 24)),
        ((14, 14), (37, 37)),
        ((14, 14), (7, 7)),
        ((16, 16), (5, 5)),
        ((14, 14), (10, 20)),
        ((7, 9), (12, 4)),
        ((6, 6), (4, 9)),
        ((4, 4), (1, 1)),
        ((5, 3), (1, 7)),
        ((1, 3), (4, 2)),
    ],
)
def test_google_equals_scipy(normal, source: tuple[int, int], target: tuple[int, int]) -> None:
    table = normal(1, 1 + math.prod(source), 8)
    ours = resize_positions(table, source, target, rule="google")
    zoom = (target[0] / source[0], target[1] / source[1], 1)
    theirs = ndimage.zoom(table[0, 1:].reshape(*source, 8).numpy(), zoom, order=1)
    expected = torch.from_numpy(theirs).reshape(1, -1, 8)
    torch.testing.assert_close(ours[:, 1:], expected, atol=1e-5, rtol=0)
    assert torch.equal(ours[:, :1], table[:, :1])


@pytest.mark.parametrize("target", [(24, 24), (37, 37), (7, 7), (10, 20), (9, 4)])
@pytest.mark.parametrize("prefix", [0, 1, 2])
def test_the_rules_of_peers(normal, target: tuple[int, int], prefix: int) -> None:
    table = normal(1, prefix + 14 * 14, 8)
    timm = resize_positions(table, (14, 14), target, rule="timm")
    torch.testing.assert_close(timm, resized(table, (14, 14), size=target, antialias=True))
    hf = resize_positions(table, (14, 14), target, rule="hf")
    torch.testing.assert_close(hf, resized(table, (14, 14), size=target))
    factors = ((target[0] + 0.1) / 14, (target[1] + 0.1) / 14)
    dino = resize_positions(table, (14, 14), target, rule="dino")
    torch.testing.assert_close(dino, resized(table, (14, 14), scale_factor=factors))
    pvt = resize_positions(table, (14, 14), target, rule="pvt")
    torch.testing.assert_close(pvt, resized(table, (14, 14), mode="bilinear", size=target))
    assert torch.equal(resize_positions(table, (14, 14), target, rule="deit"), hf)
    assert timm.shape == hf.shape == dino.shape == (1, prefix + math.prod(target), 8)
    assert torch.equal(timm[:, :prefix], table[:, :prefix])


@pytest.mark.parametrize("rule", get_args(ResizeRule))
def test_the_same_grid_is_the_identity_and_the_same_count_is_not(normal, rule: str) -> None:
    table = normal(1, 37, 4)
    assert torch.equal(resize_positions(table, (6, 6), (6, 6), rule=rule), table)
    other = resize_positions(table, (6, 6), (4, 9), rule=rule)
    assert other.shape == table.shape
    assert float((other - table)[:, 1:].abs().max()) > 0.5


def test_half_precision_is_resized_in_float32(normal) -> None:
    table = normal(1, 17, 4, dtype=torch.bfloat16)
    half = resize_positions(table, (4, 4), (6, 6))
    assert half.dtype == torch.bfloat16
    assert torch.equal(half, resize_positions(table.float(), (4, 4), (6, 6)).bfloat16())
    assert resize_positions(table.double(), (4, 4), (6, 6)).dtype == torch.float64


@pytest.mark.parametrize("rule", ["mae", "big_vision"])
def test_sincos_slowly(rule: str) -> None:
    table = sincos_positions((2, 3), 16, rule=rule)
    for row in range(2):
        for column in range(3):
            for k in range(4):
                omega = 10000.0 ** -(k / (4 if rule == "mae" else 3))
                x, y = column * omega, row * omega
                expected = torch.tensor([math.sin(x), math.cos(x), math.sin(y), math.cos(y)])
                torch.testing.assert_close(table[row * 3 + column, k::4], expected)


def test_the_two_sincos_rules_differ() -> None:
    both = [sincos_positions((4, 4), 32, rule=rule) for rule in ("mae", "big_vision")]
    assert float((both[0] - both[1]).abs().max()) == pytest.approx(0.11, abs=0.02)


def test_grid_positions_by_hand() -> None:
    tables = GridPositions((2, 2), 2)
    tables.x.data, tables.y.data = torch.tensor([[1.0], [2.0]]), torch.tensor([[3.0], [4.0]])
    # Row by row: (y 0, x 0), (y 0, x 1), (y 1, x 0), (y 1, x 1), each as (x, y).
    expected = torch.tensor([[1.0, 3], [2, 3], [1, 4], [2, 4]])
    torch.testing.assert_close(tables(), expected)
    wide = tables.resized((1, 3))
    torch.testing.assert_close(wide.x, nn.Parameter(torch.tensor([[1.0], [1.5], [2.0]])))


def test_grid_positions_keep_their_precision(drawn) -> None:
    tables = drawn(GridPositions((2, 3), 4).double()).resized((4, 4))
    assert (tables.x.dtype, tables.y.dtype) == (torch.float64, torch.float64)


def test_every_kind_of_start() -> None:
    layout = TokenLayout(("cls",), (2, 3), (4, 4))
    assert start_positions("none", layout, 8) is None
    assert start_positions("learn", layout, 8).shape == (1, 7, 8)
    assert start_positions("learn2d", layout, 8)().shape == (6, 8)
    fixed = start_positions("sincos2d", layout, 8)
    assert torch.equal(fixed[0, 0], torch.zeros(8))
    assert torch.equal(fixed[0, 1:], sincos_positions((2, 3), 8))


def test_errors() -> None:
    with pytest.raises(ConfigError, match="divisible by 4, for sincos2d positions, got 10"):
        sincos_positions((2, 2), 10)
    with pytest.raises(ConfigError, match="even embed_dim for learn2d positions, got 7; try 8"):
        GridPositions((2, 2), 7)
    with pytest.raises(ConfigError, match="a resize rule, got 'best'; try timm or google or hf"):
        resize_positions(torch.zeros(1, 4, 2), (2, 2), (3, 3), rule="best")
    with pytest.raises(ShapeError, match=r"at least 9 rows for the grid \(3, 3\), got \(1, 4, 2\)"):
        resize_positions(torch.zeros(1, 4, 2), (3, 3), (2, 2))
