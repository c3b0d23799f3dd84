"""Draw one layer of a trace on its picture, whatever kind of map it holds.

Bars become a chart, heats lie over the picture, meshes and boxes are lines on it.
"""

from typing import Literal

from PIL import Image
from torch import Tensor

from saccade.data.geometry import Geometry
from saccade.errors import TraceError
from saccade.inspection import lines
from saccade.inspection.layer_map import LayerMap
from saccade.inspection.pictures import Bars, Boxes, Heat, Mesh, QueryHeat, pictures, query_at
from saccade.inspection.render import overlay
from saccade.inspection.summary import whole

Kind = Literal["bars", "heat", "mesh", "boxes"]
_NAMES: dict[type, Kind] = {
    Bars: "bars",
    Heat: "heat",
    QueryHeat: "heat",
    Mesh: "mesh",
    Boxes: "boxes",
}


def draw(
    layer: LayerMap,
    picture: Image.Image,
    geometry: Geometry | None = None,
    *,
    image: int = 0,
    at: tuple[float, float] | None = None,
    part: int | None = None,
    kind: Kind | None = None,
    side: int = 480,
) -> Image.Image:
    """Draw the map of one image.

    Args:
        layer: the layer of a trace.
        picture: the upright original.
        geometry: how the model's image was cut from it; the whole picture when None.
        image: which image of the trace, from 0.
        at: (x, y) of the query, in pixels of the model's image; its middle when None.
        part: which head, channel group, pass or channel; their mean when None, for passes what
            they read together, and all grids of a warp.
        kind: which picture of a map that has two (a gate of channels and positions); the first
            when None.
        side: pixels of the longer side of what is returned; smaller pictures are enlarged.

    Returns:
        An RGB picture.

    Raises:
        TraceError: the map does not lie on a picture, or there is no such part, image or point.
    """
    found = [one for one in pictures(layer, image) if kind in (None, _NAMES[type(one)])]
    if not found:
        raise TraceError(
            f"a map of {layer.name} that can be drawn" + (f" as {kind}" if kind else ""),
            f"({' '.join(layer.axes)})" + ("" if layer.place else " without a place"),
            "reading layer.weights",
        )
    ground, box = _enlarged(picture, geometry or Geometry.of(picture.size), side)
    one = found[0]
    match one:
        case Bars():
            return lines.bars(one.values, side)
        case Mesh():
            return lines.meshes(ground, one.points if part is None else _one(one.points, part), box)
        case Boxes():
            return lines.boxes(ground, one.edges, box)
        case Heat():
            return overlay(ground, _grid(one.grids, part), box)
    query = query_at(layer, one.place.queries, at)
    seen = overlay(ground, _read(one, query, part), box)
    return lines.cell(seen, query, (one.place.queries[0], one.place.queries[1]), box)


def _read(one: QueryHeat, query: tuple[int, int], part: int | None) -> Tensor:
    if part is None:
        return whole(one, query[:1], query[1:]).at(0, 0)[0]
    return _grid(one.at(*query), part)


def _grid(grids: Tensor, part: int | None) -> Tensor:
    if part is None:
        return grids.mean(dim=0)
    return _one(grids, part)[0]


def _one(parts: Tensor, part: int) -> Tensor:
    """One part, its axis kept."""
    if not -len(parts) <= part < len(parts):
        raise TraceError(f"a part from 0 to {len(parts) - 1}", str(part), "part=None for all")
    return parts[part][None]


def _enlarged(
    picture: Image.Image, geometry: Geometry, side: int
) -> tuple[Image.Image, tuple[float, float, float, float]]:
    """The picture in its size on the page, and the part of it that the model saw."""
    times = side / max(picture.size)
    size = (max(1, round(picture.width * times)), max(1, round(picture.height * times)))
    how = Image.Resampling.NEAREST if times > 1 else Image.Resampling.LANCZOS
    left, top, right, bottom = geometry.box
    scale_x, scale_y = size[0] / picture.width, size[1] / picture.height
    box = (left * scale_x, top * scale_y, right * scale_x, bottom * scale_y)
    return picture.convert("RGB").resize(size, how), box
