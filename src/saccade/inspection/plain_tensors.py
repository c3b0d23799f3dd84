"""Maps of several layers as plain tensors, in the layouts that other libraries give them in.

Source: `output_attentions` of transformers is a tuple (b heads n n), one for each layer; a cache of
TransformerLens is asked by ("pattern", layer) or by "blocks.3.attn.hook_pattern".
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from saccade.errors import TraceError, UnknownName
from saccade.inspection.layer_map import LayerMap
from saccade.table import Table

_HEADED = ("image", "head", "query", "key")


def stacked(layers: Sequence[LayerMap]) -> Tensor:
    """Put layers that are alike into one tensor (image layer head query key).

    The map of a pool behind the blocks is left out.

    Raises:
        TraceError: they differ in their shapes, or have other axes.
    """
    chosen = [layer for layer in layers if not layer.pooled] or layers
    shapes = {tuple(layer.weights.shape) for layer in chosen}
    if len(shapes) > 1 or {layer.axes for layer in chosen} != {_HEADED}:
        raise TraceError(
            "layers that all map (image head query key) alike",
            " and ".join(str(shape) for shape in sorted(shapes)),
            "reading trace.layers one by one",
        )
    return torch.stack([layer.weights for layer in chosen], dim=1)


def between_tokens(layers: Sequence[LayerMap]) -> tuple[LayerMap, ...]:
    """Choose the layers that map (image head query key), without a pool behind the blocks.

    Raises:
        TraceError: there is none.
    """
    headed = [layer for layer in layers if layer.axes == _HEADED]
    chosen = [layer for layer in headed if not layer.pooled] or headed
    if not chosen:
        found = sorted({f"({' '.join(layer.axes)})" for layer in layers})
        raise TraceError(
            "a layer that maps (image head query key)",
            " and ".join(found),
            "reading trace.layers one by one",
        )
    return tuple(chosen)


def called(layers: Sequence[LayerMap], key: str | tuple[str, int]) -> Tensor:
    """Give the map of one layer.

    Args:
        layers: of a trace.
        key: its name, with ".pattern" or ".hook_pattern" behind it or not, or ("pattern", number).

    Raises:
        UnknownName: there is no such layer.
    """
    if isinstance(key, str):
        name = key.removesuffix(".hook_pattern").removesuffix(".pattern")
        return Table("layer", {layer.name: layer for layer in layers})[name].weights
    chosen = between_tokens(layers)
    if isinstance(key, tuple) and len(key) == 2 and key[0] in ("pattern", "attn"):
        number = key[1]
        if isinstance(number, int) and -len(chosen) <= number < len(chosen):
            return chosen[number].weights
    raise UnknownName(
        f"a name of a layer, or ('pattern', number) from 0 to {len(chosen) - 1}",
        repr(key),
        f"trace[{chosen[0].name!r}]",
    )
