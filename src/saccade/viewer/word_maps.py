"""The map of a word: smoothed as in the paper's figures, and laid over the original photograph.

Source: Xu et al., Show, Attend and Tell, ICML 2015, arXiv 1502.03044, figures 2 to 5; every cell
becomes 24 pixels and a Gaussian of 8 pixels, a third of a cell, smooths them.

Axes: maps (h w) or (t j); pictures (h w 3).

Differs: bilinear between the centres of cells, and borders reflect. The authors' page enlarges by
16 and smooths by 20; both numbers are arguments here.
"""

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from saccade.data.geometry import Geometry
from saccade.errors import DataError

Floats = NDArray[np.float64]


def word_maps(maps: Tensor, count: int, cells: int, *, name: str = "words") -> Floats:
    """Check the maps of a sentence, one a word; one more, of its end, may follow.

    Args:
        maps: (t j) weights, at least 0.
        count: how many words there are.
        cells: how many cells or source words each map lies over.
        name: what the rows belong to, for the message.

    Raises:
        DataError: they have another shape, or hold something that is no weight.
    """
    values = np.asarray(maps.detach().cpu().double().numpy(), dtype=np.float64)
    fits = values.ndim == 2 and len(values) in (count, count + 1) and values.shape[1] == cells
    if not fits:
        raise DataError(
            f"maps of {count} {name} over {cells} places",
            " x ".join(str(side) for side in values.shape) or "a single number",
            "the weights of this hypothesis and the grid of its model",
        )
    if not np.isfinite(values).all() or (values < 0).any() or not (values.sum(axis=1) > 0).all():
        raise DataError(
            f"maps of the {name} with finite weights, none below 0 and not all of them 0",
            "others",
            "leaving out padded words",
        )
    return values


def smooth_map(values: Floats, times: int = 24, sigma: float = 8.0) -> Floats:
    """Enlarge a map bilinearly and smooth it by a Gaussian; borders reflect.

    Args:
        values: (h w).
        times: pixels that the side of a cell becomes, at least 1.
        sigma: of the Gaussian, in these pixels; 0 does not smooth.

    Returns:
        (h·times w·times).
    """
    rows, columns = values.shape
    fine: Floats = _between(rows, times) @ values @ _between(columns, times).T
    if sigma <= 0:
        return fine
    return _gaussian(rows * times, sigma) @ fine @ _gaussian(columns * times, sigma).T


def _between(cells: int, times: int) -> Floats:
    """The matrix (fine cell) that interpolates between the centres of cells; edges are held."""
    places = np.clip((np.arange(cells * times) + 0.5) / times - 0.5, 0, cells - 1)
    return np.maximum(1.0 - np.abs(places[:, None] - np.arange(cells)), 0.0)


def _gaussian(length: int, sigma: float) -> Floats:
    """The matrix (pixel pixel) of a Gaussian cut at four sigma, with reflected borders."""
    radius = int(4 * sigma + 0.5)
    offsets = np.arange(-radius, radius + 1)
    kernel = np.exp(-0.5 * (offsets / sigma) ** 2)
    kernel /= kernel.sum()
    reached = (np.arange(length)[:, None] + offsets) % (2 * length)
    reached = np.where(reached < length, reached, 2 * length - 1 - reached)
    matrix = np.zeros((length, length))
    np.add.at(matrix, (np.arange(length)[:, None], reached), kernel)
    return matrix


def over_picture(fine: Floats, geometry: Geometry, size: tuple[int, int]) -> Floats:
    """Lay a map that covers the model's image over the upright photograph.

    Args:
        fine: map (h w) over the whole image of the model, of any resolution.
        geometry: of the photograph; mirrored, turned and sheared ones too.
        size: (width, height) the photograph is drawn in, in pixels.

    Returns:
        (height width), sampled bilinearly; NaN where the model saw nothing.
    """
    x, y = _model_points(geometry, size)
    wide, tall = geometry.size
    seen = (x >= 0) & (x < wide) & (y >= 0) & (y < tall)
    rows, columns = fine.shape
    up = np.clip(y / tall * rows - 0.5, 0, rows - 1)
    along = np.clip(x / wide * columns - 0.5, 0, columns - 1)
    top, left = np.floor(up).astype(int), np.floor(along).astype(int)
    bottom, right = np.minimum(top + 1, rows - 1), np.minimum(left + 1, columns - 1)
    down, across = up - top, along - left
    upper = fine[top, left] * (1 - across) + fine[top, right] * across
    lower = fine[bottom, left] * (1 - across) + fine[bottom, right] * across
    return np.where(seen, upper * (1 - down) + lower * down, np.nan)


def _model_points(geometry: Geometry, size: tuple[int, int]) -> tuple[Floats, Floats]:
    """Where the centre of each drawn pixel lies in the model's image: x and y (height width)."""
    width, height = size
    across = (np.arange(width) + 0.5) * geometry.upright[0] / width
    down = (np.arange(height) + 0.5) * geometry.upright[1] / height
    (scale_x, scale_y), (skew_x, skew_y) = geometry.scale, geometry.skew
    x = across[None] * scale_x + down[:, None] * skew_x + geometry.offset[0]
    y = down[:, None] * scale_y + across[None] * skew_y + geometry.offset[1]
    return x, y
