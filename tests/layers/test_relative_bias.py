"""Biases for offsets, with rows of the class token."""

from collections.abc import Callable
from types import ModuleType

import pytest
import torch
from torch import Tensor

from saccade.layers.relative_bias import (
    RelativeBias,
    bias_index,
    bias_rows,
    read_biases,
    resize_biases,
)

Draw = Callable[..., Tensor]


def test_by_hand() -> None:
    # Patches in one row of two: the offsets query minus key are -1, 0, 1; then the class token.
    assert bias_rows((1, 2)) == 6
    assert bias_index((1, 2)).tolist() == [[5, 3, 3], [4, 1, 0], [4, 2, 1]]


@pytest.mark.parametrize("grid", [(2, 3), (3, 1), (4, 4)], ids=str)
def test_slowly(grid: tuple[int, int]) -> None:
    index = bias_index(grid)
    places = [(row, column) for row in range(grid[0]) for column in range(grid[1])]
    for i, (y, x) in enumerate(places, start=1):
        for j, (v, u) in enumerate(places, start=1):
            down, right = y - v + grid[0] - 1, x - u + grid[1] - 1
            assert index[i, j] == down * (2 * grid[1] - 1) + right
    assert index.max() == bias_rows(grid) - 1


@pytest.mark.parametrize("grid", [(2, 3), (4, 4)], ids=str)
def test_equals_timm(timm: ModuleType, grid: tuple[int, int]) -> None:
    theirs = timm.models.beit.gen_relative_position_index(grid)
    assert torch.equal(bias_index(grid), theirs)


@pytest.mark.filterwarnings("ignore:torch.searchsorted", "ignore:Using a non-tuple sequence")
@pytest.mark.parametrize("target", [(5, 5), (3, 7), (2, 3)], ids=str)
def test_resized_as_timm_does(timm: ModuleType, normal: Draw, target: tuple[int, int]) -> None:
    table = normal(bias_rows((4, 4)), 3)
    theirs = timm.layers.resize_rel_pos_bias_table(table, target, (bias_rows(target), 3))
    ours = resize_biases(table, (4, 4), target, rule="timm")
    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=0)


@pytest.mark.parametrize("rule", ["timm", "hf", "google", "dino"])
def test_the_class_token_stays(normal: Draw, rule: str) -> None:
    table = normal(bias_rows((4, 3)), 2)
    wide = resize_biases(table, (4, 3), (5, 6), rule=rule)
    assert wide.shape == (bias_rows((5, 6)), 2)
    assert torch.equal(wide[-3:], table[-3:])
    flat = resize_biases(torch.ones_like(table), (4, 3), (5, 6), rule=rule)
    torch.testing.assert_close(flat, torch.ones_like(wide))


def test_one_table_for_all(normal: Draw) -> None:
    shared = RelativeBias((2, 2), 3)
    index = bias_index((2, 2))
    assert torch.equal(shared(index), torch.zeros(3, 5, 5))
    shared.relative_position_bias_table.data = normal(bias_rows((2, 2)), 3)
    found = shared(index)
    assert torch.equal(found, read_biases(shared.relative_position_bias_table, index))
    assert found[1, 0, 2] == shared.relative_position_bias_table[9, 1]
    shared.reset_parameters()
    assert not bool(shared(index).any())
