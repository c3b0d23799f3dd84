"""Numbers that a recording keeps in place of maps: by reducer, by layer, a tensor for each pass."""

from collections.abc import Callable, Mapping

import numpy as np
import torch
from torch import Tensor

from saccade.errors import TraceError

Reduced = dict[str, dict[str, list[Tensor]]]


def joined(reduced: Reduced) -> dict[str, dict[str, Tensor]]:
    """Put the passes together: for each reducer and layer one tensor, images first.

    Raises:
        TraceError: passes over images of different sizes gave numbers of different shapes.
    """
    return {
        reducer: {layer: _joined(reducer, layer, passes) for layer, passes in layers.items()}
        for reducer, layers in reduced.items()
    }


def append(reduced: Reduced, other: Reduced) -> None:
    """Add the passes of others to these, which keep lists of their own."""
    for reducer, layers in other.items():
        for layer, passes in layers.items():
            reduced.setdefault(reducer, {}).setdefault(layer, []).extend(list(passes))


def images_of(reduced: Reduced) -> int:
    """How many images there are so far."""
    passes = [one for layers in reduced.values() for one in layers.values()]
    return sum(len(one) for one in passes[0]) if passes else 0


def check_alike(own: Reduced, other: Reduced) -> None:
    """Refuse numbers of other reducers or layers, or of other shapes.

    Raises:
        TraceError: they were recorded with another request, or of another model.
    """
    one, two = ({key: list(layers) for key, layers in x.items()} for x in (own, other))
    if one != two:
        raise TraceError(
            f"numbers of {_told(own)}", _told(other), "recording both with the same layers, reduce="
        )
    for reducer, layers in own.items():
        for layer, passes in layers.items():
            _joined(reducer, layer, [passes[0][:0], other[reducer][layer][0][:0]])


def bytes_of(reduced: Reduced) -> int:
    """Memory that the numbers take."""
    return sum(
        one.numel() * one.element_size()
        for layers in reduced.values()
        for passes in layers.values()
        for one in passes
    )


def describe_reduced(reduced: Reduced) -> tuple[dict[str, object], dict[str, np.ndarray]]:
    """Write numbers as plain JSON and arrays: the description, and the arrays by their names."""
    about: dict[str, object] = {}
    arrays: dict[str, np.ndarray] = {}
    for reducer, layers in joined(reduced).items():
        told: dict[str, object] = {}
        for layer, numbers in layers.items():
            array = f"reduced_{len(arrays)}"
            arrays[array] = numbers.detach().cpu().numpy()
            told[layer] = {"array": array, "shape": list(numbers.shape)}
        about[reducer] = told
    return about, arrays


def reduced_from(
    about: Mapping[str, Mapping[str, Mapping[str, object]]], read: Callable[[str], np.ndarray]
) -> Reduced:
    """Build numbers from what `describe_reduced` wrote.

    Args:
        about: the description, as it stands in a file.
        read: give the array of a name.

    Raises:
        ValueError: an array does not fit the description.
    """
    found: Reduced = {}
    for reducer, layers in about.items():
        found[reducer] = {}
        for layer, told in layers.items():
            array = read(str(told["array"]))
            if list(array.shape) != told["shape"] or array.dtype not in (np.float32, np.float64):
                raise ValueError(f"{reducer} of {layer} is {array.dtype} of shape {array.shape}")
            found[reducer][layer] = [torch.from_numpy(array)]
    return found


def _joined(reducer: str, layer: str, passes: list[Tensor]) -> Tensor:
    shapes = {tuple(one.shape[1:]) for one in passes}
    if len(shapes) > 1:
        first, second = sorted(shapes)[:2]
        raise TraceError(
            f"{reducer} of one shape in {layer}",
            f"{first} and {second} for an image",
            "one recording for each size of the images",
        )
    return passes[0] if len(passes) == 1 else torch.cat(passes)


def _told(reduced: Reduced) -> str:
    layers = dict.fromkeys(name for one in reduced.values() for name in one)
    if not layers:
        return "no reducer"
    return f"{', '.join(reduced)} in {len(layers)} layers, {next(iter(layers))} first"
