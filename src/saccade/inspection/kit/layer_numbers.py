"""Numbers of one layer of any trace: tokens, windows, stages and reduced keys alike.

A layer of tokens lies where the model's layout says; any other where its place says. Where it is
not known where a layer lies, its distances are NaN.
Axes: b images, heads (all parts of a layer that are neither), i queries, j keys.
"""

import math

import torch
from torch import Tensor

from saccade.errors import TraceError
from saccade.inspection.kit.asking import asked_row, told
from saccade.inspection.kit.distance import attention_distance, uniform_distance
from saccade.inspection.kit.entropy import row_entropies
from saccade.inspection.layer_map import LayerMap
from saccade.inspection.trace import Trace

Numbers = dict[str, Tensor]


def layers_of(trace: Trace) -> list[LayerMap]:
    """The layers of a trace whose queries read keys; pools that ask one question are left out.

    Raises:
        TraceError: there is none.
    """
    found = [
        layer
        for layer in trace.layers
        if layer.axes[0] == "image" and layer.axes[-2:] == ("query", "key") and not layer.pooled
    ]
    if not found:
        kinds = ", ".join(dict.fromkeys(" ".join(layer.axes) for layer in trace.layers))
        raise TraceError(
            "layers whose queries read keys", f"maps of {kinds}", "saccade inspect, which draws any"
        )
    return found


def maps_of(layer: LayerMap) -> Tensor:
    """The weights of a layer as (b heads i j)."""
    return layer.weights.float().reshape(len(layer.weights), -1, *layer.weights.shape[-2:])


def distances_of(layer: LayerMap) -> Numbers:
    """How far each head looks in pixels of the model's image (b heads), in both normalisations."""
    names = ("distance (px)", "distance over mass on patches (px)")
    maps = maps_of(layer)
    if layer.over_tokens and layer.layout is not None:
        return {
            name: attention_distance(maps, layer.layout, renormalize=again)
            for name, again in zip(names, (False, True), strict=True)
        }
    index, away = _index(layer), _away(layer)
    if away is None:
        return dict.fromkeys(names, torch.full(maps.shape[:2], math.nan))
    # Keys outside of the picture are at no distance and hold no mass.
    inside = maps if index is None else maps * (index >= 0)
    weighted = (inside * away).sum(-1)
    mass = inside.sum(-1).clamp_min(torch.finfo(maps.dtype).tiny)
    return dict(zip(names, (weighted.mean(-1), (weighted / mass).mean(-1)), strict=True))


def uniform_of(layer: LayerMap) -> float:
    """The distance in pixels of a layer of tokens that spreads evenly; NaN for any other."""
    known = layer.over_tokens and layer.layout is not None
    return uniform_distance(layer.layout) if known and layer.layout is not None else math.nan


def entropies_of(layer: LayerMap, query: int | None = None) -> Numbers:
    """How widely each head spreads (b heads): mean over rows, and of the token that asks.

    Args:
        layer: of any kind.
        query: the token that asks; the class token, where there is one, when None.

    Raises:
        ConfigError: there is no such token.
    """
    maps = maps_of(layer)
    rows = row_entropies(maps)
    keys = maps.shape[-1]
    found = {
        "entropy (nats)": rows.mean(-1),
        "entropy share": rows.mean(-1) / (math.log(keys) if keys > 1 else 1.0),
        "effective keys": rows.exp().mean(-1),
    }
    alone = layer.over_tokens and layer.layout is not None
    if alone and layer.layout is not None:
        own = asked_row(rows[..., None], layer.layout, query)[..., 0]
        found[f"entropy of {told(layer.layout, query)} (nats)"] = own
    return found


def received_of(layer: LayerMap) -> Tensor:
    """Share of all attention that each position of the keys receives (b heads positions)."""
    maps = maps_of(layer)
    index = _index(layer)
    if layer.place is None or index is None:
        return maps.mean(-2)
    found = maps.new_zeros(*maps.shape[:2], math.prod(layer.place.keys))
    found.index_add_(-1, index.clamp_min(0).flatten(), (maps * (index >= 0)).flatten(-2))
    return found / maps.shape[-2]


def _index(layer: LayerMap) -> Tensor | None:
    """Which positions the queries that were kept read (i j); None where that is all of them."""
    if layer.place is None or layer.place.index is None:
        return None
    index = layer.place.index.to(layer.weights.device)
    return index if layer.queries is None else index[list(layer.queries)]


def _away(layer: LayerMap) -> Tensor | None:
    """Distances in pixels of the keys of each query from it (i j); None where it is not known."""
    place, size = layer.place, layer.size
    if place is None or size is None or (len(place.queries), len(place.keys)) != (2, 2):
        return None
    queries, keys = (
        _centres(grid, size).to(layer.weights.device) for grid in (place.queries, place.keys)
    )
    if layer.queries is not None:
        queries = queries[list(layer.queries)]
    index = _index(layer)
    points = keys[None] if index is None else keys[index.clamp_min(0)]
    return (queries[:, None] - points).square().sum(-1).sqrt()


def _centres(grid: tuple[int, ...], size: tuple[int, int]) -> Tensor:
    """Where the cells of a grid that covers the image evenly lie, in pixels (positions, 2)."""
    y, x = ((torch.arange(n) + 0.5) * (side / n) for n, side in zip(grid, size, strict=True))
    return torch.stack(torch.meshgrid(y, x, indexing="ij"), -1).reshape(-1, 2)
