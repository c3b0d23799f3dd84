"""What positions alone say."""

import math

import pytest
import torch

from saccade.errors import ConfigError, ShapeError
from saccade.inspection.kit.kernel import (
    bias_kernel,
    offset_kernel,
    reach,
    table_kernel,
    turn_kernel,
)
from saccade.layers import sincos_positions
from saccade.layers.relative_bias import bias_index, bias_rows, read_biases
from saccade.layers.rotary import rotary_turns


@pytest.mark.parametrize("rule", ["cat", "dinov3"])
@pytest.mark.parametrize("halves", [True, False])
def test_turns_are_what_the_same_content_gives(rule: str, halves: bool) -> None:
    turns = rotary_turns((3, 4), 8, rule=rule, temperature=100.0, halves=halves)
    kernel = turn_kernel(turns, (3, 4))
    content = turns(torch.ones(1, 1, 12, 8))[0, 0]
    for i in range(12):
        for j in range(12):
            down, right = j // 4 - i // 4, j % 4 - i % 4
            found = kernel.values[0, 2 + down, 3 + right]
            torch.testing.assert_close(found, content[i] @ content[j] / 8, atol=1e-5, rtol=0)
    assert float(kernel.values[0, 2, 3]) == pytest.approx(1.0)
    assert float(kernel.stationary[0]) == pytest.approx(1.0, abs=1e-6)
    torch.testing.assert_close(kernel.values, kernel.values.flip(1, 2))


def test_turns_by_hand() -> None:
    # Four features: one pair turns by the row, one by the column, both by 1 a patch.
    kernel = turn_kernel(rotary_turns((1, 3), 4), (1, 3))
    expected = [(1 + math.cos(step)) / 2 for step in (-2, -1, 0, 1, 2)]
    torch.testing.assert_close(kernel.values, torch.tensor([[expected]]))


def test_biases_of_beit_come_back_by_offset(normal) -> None:
    table = normal(bias_rows((2, 3)), 2)
    biases = read_biases(table, bias_index((2, 3)))
    kernel = bias_kernel(biases, (2, 3), layer="blocks.0.attn")
    # Its rows count query minus key, ours key minus query.
    offsets = table[:15].T.reshape(2, 3, 5).flip(1, 2)
    torch.testing.assert_close(kernel.values, offsets)
    torch.testing.assert_close(kernel.stationary, torch.ones(2))
    swin = offset_kernel(table[:15], (2, 3))
    torch.testing.assert_close(swin.values, kernel.values)
    query = 4  # row 1, column 1
    read = biases[:, 1 + query, 1:].softmax(-1).reshape(2, 2, 3)
    torch.testing.assert_close(kernel.reading((1, 1)), read)
    torch.testing.assert_close(kernel.reading(), kernel.reading((1, 1)))


def test_the_reach_of_biases_slowly(normal) -> None:
    biases = normal(2, 6, 6)
    table = normal(15, 2)
    index = bias_index((2, 3))[1:, 1:]
    biases = read_biases(table, index)
    expected = torch.zeros(2)
    for i in range(6):
        for j in range(6):
            far = math.hypot(i // 3 - j // 3, i % 3 - j % 3)
            expected += biases[:, i].softmax(-1)[:, j] * far / 6
    torch.testing.assert_close(reach(bias_kernel(biases, (2, 3))), expected)


def test_tables_of_sines_depend_on_the_offset_alone(normal) -> None:
    kernel = table_kernel(sincos_positions((3, 4), 16), (3, 4))
    assert float(kernel.stationary[0]) == pytest.approx(1.0, abs=1e-5)
    assert float(kernel.values[0, 2, 3]) == pytest.approx(1.0)
    drawn = table_kernel(normal(12, 16), (3, 4))
    assert float(drawn.stationary[0]) < 0.95
    assert float(drawn.values[0, 2, 3]) == pytest.approx(1.0)


def test_biases_of_zero_are_even() -> None:
    kernel = bias_kernel(torch.zeros(1, 4, 4), (2, 2))
    torch.testing.assert_close(kernel.reading(), torch.full((1, 2, 2), 0.25))
    assert float(kernel.stationary[0]) == 1.0


def test_errors() -> None:
    with pytest.raises(ShapeError, match="the turns"):
        turn_kernel(rotary_turns((2, 2), 8), (2, 3))
    with pytest.raises(ShapeError, match="biases of at least 6 tokens"):
        bias_kernel(torch.zeros(1, 4, 4), (2, 3))
    with pytest.raises(ShapeError, match="the table of biases"):
        offset_kernel(torch.zeros(14, 2), (2, 3))
    with pytest.raises(ShapeError, match=r"a query on the 2x2 grid, got \(2, 0\)"):
        bias_kernel(torch.zeros(1, 4, 4), (2, 2)).reading((2, 0))
    with pytest.raises(ConfigError, match="biases, which are scores, got cosine of rows"):
        reach(table_kernel(sincos_positions((2, 2), 8), (2, 2)))
