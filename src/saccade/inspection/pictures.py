"""What a map looks like: every tap's map becomes one of five kinds of picture.

    Bars       one value a channel: gates (image channel)
    Heat       grids of values: gates (image row column)
    QueryHeat  for each query a grid of values: pairwise maps that have a place, or lie over tokens
    Mesh       where each output position was sampled: warps ([…] row column coordinate)
    Boxes      what was looked at: glimpses (image time scale edge)

A gate of channels and positions is Bars of its means and Heat a channel. Which mechanism made a map
is never asked; its axes and its place say all. A map covers the model's whole image evenly.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from saccade.attention.place import Place
from saccade.errors import TraceError
from saccade.inspection.layer_map import LayerMap


@dataclass(frozen=True, slots=True)
class Bars:
    """One value a channel.

    Args:
        values: (c).
    """

    values: Tensor


@dataclass(frozen=True, slots=True)
class Heat:
    """Grids of values over the image.

    Args:
        grids: one grid a part (parts h w).
        part: what the parts are, such as "channel"; empty when there is one without a name.
    """

    grids: Tensor
    part: str


@dataclass(frozen=True, slots=True)
class QueryHeat:
    """For each query, a grid of what it reads.

    Args:
        weights: (parts i j).
        place: where queries and keys lie; two axes each.
        part: what the parts are: "head", "channel group", "pass" or empty.
    """

    weights: Tensor
    place: Place
    part: str

    def at(self, row: int, column: int) -> Tensor:
        """The grids of the query in a row and column of the queries' grid (parts h w)."""
        query = row * self.place.queries[1] + column
        return self.place.spread(self.weights[:, query], query)


@dataclass(frozen=True, slots=True)
class Mesh:
    """Where each output position was sampled in the image.

    Args:
        points: one grid a part (parts h w xy), x and y in -1…1 of the image's width and height.
        part: what the parts are: "channel group", or empty when there is one.
    """

    points: Tensor
    part: str


@dataclass(frozen=True, slots=True)
class Boxes:
    """What was looked at, in time.

    Args:
        edges: (t s box), x0 y0 x1 y1 in -1…1 of the image's width and height.
    """

    edges: Tensor


Picture = Bars | Heat | QueryHeat | Mesh | Boxes


def pictures(layer: LayerMap, image: int = 0) -> tuple[Picture, ...]:
    """Turn the map of one image into pictures; none when it does not lie on an image.

    Args:
        layer: the layer of a trace.
        image: which image of the trace, from 0.

    Raises:
        TraceError: there is no such image.
    """
    if not -len(layer.weights) <= image < len(layer.weights):
        raise TraceError(f"an image from 0 to {len(layer.weights) - 1}", str(image), "image=0")
    weights, axes = layer.weights[image], layer.axes
    if axes[-2:] == ("query", "key"):
        return _query_heat(layer, weights)
    make = _KINDS.get(axes)
    return make(weights) if make else ()


def heat(layer: LayerMap, image: int = 0, *, at: tuple[float, float]) -> Tensor:
    """What the query at a point reads, over the keys' grid (parts h w); a spatial gate as it is.

    Args:
        layer: the layer of a trace.
        image: which image of the trace, from 0.
        at: (x, y) of the point, in pixels of the model's image.

    Raises:
        TraceError: the layer has no grid to show, its image's size is not known, or the point lies
            outside of the image.
    """
    for picture in pictures(layer, image):
        if isinstance(picture, Heat):
            return picture.grids
        if isinstance(picture, QueryHeat):
            return picture.at(*query_at(layer, picture.place.queries, at))
    raise TraceError(
        f"a map in {layer.name} of positions, or of queries that have a place",
        f"({' '.join(layer.axes)})" + ("" if layer.place else " without a place"),
        "saccade.inspection.pictures(layer)",
    )


def query_at(
    layer: LayerMap, grid: tuple[int, ...], at: tuple[float, float] | None
) -> tuple[int, int]:
    """The cell (row, column) of a grid over the model's image that covers a point; the middle one.

    Args:
        layer: whose image it is.
        grid: (rows, columns).
        at: (x, y) in pixels of the model's image; its middle when None.

    Raises:
        TraceError: the size of the image is not known, or the point lies outside of it.
    """
    if at is None:
        return grid[0] // 2, grid[1] // 2
    if layer.size is None:
        raise TraceError(
            "a trace that knows the size of the model's image",
            "one that does not",
            "trace.size = (height, width) in pixels before reading trace.layers",
        )
    (height, width), (x, y) = layer.size, at
    if not (0 <= x < width and 0 <= y < height):
        raise TraceError(
            f"a point inside the model's {width}x{height} image",
            f"({x:g}, {y:g})",
            "a point of the picture that the crop kept",
        )
    return int(y * grid[0] / height), int(x * grid[1] / width)


def row_entropy(layer: LayerMap) -> Tensor | None:
    """Mean entropy in nats of the rows of each image and part (b parts).

    None where rows are no distributions: gates, warps, boxes, weights that are negative or do not
    add up to one.
    """
    if layer.axes[-2:] != ("query", "key") or layer.weights.dim() not in (3, 4):
        return None
    weights = layer.weights if layer.weights.dim() == 4 else layer.weights[:, None]
    if weights.numel() == 0 or float(weights.min()) < 0:
        return None
    if float((weights.sum(-1) - 1).abs().max()) > 1e-3:
        return None
    return torch.special.entr(weights).sum(-1).mean(-1)


def _query_heat(layer: LayerMap, weights: Tensor) -> tuple[QueryHeat, ...]:
    part, place = ("" if weights.dim() == 2 else layer.axes[1]), layer.place
    weights = weights if part else weights[None]
    if place is None and layer.over_tokens and layer.layout is not None:
        skip = len(layer.layout.prefix)
        place = Place(layer.layout.grid, layer.layout.grid)
        weights = weights[:, skip:, skip:]
    if weights.dim() != 3 or place is None or len(place.queries) != 2 or len(place.keys) != 2:
        return ()
    return (QueryHeat(weights, place, part),)


_KINDS: dict[tuple[str, ...], Callable[[Tensor], tuple[Picture, ...]]] = {
    ("image", "channel"): lambda values: (Bars(values),),
    ("image", "row", "column"): lambda values: (Heat(values[None], ""),),
    ("image", "channel", "row", "column"): lambda values: (
        Bars(values.mean(dim=(1, 2))),
        Heat(values, "channel"),
    ),
    ("image", "row", "column", "coordinate"): lambda values: (Mesh(values[None], ""),),
    ("image", "channel group", "row", "column", "coordinate"): lambda values: (
        Mesh(values, "channel group"),
    ),
    ("image", "time", "scale", "edge"): lambda values: (Boxes(values),),
}


def keys_of(place: Place) -> int:
    """How many keys each query reads."""
    return math.prod(place.keys) if place.index is None else place.index.shape[1]
