"""Thin-plate splines: the smoothest bending of the plane that moves given points to given places.

Source: Bookstein, "Principal Warps: Thin-Plate Splines and the Decomposition of Deformations",
IEEE TPAMI 11(6), 1989. The spline is f(p) = a0 + A·p + Σ w_k·φ(|p - c_k|) with φ(r) = r²·log r².
"""

import torch
from torch import Tensor

from saccade.errors import ConfigError


def thin_plate_kernel(squared: Tensor) -> Tensor:
    """Compute r²·log r² of squared distances; 0 at r = 0, where the gradient is 0 too."""
    apart = squared > 0
    return torch.where(apart, squared * torch.where(apart, squared, 1.0).log(), 0.0)


def control_points(rows: int, columns: int) -> Tensor:
    """Spread points (k xy) evenly over -1…1, corners included, row by row, in float64.

    Raises:
        ConfigError: fewer than two rows or columns, which lie on one line.
    """
    if min(rows, columns) < 2:
        raise ConfigError("two rows and columns of points or more", f"{rows} x {columns}", "4 x 4")
    y = torch.linspace(-1, 1, rows, dtype=torch.float64)
    x = torch.linspace(-1, 1, columns, dtype=torch.float64)
    return torch.cartesian_prod(y, x).flip(1)


def thin_plate_basis(points: Tensor, targets: Tensor) -> Tensor:
    """Compute how much each control point pulls each target (n k); the spline is basis @ values.

    The spline through the values (k …) that the points take is linear in the values, so that one
    basis serves all splines with the same points and targets.

    Args:
        points: the control points (k d), not all on one line.
        targets: where the splines are evaluated (n d).
    """
    count, axes = points.shape
    system = points.new_zeros(count + axes + 1, count + axes + 1)
    system[:count, :count] = thin_plate_kernel(_squared_distances(points, points))
    system[:count, count] = system[count, :count] = 1.0
    system[:count, count + 1 :] = points
    system[count + 1 :, :count] = points.T
    wanted = torch.eye(count + axes + 1, count, dtype=points.dtype, device=points.device)
    bent = thin_plate_kernel(_squared_distances(targets, points))
    flat = torch.cat([torch.ones_like(targets[:, :1]), targets], dim=1)
    return torch.cat([bent, flat], dim=1) @ torch.linalg.solve(system, wanted)


def _squared_distances(first: Tensor, second: Tensor) -> Tensor:
    return (first[:, None] - second).square().sum(-1)
