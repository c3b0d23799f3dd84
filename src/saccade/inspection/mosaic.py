"""Maps of tiles, put together on the picture that they were cut from."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from saccade.data.geometry import Geometry
from saccade.errors import TraceError
from saccade.shapes import expect

Box = tuple[int, int, int, int]  # left, top, right, bottom, in pixels of the upright picture


def mosaic(maps: Tensor, geometries: Sequence[Geometry]) -> Tensor:
    """Lay maps of tiles over their picture (height width); where tiles overlap, take the mean.

    Args:
        maps: one for each tile, each over the whole tile (t h w).
        geometries: of the tiles, of one picture and not mirrored, as `saccade.data.tiles` gives.

    Returns:
        Numbers in pixels of the upright picture; NaN where no tile lies.

    Raises:
        TraceError: there are other than one geometry for each map, or of several pictures.
        ShapeError: the maps have other axes.
    """
    expect(maps, "t h w", "the maps of tiles")
    pictures = {(one.stored, one.orientation) for one in geometries}
    mirrored = any(min(one.scale) < 0 for one in geometries)
    if len(maps) != len(geometries) or len(pictures) != 1 or mirrored:
        raise TraceError(
            "one geometry of one picture for each map, none mirrored",
            f"{len(geometries)} of {len(pictures)} pictures for {len(maps)} maps",
            "saccade.data.tiles.tiles(Geometry.of(picture.size), (224, 224))",
        )
    width, height = geometries[0].upright
    total, count = maps.new_zeros(height, width), maps.new_zeros(height, width)
    for one, geometry in zip(maps, geometries, strict=True):
        left, top, right, bottom = _box(geometry)
        stretched = F.interpolate(
            one[None, None], (bottom - top, right - left), mode="bilinear", align_corners=False
        )[0, 0]
        inside = stretched[
            max(-top, 0) : height - top if bottom > height else None,
            max(-left, 0) : width - left if right > width else None,
        ]
        place = (slice(max(top, 0), bottom), slice(max(left, 0), right))
        total[place] += inside
        count[place] += 1
    return torch.where(count > 0, total / count.clamp_min(1), torch.nan)


def _box(geometry: Geometry) -> Box:
    """What a tile covers of the upright picture, and beyond, in whole pixels."""
    left, top, right, bottom = geometry.box
    first = round(left), round(top)
    return (*first, max(round(right), first[0] + 1), max(round(bottom), first[1] + 1))
