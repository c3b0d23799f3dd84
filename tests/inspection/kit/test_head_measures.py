"""What a head does, in numbers."""

import math

import pytest
import torch

from saccade.errors import ShapeError
from saccade.inspection.kit.head_measures import MEASURES, even_measures, head_measures, symmetry
from saccade.layers import TokenLayout

LAYOUT = TokenLayout(("cls",), (3, 4), (8, 8))


def test_slowly(normal) -> None:
    maps = normal(2, 13, 13, dtype=torch.float64).softmax(-1)
    found = head_measures(maps, LAYOUT)
    assert tuple(found) == MEASURES
    names = ("self", "near", "row", "column", "previous", "next", "above", "below")
    for number, one in enumerate(maps.tolist()):
        mass, total, sums = dict.fromkeys(names, 0.0), 0.0, [0.0] * 12
        far = prefix = 0.0
        for i in range(12):
            row = one[1 + i][1:]
            prefix += one[1 + i][0] / 12
            for j, weight in enumerate(row):
                down, right = j // 4 - i // 4, j % 4 - i % 4
                total += weight
                sums[j] += weight / 12
                far += weight / sum(row) * 8 * math.hypot(down, right) / 12
                mass["self"] += weight * (down == 0 == right)
                mass["near"] += weight * (max(abs(down), abs(right)) <= 1)
                mass["row"] += weight * (down == 0)
                mass["column"] += weight * (right == 0)
                mass["previous"] += weight * ((down, right) == (0, -1))
                mass["next"] += weight * ((down, right) == (0, 1))
                mass["above"] += weight * ((down, right) == (-1, 0))
                mass["below"] += weight * ((down, right) == (1, 0))
        for name in names:
            assert float(found[name][number]) == pytest.approx(mass[name] / total)
        assert float(found["distance"][number]) == pytest.approx(far, rel=1e-5)
        assert float(found["prefix"][number]) == pytest.approx(prefix)
        assert float(found["sink"][number]) == pytest.approx(max(sums))
        assert float(found["sinks"][number]) == pytest.approx(sum(sorted(sums)[-5:]))
        entropy = -sum(p * math.log(p) for row in one for p in row) / 13 / math.log(13)
        assert float(found["entropy"][number]) == pytest.approx(entropy)


def test_symmetry_by_hand() -> None:
    assert float(symmetry(torch.tensor([[0.5, 0.5], [0.5, 0.5]]))) == 1.0
    assert float(symmetry(torch.tensor([[0.0, 1.0], [0.0, 0.0]]))) == 0.0
    # Products with the transpose .25 + 0 + 0 + 1 over squares .25 + .25 + 1.
    found = float(symmetry(torch.tensor([[0.5, 0.5], [0.0, 1.0]])))
    assert found == pytest.approx(1.25 / 1.5)


def test_the_even_head() -> None:
    even = even_measures(LAYOUT)
    assert even["prefix"] == pytest.approx(1 / 13)
    assert even["row"] == pytest.approx(4 / 12)
    assert even["column"] == pytest.approx(3 / 12)
    assert even["entropy"] == pytest.approx(1.0)
    assert even["symmetry"] == pytest.approx(1.0)
    assert even["previous"] == pytest.approx(9 / 144)


def test_a_grid_of_one_row_has_nothing_above() -> None:
    layout = TokenLayout((), (1, 3), (4, 4))
    found = head_measures(torch.eye(3), layout)
    assert float(found["above"]) == 0.0
    assert float(found["self"]) == 1.0
    assert float(found["near"]) == 1.0


def test_maps_of_another_layout() -> None:
    with pytest.raises(ShapeError, match="maps over 13 tokens"):
        head_measures(torch.eye(12), LAYOUT)
