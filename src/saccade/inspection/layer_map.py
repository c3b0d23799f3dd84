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

_DTYPES = {
    "float16": torch.float16,
    "bfloat16": torch.bfloat16,
    "float32": torch.float32,
    "float64": torch.float64,
}


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
        queries: which queries the rows are of; all when None.
        heads: which heads were kept; all when None.
    """

    name: str
    axes: tuple[str, ...]
    weights: Tensor
    place: Place | None = None
    layout: TokenLayout | None = None
    size: tuple[int, int] | None = None
    queries: tuple[int, ...] | None = None
    heads: tuple[int, ...] | None = None

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


@dataclass(frozen=True, slots=True)
class Kept:
    """What is the same for all images of a layer.

    Args:
        axes: what the axes mean.
        place: where its queries and keys lie.
        queries: which queries the rows are of; all when None.
        heads: which heads were kept; all when None.
    """

    axes: tuple[str, ...]
    place: Place | None = None
    queries: tuple[int, ...] | None = None
    heads: tuple[int, ...] | None = None


def check_same(name: str, before: Kept, after: Kept) -> None:
    """Refuse to join maps of one layer that are not alike.

    Raises:
        TraceError: they differ in their axes, their place, their queries or their heads.
    """
    if before.axes != after.axes or not same_place(before.place, after.place):
        raise changed(name, before.place, after.place)
    for what in ("queries", "heads"):
        one, two = getattr(before, what), getattr(after, what)
        if one != two:
            raise TraceError(
                f"the same {what} of {name} in all recordings",
                f"{_numbered(two)} after {_numbered(one)}",
                f"recording all with the same {what}=",
            )


def changed(name: str, before: object, after: object) -> TraceError:
    """The sentence for maps of one layer that do not fit together."""

    def told(what: object) -> object:
        if not isinstance(what, Place):
            return what
        keys = "all" if what.index is None else f"each other {what.index.shape[1]}"
        return f"queries {what.queries} reading {keys} of keys {what.keys}"

    return TraceError(
        f"maps of one size and place in {name}",
        f"{told(after)} after {told(before)}",
        "one recording for each size of the images",
    )


def _numbered(numbers: tuple[int, ...] | None) -> str:
    return "all" if numbers is None else str(list(numbers))


def check_place(
    name: str,
    axes: tuple[str, ...],
    weights: Tensor,
    place: Place | None,
    queries: tuple[int, ...] | None = None,
) -> None:
    """Refuse a place that is not one of the map's queries and keys.

    Args:
        name: of the layer.
        axes: of the map.
        weights: the map.
        place: where its queries and keys lie.
        queries: which of the place's queries the rows are of; all when None.

    Raises:
        TraceError: the map has other axes or sizes than the place, or the rows are of queries
            that the place does not have.
    """
    if place is None:
        return
    every, keys = math.prod(place.queries), math.prod(place.keys)
    index = place.index
    whole = (every, keys if index is None else index.shape[-1])
    wanted = whole if queries is None else (len(queries), whole[1])
    fits = index is None or (index.shape == whole and bool(((index >= -1) & (index < keys)).all()))
    there = queries is None or all(0 <= query < every for query in queries)
    if axes[-2:] != ("query", "key") or weights.shape[-2:] != wanted or not (fits and there):
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


def check_picked(
    name: str,
    axes: tuple[str, ...],
    weights: Tensor,
    queries: tuple[int, ...] | None,
    heads: tuple[int, ...] | None,
) -> None:
    """Refuse numbers of queries or heads that are not those of the map's rows and heads.

    Raises:
        TraceError: there are more or fewer of them than the map has.
    """
    for what, axis, numbers in (("queries", "query", queries), ("heads", "head", heads)):
        if numbers is None:
            continue
        count = weights.shape[axes.index(axis)] if axis in axes else 0
        if len(numbers) != count:
            raise TraceError(
                f"the numbers of {count} {what} in {name}", f"{len(numbers)}", f"{what}=None"
            )


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
        "dtype": str(layer.weights.dtype).removeprefix("torch."),
        "queries": None if layer.queries is None else list(layer.queries),
        "heads": None if layer.heads is None else list(layer.heads),
        "place": place
        and {
            "queries": list(place.queries),
            "keys": list(place.keys),
            "index": None if place.index is None else f"{array}_index",
        },
    }


def arrays_of(layer: LayerMap, array: str) -> dict[str, np.ndarray]:
    """The arrays of a layer by their names: the map, and the index of its place as int32.

    Numpy has no bfloat16; such a map is written as float32, which holds the same numbers.
    """
    coarse = layer.weights.dtype == torch.bfloat16
    found = {array: (layer.weights.float() if coarse else layer.weights).detach().cpu().numpy()}
    if layer.place is not None and layer.place.index is not None:
        found[f"{array}_index"] = layer.place.index.cpu().to(torch.int32).numpy()
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
    array, name = read(about["array"]), about["name"]
    kind = _DTYPES[about.get("dtype", "float32")]
    held = torch.float32 if kind == torch.bfloat16 else kind
    ranked = len(array.shape) == len(about["axes"])
    if not ranked or list(array.shape) != about["shape"] or _DTYPES.get(str(array.dtype)) != held:
        raise ValueError(f"{name} is {array.dtype} of shape {array.shape}")
    axes, weights = tuple(about["axes"]), torch.from_numpy(array).to(kind)
    place = _place_from(about.get("place"), read)
    queries, heads = _numbers(about.get("queries")), _numbers(about.get("heads"))
    check_picked(name, axes, weights, queries, heads)
    check_place(name, axes, weights, place, queries)
    return LayerMap(name, axes, weights, place, queries=queries, heads=heads)


def _numbers(listed: object) -> tuple[int, ...] | None:
    if listed is None:
        return None
    if not isinstance(listed, list) or any(type(number) is not int for number in listed):
        raise ValueError(f"numbers of queries or heads that are {listed!r}")
    return tuple(listed)


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
