"""Numbers of one call of attention, of which no map is held whole: the work behind `reduce=`."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from saccade.attention.place import Place
from saccade.attention.reading import Reading
from saccade.inspection.chain import (
    FusedLink,
    Link,
    ReadingLink,
    check_link,
    keeps_reading,
    link_bytes,
)
from saccade.inspection.checking import check_first
from saccade.inspection.recognition import TOKENS, Recognised, fitting
from saccade.inspection.reducers import Mean, Reducer, reducer_of
from saccade.inspection.request import Reduction
from saccade.layers.tokens import TokenLayout

About = tuple[TokenLayout | None, Place | None, tuple[int, int] | None]
_FLOAT = torch.float32.itemsize


@dataclass(frozen=True, slots=True)
class Reduced:
    """What is kept of one call.

    Args:
        numbers: name of a reduction to its numbers, images first.
        error: of the rows that were checked; None where the model made the map itself.
        link: for the rollout through all layers, where it is asked for.
    """

    numbers: dict[str, Tensor]
    error: float | None
    link: Link | None


def linked(names: Sequence[Reduction], what: Recognised) -> bool:
    """Tell whether a call leaves a link for a rollout.

    Channels, windows that nobody put together and a pool that asks one question do not.
    """
    asks = what.reading.shape[2] > 1 or what.kind == "class"
    return "rollout" in names and what.axes == TOKENS and asks


def reduced_bytes(names: Sequence[Reduction], what: Recognised) -> int:
    """Memory that the numbers of one call take until the trace is read."""
    images, heads, queries, keys = what.reading.shape
    sizes = {"mean": queries * keys, "entropy": heads, "distance": heads, "sinks": keys}
    total = sum(images * sizes.get(name, 0) * _FLOAT for name in names)
    return total + (link_bytes(what.reading) if linked(names, what) else 0)


def reduced(
    name: str,
    what: Recognised,
    names: Sequence[Reduction],
    about: About,
    before: Sequence[Link],
) -> Reduced:
    """Work out the numbers of one call, a chunk of rows at a time.

    Args:
        name: of the layer.
        what: the call.
        names: of the reductions.
        about: tokens, places and the size of the image, as far as they are known.
        before: links of the layers before.

    Raises:
        TraceError: the rows are not those of the kernel, or there is no rollout through this layer.
    """
    reading, links = what.reading, linked(names, what)
    if links:
        check_link(name, "" if what.axes == TOKENS else what.kind, reading, before)
    found = {one: reducer_of(one, reading, about) for one in names}
    made = {one: reducer for one, reducer in found.items() if reducer is not None}
    light = reading.light() if links and keeps_reading(reading) else None
    fused = made.get("mean", Mean(reading.shape)) if links and light is None else None
    extra = [fused] if fused is not None and "mean" not in made else []
    error = _stream(name, reading, [*made.values(), *extra])
    link: Link | None = None if light is None else ReadingLink(light)
    if fused is not None:
        link = FusedLink(fused.result())
    images = reading.shape[0] // what.windows
    numbers: dict[str, Tensor] = {one: reducer.result() for one, reducer in made.items()}
    return Reduced(fitting(numbers, what.axes, images), error, link)


def _stream(name: str, reading: Reading, reducers: Sequence[Reducer]) -> float | None:
    error = None
    for image, first, rows, logs in reading.chunks():
        if image == first == 0:
            error = check_first(name, reading, rows)
        for reducer in reducers:
            reducer.see(image, first, rows, logs)
    return error
