"""The map of one tap on some images, and where its entries lie."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from saccade.attention.place import Place
from saccade.errors import TraceError
from saccade.layers.tokens import TokenLayout


@dataclass(frozen=True, slots=True)
class LayerMap:
    """The map of one tap.

    Args:
        name: where the tap stands in the model, such as "blocks.3.attn".
        axes: what the axes mean, such as ("image", "head", "query", "key").
        weights: the map, one axis for each name.
        place: where the queries and keys of a map of positions lie, else None.
        layout: the model's tokens, for a map over tokens that has no place.
        size: (height, width) in pixels of the model's image, when known; the map covers it evenly.
    """

    name: str
    axes: tuple[str, ...]
    weights: Tensor
    place: Place | None = None
    layout: TokenLayout | None = None
    size: tuple[int, int] | None = None

    @property
    def over_tokens(self) -> bool:
        """Whether the map is one of tokens reading tokens, prefix tokens among them."""
        return (
            self.place is None
            and self.layout is not None
            and self.axes[0] == "image"
            and self.axes[-2:] == ("query", "key")
            and self.weights.shape[-2:] == (self.layout.tokens, self.layout.tokens)
        )

    @property
    def pooled(self) -> bool:
        """Whether it is one question to the whole map, as a pool asks."""
        return (
            self.place is not None
            and math.prod(self.place.queries) == 1
            and math.prod(self.place.keys) > 1
        )


def check_place(name: str, axes: tuple[str, ...], weights: Tensor, place: Place | None) -> None:
    """Refuse a place that is not one of the map's queries and keys.

    Raises:
        TraceError: the map has other axes or sizes than the place.
    """
    if place is None:
        return
    queries, keys = math.prod(place.queries), math.prod(place.keys)
    wanted = (queries, keys if place.index is None else place.index.shape[-1])
    index = place.index
    fits = index is None or (index.shape == wanted and bool(((index >= -1) & (index < keys)).all()))
    if axes[-2:] != ("query", "key") or weights.shape[-2:] != wanted or not fits:
        raise TraceError(
            f"a map of {wanted[0]} queries and {wanted[1]} keys in {name}, as its place says",
            f"({' '.join(axes)}) of shape {tuple(weights.shape)}",
            "the place of this very map",
        )


def same_place(one: Place | None, other: Place | None) -> bool:
    """Whether two places say the same."""
    if one is None or other is None or one is other:
        return one is other
    if (one.queries, one.keys) != (other.queries, other.keys):
        return False
    if one.index is None or other.index is None or one.index is other.index:
        return one.index is other.index
    return torch.equal(one.index.cpu(), other.index.cpu())


def describe(layer: LayerMap, array: str) -> dict[str, object]:
    """Write all but the numbers of a layer as plain JSON.

    Args:
        layer: the layer.
        array: what the array of its weights is called; that of its index has `_index` added.
    """
    place = layer.place
    return {
        "name": layer.name,
        "axes": list(layer.axes),
        "shape": list(layer.weights.shape),
        "array": array,
        "place": place
        and {
            "queries": list(place.queries),
            "keys": list(place.keys),
            "index": None if place.index is None else f"{array}_index",
        },
    }


def arrays_of(layer: LayerMap, array: str) -> dict[str, np.ndarray]:
    """The arrays of a layer by their names: the map as float32, the index of its place as int32."""
    found = {array: layer.weights.numpy()}
    if layer.place is not None and layer.place.index is not None:
        found[f"{array}_index"] = layer.place.index.to(torch.int32).numpy()
    return found


def from_description(about: dict, read: Callable[[str], np.ndarray]) -> LayerMap:  # type: ignore[type-arg]
    """Build a layer from what `describe` and `arrays_of` wrote.

    Args:
        about: the description, as it stands in a file.
        read: give the array of a name.

    Raises:
        ValueError: an array does not fit the description.
        TraceError: the place does not fit the map.
    """
    array = read(about["array"])
    ranked = len(array.shape) == len(about["axes"])
    if not ranked or list(array.shape) != about["shape"] or array.dtype != np.float32:
        raise ValueError(f"{about['name']} is {array.dtype} of shape {array.shape}")
    axes, weights = tuple(about["axes"]), torch.from_numpy(array)
    place = _place_from(about.get("place"), read)
    check_place(about["name"], axes, weights, place)
    return LayerMap(about["name"], axes, weights, place)


def _place_from(about: dict | None, read: Callable[[str], np.ndarray]) -> Place | None:  # type: ignore[type-arg]
    if about is None:
        return None
    queries, keys = (tuple(int(side) for side in about[name]) for name in ("queries", "keys"))
    if min(*queries, *keys) < 1:
        raise ValueError(f"a place of {queries} and {keys}")
    if about["index"] is None:
        return Place(queries, keys)
    index = read(about["index"])
    if index.dtype != np.int32 or index.ndim != 2:
        raise ValueError(f"{about['index']} is {index.dtype} of shape {index.shape}")
    return Place(queries, keys, torch.from_numpy(index).long())
