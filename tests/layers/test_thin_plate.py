"""Thin-plate splines."""

import math

import pytest
import torch

from saccade.errors import ConfigError
from saccade.layers.thin_plate import control_points, thin_plate_basis, thin_plate_kernel


def test_by_hand() -> None:
    # φ(r) = r²·log r²: φ(1) = 0, φ(2) = 4·log 4, and 0 at r = 0.
    squared = torch.tensor([0.0, 1.0, 4.0], requires_grad=True)
    values = thin_plate_kernel(squared)
    torch.testing.assert_close(values, torch.tensor([0.0, 0.0, 4 * math.log(4)]))
    values.sum().backward()
    torch.testing.assert_close(squared.grad, torch.tensor([0.0, 1.0, math.log(4) + 1]))


def test_points_lie_row_by_row() -> None:
    points = control_points(2, 3)
    assert points.tolist() == [[-1, -1], [0, -1], [1, -1], [-1, 1], [0, 1], [1, 1]]


@pytest.mark.parametrize(("rows", "columns"), [(2, 2), (3, 4), (4, 4)])
def test_the_spline_passes_through_its_points(normal, rows: int, columns: int) -> None:
    points = control_points(rows, columns)
    values = normal(len(points), 2, dtype=torch.float64)
    torch.testing.assert_close(
        thin_plate_basis(points, points) @ values, values, atol=1e-12, rtol=0
    )


def test_affine_maps_stay_affine(normal) -> None:
    points, targets = control_points(3, 4), normal(20, 2, dtype=torch.float64)
    matrix, shift = normal(2, 2, dtype=torch.float64), normal(2, dtype=torch.float64)
    moved = thin_plate_basis(points, targets) @ (points @ matrix + shift)
    torch.testing.assert_close(moved, targets @ matrix + shift, atol=1e-12, rtol=0)


def test_slowly(normal) -> None:
    # The coefficients solve: f(c_k) = v_k, Σ w = 0 and Σ w·c = 0; then f is summed term by term.
    points, values = control_points(3, 2), normal(6, dtype=torch.float64)
    rows, right = [], []
    for k in range(6):
        row = [phi(points[k], points[other]) for other in range(6)]
        rows.append([*row, 1.0, *points[k].tolist()])
        right.append(float(values[k]))
    for side in (torch.ones(6), points[:, 0], points[:, 1]):
        rows.append([*side.tolist(), 0.0, 0.0, 0.0])
        right.append(0.0)
    system, wanted = (torch.tensor(table, dtype=torch.float64) for table in (rows, right))
    solved = torch.linalg.solve(system, wanted).tolist()
    targets = normal(5, 2, dtype=torch.float64)
    basis = thin_plate_basis(points, targets)
    for target, pulled in zip(targets, basis @ values, strict=True):
        bent = sum(solved[k] * phi(target, points[k]) for k in range(6))
        flat = solved[6] + solved[7] * float(target[0]) + solved[8] * float(target[1])
        assert float(pulled) == pytest.approx(bent + flat, abs=1e-12)


def phi(first: torch.Tensor, second: torch.Tensor) -> float:
    squared = float((first - second).square().sum())
    return squared * math.log(squared) if squared else 0.0


def test_no_gradient_is_nan_where_a_target_is_a_point() -> None:
    points = control_points(3, 3)
    targets = control_points(3, 3).requires_grad_()
    thin_plate_basis(points, targets).square().sum().backward()
    assert targets.grad.isfinite().all()


def test_points_on_one_line() -> None:
    with pytest.raises(ConfigError) as error:
        control_points(1, 4)
    assert str(error.value) == (
        "expected two rows and columns of points or more, got 1 x 4; try 4 x 4"
    )
