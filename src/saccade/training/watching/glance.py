"""One look into a model that learns: where its class token looks, how widely and how far.

Source: Dosovitskiy et al., arXiv:2010.11929, figures 6 and 11; the measures are those of
`saccade.inspection.kit`. Entropy and distance are means over all queries.
Axes: p pictures, h heads, rows and columns of the grid of the keys.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from saccade.errors import TraceError
from saccade.inspection.kit.asking import asked_row
from saccade.inspection.kit.distance import uniform_distance
from saccade.inspection.layer_map import LayerMap
from saccade.inspection.record import record
from saccade.inspection.request import GIBIBYTE
from saccade.inspection.trace import Trace
from saccade.layers.tokens import TokenLayout
from saccade.training.evaluate import evaluating
from saccade.training.randomness import own_randomness

_AT_ONCE = 4  # pictures in a pass
_ONLY = "only the answers are watched, no attention"
_KINDS = ("entropy", "distance")


@dataclass(frozen=True, slots=True)
class LayerSeen:
    """What the heads of one layer do in each picture.

    Args:
        name: of the layer.
        keys: how many keys a query reads.
        maps: what is read of each cell (p h rows columns), by the class token, or by all queries
            on average where there is none.
        entropy: of the rows in nats, mean over queries (p h).
        distance: mean attention distance in pixels of the model's image (p h); NaN where a layer
            has none.
        even: the distance of a head that spreads evenly; NaN where it is not known.
    """

    name: str
    keys: int
    maps: Tensor
    entropy: Tensor
    distance: Tensor
    even: float = math.nan

    @property
    def relative(self) -> tuple[float, ...]:
        """Entropy of each head as a share of the most there can be, log keys: mean over p."""
        most = math.log(self.keys) if self.keys > 1 else math.nan
        return tuple((self.entropy.double().mean(0) / most).tolist())


@dataclass(frozen=True, slots=True)
class Glance:
    """What a model shows of itself on some pictures.

    Args:
        layers: those with attention over places, in the order in which the model runs them.
        logits: what the model answered (p classes); None where it answers otherwise.
        lack: why there is no layer, in a sentence; empty where there are some.
    """

    layers: tuple[LayerSeen, ...]
    logits: Tensor | None
    lack: str = ""

    @property
    def relative(self) -> dict[str, tuple[float, ...]]:
        """Relative entropy of each head, by layer; 0 on one key, 1 when spread evenly."""
        return {layer.name: layer.relative for layer in self.layers}


def glance(model: nn.Module, images: Tensor) -> Glance:
    """Look at a model on some images; nothing of it is changed, and no chance is used up.

    Args:
        model: in any mode; its own is given back.
        images: normalised (p c h w).
    """
    weight = next((one for one in model.parameters() if one.is_floating_point()), None)
    device = images.device if weight is None else weight.device
    images = images.to(device, images.dtype if weight is None else weight.dtype)
    with own_randomness(0, device), evaluating(model), torch.no_grad():
        try:
            logits, numbers = _numbers(model, images)
            layers = _layers(_maps(model, images), numbers)
        except TraceError as error:
            none = error.got.endswith("computes none")
            told = f"{_ONLY}: {type(model).__name__} computes none" if none else f"{_ONLY}: {error}"
            return Glance((), _answers(model, images), told)
    lack = "" if layers else f"{_ONLY}: its layers have no maps of places"
    return Glance(layers, logits, lack)


def _numbers(
    model: nn.Module, images: Tensor
) -> tuple[Tensor | None, dict[str, dict[str, Tensor]]]:
    with record(model, reduce=("entropy", "distance")) as trace:
        logits = _answers(model, images)
    return logits, trace.numbers


def _answers(model: nn.Module, images: Tensor) -> Tensor | None:
    """What a model answers, a few pictures at a time (p classes)."""
    found = [model(some) for some in _few(images, _AT_ONCE)]
    if not all(isinstance(one, Tensor) and one.dim() == 2 for one in found):
        return None
    return torch.cat(found).float().cpu()


def _few(images: Tensor, count: int) -> Iterator[Tensor]:
    """Images some at a time."""
    for begin in range(0, len(images), count):
        yield images[begin : begin + count]


@dataclass(frozen=True, slots=True)
class _Map:
    """Maps (p h rows columns) of a layer with this many keys, and its evenly spread distance."""

    maps: Tensor
    keys: int
    even: float


def _maps(model: nn.Module, images: Tensor) -> dict[str, _Map]:
    """What is read of each cell, layer by layer: one row where there is a class token."""
    try:
        with record(model, queries="cls") as trace:
            _answers(model, images)
        if trace.layout is not None and trace.layout.prefix[:1] == ("cls",):
            return _placed(trace)
    except TraceError:
        pass  # there is no class token in some layer
    parts = []
    for image in _few(images, 1):  # whole maps, so one picture at a time
        with record(model, limit=GIBIBYTE) as trace:
            model(image)
        parts.append(_placed(trace))
    return {
        name: _Map(torch.cat([part[name].maps for part in parts]), one.keys, one.even)
        for name, one in parts[0].items()
    }


def _placed(trace: Trace) -> dict[str, _Map]:
    """Lay the maps of a trace over the grids of their keys, those that have one."""
    return {layer.name: found for layer in trace.layers for found in _laid(layer)}


def _laid(layer: LayerMap) -> Iterator[_Map]:
    weights, place, layout = layer.weights.float(), layer.place, layer.layout
    if layer.axes[-2:] != ("query", "key") or weights.dim() not in (3, 4):
        return
    weights = weights[:, None] if weights.dim() == 3 else weights
    keys = weights.shape[-1]
    if place is not None and len(place.keys) == 2:
        full = place.dense(weights).mean(-2)
        yield _Map(full.reshape(*full.shape[:-1], *place.keys), keys, math.nan)
    elif place is None and layout is not None and keys == layout.tokens:
        row = asked_row(weights, layout) if layer.over_tokens else weights.mean(-2)
        patches = row[..., len(layout.prefix) :].reshape(*row.shape[:-1], *layout.grid)
        yield _Map(patches, keys, uniform_distance(layout) * _share(layout))


def _share(layout: TokenLayout) -> float:
    """How much of evenly spread attention is on patches; the rest has no distance."""
    return 1 - len(layout.prefix) / layout.tokens


def _layers(maps: dict[str, _Map], numbers: dict[str, dict[str, Tensor]]) -> tuple[LayerSeen, ...]:
    found = []
    for name, one in maps.items():
        shape = one.maps.shape[:2]
        entropy, distance = (_fitting(numbers, kind, name, shape) for kind in _KINDS)
        found.append(LayerSeen(name, one.keys, one.maps, entropy, distance, one.even))
    return tuple(found)


def _fitting(
    numbers: dict[str, dict[str, Tensor]], kind: str, name: str, shape: Sequence[int]
) -> Tensor:
    """The numbers of a layer (p h); NaN where it has none, or has them otherwise."""
    found = numbers.get(kind, {}).get(name)
    if found is None or tuple(found.shape) != tuple(shape):
        return torch.full(tuple(shape), math.nan)
    return found.float()
