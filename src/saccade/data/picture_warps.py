"""Warps of pictures: turned and moved, drawn into a quadrilateral, or bent by a spline.

Source: Bookstein, "Principal Warps: Thin-Plate Splines and the Decomposition of Deformations", IEEE
TPAMI 11(6), 1989, for `bent`.
Axes: n pictures, c channels, h height, w width, k control points; a place is (x, y) in pixels from
the centre of the picture, x to the right and y down. Everything outside of a picture is black.
"""

from collections.abc import Sequence
from functools import lru_cache
from importlib import import_module
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from saccade.errors import ConfigError, ShapeError

POINTS = 4  # control points along a side
_FAR = 4.0  # a coordinate in -1…1 that is certainly outside


def placed(
    pictures: Tensor,
    *,
    degrees: Tensor | None = None,
    scale: Tensor | None = None,
    shift: Tensor | None = None,
    size: tuple[int, int] | None = None,
) -> Tensor:
    """Turn and scale pictures around their centres, then move them.

    Args:
        pictures: (n h w) or (n c h w), bytes 0-255 or floats 0-1.
        degrees: of the turn, clockwise (n); none when None.
        scale: (n), above 0; 1 when None.
        shift: of the centre, in pixels (n xy); none when None.
        size: (height, width) of the result; that of the pictures when None.

    Raises:
        ShapeError: they are no pictures.
    """
    check_pictures(pictures)
    nothing = torch.zeros(len(pictures), device=pictures.device)
    angle = (nothing if degrees is None else degrees).deg2rad()
    factor = nothing + 1 if scale is None else scale
    targets = _pixels(size or pictures.shape[-2:], pictures.device)
    x, y = (
        (targets - (0 if shift is None else shift[:, None, None]))
        .expand(len(pictures), *targets.shape)
        .unbind(-1)
    )
    # Where a pixel comes from: the turn and the scale undone.
    cos, sin = ((part / factor)[:, None, None] for part in (angle.cos(), angle.sin()))
    return _read(pictures, torch.stack((cos * x + sin * y, cos * y - sin * x), dim=-1))


def stretched(pictures: Tensor, corners: Tensor) -> Tensor:
    """Draw pictures into quadrilaterals by the projective maps that bring the corners there.

    Args:
        pictures: (n h w) or (n c h w), bytes 0-255 or floats 0-1.
        corners: where the upper left, upper right, lower left and lower right corner of each
            picture come to lie (n 4 xy), in pixels from the centre.

    Raises:
        ShapeError: they are no pictures.
        ConfigError: three corners of one lie on a line.
    """
    check_pictures(pictures)
    frame = even_points(pictures.shape[-2:], 2).to(pictures.device)
    matrix = _projective(corners.double(), frame.expand(len(corners), 4, 2))
    targets = _pixels(pictures.shape[-2:], pictures.device).double()
    ones = torch.ones_like(targets[..., :1])
    moved = torch.einsum("nij,hwj->nhwi", matrix, torch.cat((targets, ones), dim=-1))
    # Where the divisor is 0, a place is infinitely far away, and thus outside.
    places = (moved[..., :2] / moved[..., 2:]).nan_to_num(torch.inf)
    return _read(pictures, places.float())


def bent(pictures: Tensor, moves: Tensor, *, scale: Tensor | None = None) -> Tensor:
    """Bend pictures by a thin-plate spline through moves of an even grid of points.

    Args:
        pictures: (n h w) or (n c h w), bytes 0-255 or floats 0-1.
        moves: how far from itself each of 4 x 4 points of the result looks (n k xy), in pixels, the
            points row by row from corner to corner.
        scale: of the pictures before they are bent (n), above 0; 1 when None.

    Raises:
        ShapeError: they are no pictures.
    """
    check_pictures(pictures)
    height, width = pictures.shape[-2:]
    basis = _spline(height, width).to(moves)
    away = torch.einsum("pk,nkx->npx", basis, moves).reshape(-1, height, width, 2)
    places = _pixels((height, width), pictures.device) + away
    return _read(pictures, places if scale is None else places / scale[:, None, None, None])


def _read(pictures: Tensor, places: Tensor) -> Tensor:
    """Read pictures at places (n h' w' xy), linearly between pixels."""
    height, width = pictures.shape[-2:]
    grid = 2 * places / places.new_tensor([width, height])
    maps = pictures if pictures.dim() == 4 else pictures[:, None]
    read = F.grid_sample(maps.to(grid.dtype), grid.clamp(-_FAR, _FAR), align_corners=False)
    read = read if pictures.dim() == 4 else read[:, 0]
    return (read if pictures.is_floating_point() else read.round()).to(pictures.dtype)


def _pixels(size: Sequence[int], device: torch.device) -> Tensor:
    """Give the places (h w xy) of the pixels of a picture."""
    rows, columns = (torch.arange(side, device=device) - (side - 1) / 2 for side in size)
    return torch.stack(torch.meshgrid(columns, rows, indexing="xy"), dim=-1)


def even_points(size: Sequence[int], count: int) -> Tensor:
    """Spread points (k xy) over a picture, row by row, corners included.

    Args:
        size: (height, width) of the picture.
        count: points along a side.
    """
    height, width = size
    rows = torch.linspace(-height / 2, height / 2, count, dtype=torch.float64)
    columns = torch.linspace(-width / 2, width / 2, count, dtype=torch.float64)
    return torch.cartesian_prod(rows, columns).flip(1)


@lru_cache(maxsize=16)
def _spline(height: int, width: int) -> Tensor:
    """Give what each point's move counts for at each pixel (p k); splines are linear in moves."""
    # scipy comes with scikit-learn; only bent pictures wait for its import.
    interpolate: Any = import_module("scipy.interpolate")
    points = even_points((height, width), POINTS).numpy()
    spline = interpolate.RBFInterpolator(points, np.eye(len(points)), kernel="thin_plate_spline")
    targets = _pixels((height, width), torch.device("cpu")).flatten(0, 1)
    return torch.from_numpy(spline(targets.double().numpy()))


def _projective(corners: Tensor, frame: Tensor) -> Tensor:
    """Give the matrices (n 3 3) that bring corners (n 4 xy) to those of a frame (n 4 xy)."""
    one, zero = torch.ones_like(corners[..., :1]), torch.zeros_like(corners)
    flat = torch.cat((corners, one), dim=-1)
    none = torch.cat((zero, one * 0), dim=-1)
    rows = [
        torch.cat((*sides, -goal[..., None] * corners), dim=-1)
        for goal, sides in zip(frame.unbind(-1), ((flat, none), (none, flat)), strict=True)
    ]
    try:
        numbers = torch.linalg.solve(torch.cat(rows, dim=1), torch.cat(frame.unbind(-1), dim=1))
    except RuntimeError as error:
        raise ConfigError("corners of which no three lie on a line", "three that do") from error
    return torch.cat((numbers, torch.ones_like(numbers[:, :1])), dim=1).reshape(-1, 3, 3)


def check_pictures(pictures: Tensor) -> None:
    """Refuse what is no pictures.

    Raises:
        ShapeError: the rank, the type or a side is wrong.
    """
    fine = pictures.is_floating_point() or pictures.dtype == torch.uint8
    if pictures.dim() not in (3, 4) or not fine or min(pictures.shape[-2:]) < 2:
        got = f"{tuple(pictures.shape)} of {str(pictures.dtype).removeprefix('torch.')}"
        raise ShapeError(
            "pictures (n h w) or (n c h w) of 2x2 pixels or more, as bytes or floats", got
        )
