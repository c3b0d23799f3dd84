"""Families of warps: from a few numbers to the place that each output position looks at.

Source: Jaderberg, Simonyan, Zisserman, Kavukcuoglu, "Spatial Transformer Networks", NeurIPS 2015,
arXiv:1506.02025, section 3.2: attention (eq. 2), affine (eq. 1), plane projective and thin-plate
spline; and the three-dimensional affine map of its appendix.

Coordinates are (x, y) or (x, y, z) in -1…1 of the input, and so are the targets, which are the
positions of the output. They are made in float32 at least: in bfloat16 the coordinates of a map
224 wide are wrong by up to 0.22 pixels.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import torch
from torch import Tensor

from saccade.errors import ConfigError
from saccade.layers.thin_plate import control_points, thin_plate_basis

WarpName = Literal["attention", "affine", "projective", "thin_plate", "affine_3d"]


class Warp(Protocol):
    """A family of warps of the plane, or of space."""

    @property
    def count(self) -> int:
        """How many numbers choose one warp of the family."""

    @property
    def axes(self) -> int:
        """2 for the plane, 3 for space."""

    def start(self, scale: Sequence[float], shift: Sequence[float]) -> Tensor:
        """Give the numbers (count) of the warp p ↦ scale·p + shift, axis by axis.

        Scale 1 and shift 0 are the identity. A family that cannot do it comes as near as it can.
        """

    def grid(self, numbers: Tensor, targets: Tensor) -> Tensor:
        """Say where each target (n d) looks, for each row of numbers (b count): (b n d)."""


@dataclass(frozen=True)
class AttentionWarp:
    """A window of the input: numbers s, tx, ty, or tx, ty where the scale is fixed (eq. 2).

    Args:
        scale: side of the window over that of the input; learned when None.
    """

    scale: float | None = None

    @property
    def axes(self) -> int:
        """The plane."""
        return 2

    @property
    def count(self) -> int:
        """Three, or two with a fixed scale."""
        return 3 if self.scale is None else 2

    def start(self, scale: Sequence[float], shift: Sequence[float]) -> Tensor:
        """Give a window that lies inside of scale·p + shift."""
        return torch.tensor([min(scale), *shift] if self.scale is None else [*shift])

    def grid(self, numbers: Tensor, targets: Tensor) -> Tensor:
        """Scale and shift the targets."""
        scale = (
            numbers[:, :1] if self.scale is None else self.scale * torch.ones_like(numbers[:, :1])
        )
        return scale[:, None] * targets + numbers[:, None, -2:]


@dataclass(frozen=True)
class AffineWarp:
    """An affine map: numbers are the rows of its matrix (d d+1), first that of x (eq. 1).

    Args:
        axes: 2 for the plane, 3 for space.
    """

    axes: int = 2

    @property
    def count(self) -> int:
        """Six in the plane, twelve in space."""
        return self.axes * (self.axes + 1)

    def start(self, scale: Sequence[float], shift: Sequence[float]) -> Tensor:
        """Give the matrix with the scales on its diagonal."""
        return torch.cat(
            [torch.diag(torch.tensor(scale)), torch.tensor(shift)[:, None]], 1
        ).flatten()

    def grid(self, numbers: Tensor, targets: Tensor) -> Tensor:
        """Multiply the targets by the matrices."""
        return apply_affine(numbers.reshape(-1, self.axes, self.axes + 1), targets)


@dataclass(frozen=True)
class ProjectiveWarp:
    """A plane projective map: numbers are the rows of its matrix (3 3) but the last entry, 1.

    Args:
        nearest: the divisor w keeps this distance from 0, so that coordinates stay finite.
    """

    nearest: float = 1e-4

    @property
    def axes(self) -> int:
        """The plane."""
        return 2

    @property
    def count(self) -> int:
        """Eight: the ninth entry of the matrix is 1."""
        return 8

    def start(self, scale: Sequence[float], shift: Sequence[float]) -> Tensor:
        """Give the affine matrix with the last row (0 0 1)."""
        return torch.cat([AffineWarp().start(scale, shift), torch.zeros(2)])

    def grid(self, numbers: Tensor, targets: Tensor) -> Tensor:
        """Multiply the targets by the matrices and divide by the third coordinate."""
        moved = apply_affine(numbers[:, :6].reshape(-1, 2, 3), targets)
        divisor = 1 + (numbers[:, None, 6:] * targets).sum(-1, keepdim=True)
        sign = torch.where(divisor < 0, -1.0, 1.0)
        kept = torch.where(divisor.abs() < self.nearest, sign * self.nearest, divisor)
        return moved / kept


@dataclass(frozen=True)
class ThinPlateWarp:
    """A thin-plate spline: numbers are where each control point looks, (x, y) point by point.

    The control points of the output are an even grid over -1…1, row by row. Targets are constants,
    so φ's pole at r = 0 reaches no gradient; splines are solved in float64, which autocast leaves
    alone.

    Args:
        rows: rows of control points.
        columns: columns of control points; the paper has 4 x 4.
    """

    rows: int = 4
    columns: int = 4

    @property
    def axes(self) -> int:
        """The plane."""
        return 2

    @property
    def count(self) -> int:
        """Two for each control point."""
        return 2 * self.rows * self.columns

    def start(self, scale: Sequence[float], shift: Sequence[float]) -> Tensor:
        """Let each control point look at its own place, scaled and shifted."""
        points = control_points(self.rows, self.columns)
        moved = points * torch.tensor(scale, dtype=points.dtype) + torch.tensor(shift)
        return moved.float().flatten()

    def grid(self, numbers: Tensor, targets: Tensor) -> Tensor:
        """Bend the targets."""
        points = control_points(self.rows, self.columns).to(targets.device)
        basis = thin_plate_basis(points, targets.double())
        return (basis @ numbers.double().reshape(-1, points.shape[0], 2)).to(numbers.dtype)


_FAMILIES: dict[str, Warp] = {
    "attention": AttentionWarp(),
    "affine": AffineWarp(),
    "projective": ProjectiveWarp(),
    "thin_plate": ThinPlateWarp(),
    "affine_3d": AffineWarp(axes=3),
}


def find_warp(warp: str | Warp) -> Warp:
    """Give the family of that name with its usual options, or the family itself.

    Raises:
        ConfigError: there is no such family.
    """
    if not isinstance(warp, str):
        return warp
    if warp not in _FAMILIES:
        raise ConfigError(f"a warp out of {', '.join(_FAMILIES)}", repr(warp), "warp='affine'")
    return _FAMILIES[warp]


def target_positions(size: Sequence[int], *, align_corners: bool, like: Tensor) -> Tensor:
    """Give the coordinates (n d) in -1…1 of all positions of a grid, row by row.

    Args:
        size: (h, w) or (t, h, w).
        align_corners: whether -1 and 1 are the centres of the outermost positions, or the outer
            edges. An axis with one position has it at 0.
        like: the positions take its type, but float32 at least, and its device.
    """
    dtype = torch.promote_types(like.dtype, torch.float32)
    axes = []
    for length in size:
        steps = 2 * torch.arange(length, dtype=dtype, device=like.device) - (length - 1)
        axes.append(steps / (max(length - 1, 1) if align_corners else length))
    return torch.stack(torch.meshgrid(*axes, indexing="ij")[::-1], dim=-1).flatten(0, -2)


def apply_affine(matrix: Tensor, points: Tensor) -> Tensor:
    """Move points (n d) by affine matrices (… d d+1): (… n d).

    The products are written out, since autocast would make matrix products in half precision.
    """
    weighted = matrix[..., None, :, :-1] * points[:, None, :]
    return weighted.sum(-1) + matrix[..., None, :, -1]


def compose_affine(outer: Tensor, inner: Tensor) -> Tensor:
    """Give the affine map p ↦ outer(inner(p)); all maps are matrices (… d d+1)."""
    linear = outer[..., :-1] @ inner[..., :-1]
    shift = outer[..., :-1] @ inner[..., -1:] + outer[..., -1:]
    return torch.cat([linear, shift], dim=-1)


def inverse_affine(matrix: Tensor) -> Tensor:
    """Give the affine map that undoes an affine map; both are matrices (… d d+1).

    Raises:
        ConfigError: the map is flat and cannot be undone.
    """
    try:
        linear = torch.linalg.inv(matrix[..., :-1])
    except RuntimeError as error:
        raise ConfigError(
            "affine maps that can be undone", "a flat one", "scales above 0"
        ) from error
    return torch.cat([linear, -linear @ matrix[..., -1:]], dim=-1)
