"""Pictures that are too large for a model, cut into tiles that it can see whole."""

from collections.abc import Sequence

from saccade.data.geometry import Geometry
from saccade.errors import DataError


def tiles(geometry: Geometry, size: tuple[int, int], *, overlap: int = 0) -> tuple[Geometry, ...]:
    """Cut an image into tiles of one size that cover it, row by row.

    The last tile of a row or column is moved back inside, so that all are whole; an image that is
    smaller than a tile gets borders at the right and at the bottom.

    Args:
        geometry: of the image, such as `Geometry.of(picture.size)` or what `resized` gives.
        size: (width, height) of a tile, in pixels of the image.
        overlap: pixels that neighbours share at least.

    Raises:
        DataError: a side is not positive, or the overlap is not below both sides.

    Example:
        >>> [tile.offset for tile in tiles(Geometry.of((30, 10)), (16, 16))]
        [(0.0, 0.0), (-14.0, 0.0)]
    """
    if min(size) < 1 or not 0 <= overlap < min(size):
        raise DataError(
            "tiles of at least 1 pixel and an overlap from 0 to below their sides",
            f"{size[0]}x{size[1]} with an overlap of {overlap}",
        )
    lefts, tops = (
        _starts(whole, side, side - overlap)
        for whole, side in zip(geometry.size, size, strict=True)
    )
    return tuple(geometry.cropped(left, top, size) for top in tops for left in lefts)


def tile_of(geometries: Sequence[Geometry], x: float, y: float) -> int:
    """Find the tile in which a point of the stored picture lies farthest from the borders.

    Args:
        geometries: of the tiles.
        x: to the right, in pixels of the stored picture.
        y: down.

    Raises:
        DataError: no tile holds the point.
    """
    inside = [_inside(one, x, y) for one in geometries]
    best = max(range(len(inside)), key=inside.__getitem__, default=-1)
    if best < 0 or inside[best] < 0:
        raise DataError("a point that a tile holds", f"({x:g}, {y:g})", "a point of the picture")
    return best


def _starts(whole: int, side: int, step: int) -> list[int]:
    """Where tiles begin along one side."""
    last = max(whole - side, 0)
    return [*range(0, last, step), last]


def _inside(geometry: Geometry, x: float, y: float) -> float:
    """How far from the nearest border of its image a point lies, in pixels; negative outside."""
    point = geometry.to_model(x, y)
    return min(min(part, whole - part) for part, whole in zip(point, geometry.size, strict=True))
