"""What a point of a picture looks at, and who looks at it, layer by layer."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from saccade.attention.place import Place
from saccade.data.geometry import Geometry
from saccade.errors import TraceError
from saccade.inspection.layer_map import LayerMap


class Look(NamedTuple):
    """One layer's part of the answer.

    Attributes:
        name: of the layer.
        weights: on a grid over the model's image (heads h w); one part where there are no heads.
        cell: the (row, column) that covers the point, on the grid of those who look or are seen.
    """

    name: str
    weights: Tensor
    cell: tuple[int, int]


def model_point(
    point: tuple[float, float], geometries: Sequence[dict[str, Any]], image: int
) -> tuple[float, float]:
    """Bring a point of a stored picture to the pixels of the model's image.

    Args:
        point: (x, y) in pixels of the picture, or of the model's image where no geometry is known.
        geometries: one for each image, one for all, or none.
        image: which image.

    Raises:
        TraceError: there are geometries, but none of this image.
    """
    if not geometries:
        return point
    if len(geometries) > 1 and not -len(geometries) <= image < len(geometries):
        raise TraceError(f"an image from 0 to {len(geometries) - 1}", str(image), "image=0")
    about = geometries[image if len(geometries) > 1 else 0]
    return Geometry.from_dict(about).to_model(*point) if about else point


def looks_at(
    layers: Sequence[LayerMap], point: tuple[float, float], image: int
) -> tuple[Look, ...]:
    """What the query that covers a point reads, in every layer that lies on the picture.

    Args:
        layers: of a trace.
        point: (x, y) in pixels of the model's image.
        image: which image.

    Raises:
        TraceError: no layer lies on the picture, the point is outside of it, or this query was not
            kept.
    """
    found = []
    for layer in _placed(layers, image):
        weights, place, before = _map(layer, image)
        if math.prod(place.queries) == 1:
            continue
        cell = _cell(layer, place.queries, point)
        query = cell[0] * place.queries[1] + cell[1]
        row = weights[:, _row(layer, query + before), before:]
        found.append(Look(layer.name, place.spread(row, query), cell))
    return _some(found)


def looks_to(
    layers: Sequence[LayerMap], point: tuple[float, float], image: int
) -> tuple[Look, ...]:
    """How much every query reads of the key that covers a point.

    Args:
        layers: of a trace, with all their queries.
        point: (x, y) in pixels of the model's image.
        image: which image.

    Raises:
        TraceError: no layer lies on the picture, the point is outside of it, or only some queries
            were kept.
    """
    found = []
    for layer in _placed(layers, image):
        if layer.queries is not None:
            raise TraceError(
                "all queries, to see which of them look at a point",
                f"{len(layer.queries)} in {layer.name}",
                "record(model, queries='all')",
            )
        weights, place, before = _map(layer, image)
        cell = _cell(layer, place.keys, point)
        key = cell[0] * place.keys[1] + cell[1]
        rows = weights[:, before:, before:]
        if place.index is None:
            given = rows[:, :, key]
        else:
            given = (rows * (place.index.to(rows.device) == key)).sum(-1)
        found.append(Look(layer.name, given.reshape(len(given), *place.queries), cell))
    return _some(found)


def _placed(layers: Sequence[LayerMap], image: int) -> list[LayerMap]:
    chosen = [
        layer
        for layer in layers
        if layer.axes[-2:] == ("query", "key")
        and layer.weights.dim() in (3, 4)
        and (
            _tokens(layer)
            if layer.place is None
            else len(layer.place.queries) == len(layer.place.keys) == 2
        )
    ]
    count = len(chosen[0].weights) if chosen else 1
    if not -count <= image < count:
        raise TraceError(f"an image from 0 to {count - 1}", str(image), "image=0")
    return chosen


def _tokens(layer: LayerMap) -> bool:
    """Tell whether the keys are the model's tokens, and the queries too, or some of them."""
    layout = layer.layout
    if layout is None or layer.weights.shape[-1] != layout.tokens:
        return False
    return layer.queries is not None or layer.over_tokens


def _map(layer: LayerMap, image: int) -> tuple[Tensor, Place, int]:
    """The weights (parts i j) of an image, where they lie, and how many tokens come before."""
    weights = layer.weights[image].float()
    weights = weights if weights.dim() == 3 else weights[None]
    if layer.place is not None:
        return weights, layer.place, 0
    if layer.layout is None:
        raise TraceError("a layer of tokens with a layout", "one without")
    return weights, Place(layer.layout.grid, layer.layout.grid), len(layer.layout.prefix)


def _row(layer: LayerMap, query: int) -> int:
    if layer.queries is None:
        return query
    if query not in layer.queries:
        raise TraceError(
            "a point whose query was kept",
            f"query {query} of {layer.name}, where {len(layer.queries)} others were",
            "record(model, queries=[(x, y)]) with this point, or queries='all'",
        )
    return layer.queries.index(query)


def _cell(layer: LayerMap, grid: tuple[int, ...], point: tuple[float, float]) -> tuple[int, int]:
    size = layer.size or (layer.layout.img_size if layer.layout else None)
    if size is None:
        raise TraceError(
            "a trace that knows the size of the model's image",
            "one that does not",
            "trace.size = (height, width) in pixels",
        )
    (height, width), (x, y) = size, point
    if not (0 <= x < width and 0 <= y < height):
        raise TraceError(
            f"a point inside the model's {width}x{height} image",
            f"({x:g}, {y:g})",
            "a point of the picture that the crop kept",
        )
    if layer.place is None and layer.layout is not None:
        down, right = layer.layout.patch
        return min(int(y // down), grid[0] - 1), min(int(x // right), grid[1] - 1)
    return int(y * grid[0] / height), int(x * grid[1] / width)


def _some(found: list[Look]) -> tuple[Look, ...]:
    if not found:
        raise TraceError(
            "layers whose queries and keys lie on the picture",
            "none of them",
            "saccade.inspection.describe(model, images), which says what was recognised",
        )
    return tuple(found)


def mean_look(looks: Sequence[Look]) -> Tensor:
    """Average heads and layers that lie on one grid (h w).

    Args:
        looks: of layers whose grids are alike.

    Raises:
        TraceError: they are not.
    """
    shapes = {tuple(look.weights.shape[-2:]) for look in looks}
    if len(shapes) != 1:
        raise TraceError(
            "layers of one grid",
            " and ".join(f"{rows}x{columns}" for rows, columns in sorted(shapes)) or "none",
            "looks of one stage",
        )
    return torch.stack([look.weights.mean(0) for look in looks]).mean(0)
