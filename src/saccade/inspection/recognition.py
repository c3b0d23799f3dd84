"""What one call of attention is: tokens, windows, channels, one question, or something unknown."""

import math
from dataclasses import dataclass

from torch import Tensor, nn

from saccade.attention.fused_reading import Fused
from saccade.attention.place import Place
from saccade.attention.reading import Reading
from saccade.attention.tap import Tap
from saccade.errors import TraceError
from saccade.inspection.frames import Run
from saccade.inspection.regrouping import moved, split
from saccade.inspection.request import Request
from saccade.inspection.structure import (
    layout_of,
    place_of,
    shrinks,
    special_tokens,
    tower_of,
)
from saccade.inspection.windows_of import (
    heads_of,
    too_many_heads,
    windows_among_heads,
    windows_of,
)
from saccade.layers.tokens import TokenLayout

TOKENS = ("b", "heads", "i", "j")
WINDOWS = ("b", "windows", "heads", "i", "j")
CHANNELS = ("b", "heads", "c", "c")
_CHANNEL_NAMES = ("xca", "crosscov", "channelatt", "transposedatt")


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a call is.

    Args:
        kind: in words, such as "tokens", "windows shifted", "channels", "class", "unknown".
        reading: its map; windows that are understood are put together.
        axes: of the map that is kept; windows that are not understood have an axis of their own.
        place: where queries and keys lie, for a map that is not one of the model's tokens.
        layout: of its own tokens, for a map of them.
        windows: how many there are in an image, where they have an axis.
    """

    kind: str
    reading: Reading
    axes: tuple[str, ...] = TOKENS
    place: Place | None = None
    layout: TokenLayout | None = None
    windows: int = 1


def recognise(
    model: nn.Module, reading: Reading, run: Run, layout: TokenLayout | None
) -> Recognised:
    """Find out what a call of attention is.

    Args:
        model: that runs.
        reading: of the call.
        run: the pass, within the call.
        layout: of the model's tokens, where they are known already.

    Raises:
        TraceError: there is nothing in the images, or a place that a module tells does not fit.
    """
    if run.frames and any(x.is_meta for x in run.frames[0].inputs):
        raise TraceError(
            "images that hold numbers", "images on the meta device", "images of pixels"
        )
    if not run.frames or any(isinstance(child, Tap) for child in run.frame.module.children()):
        return _of_tokens(model, reading, run, layout)
    told = _told_place(reading, run)
    if told is not None:
        return Recognised("told by the module", reading, place=told)
    if _over_channels(reading, run):
        return Recognised("channels", reading, CHANNELS)
    found = windows_of(reading, run)
    if found is not None:
        return Recognised(found.kind, found.reading, place=found.place)
    return _of_windows(reading, run) or _of_tokens(model, reading, run, layout)


def _of_windows(reading: Reading, run: Run) -> Recognised | None:
    """Windows that nobody understands, with an axis of their own."""
    images, (batch, heads, _, _) = run.images, reading.shape
    apart: Reading | None = None
    if images and batch % images:
        return Recognised("unknown", reading)
    if images and batch != images:
        known = heads_of(run)
        apart = moved(reading, images) if known == batch // images != heads else reading
        count = heads if apart is not reading else batch // images
    else:
        count = windows_among_heads(reading, run) if images else 1
        apart = split(reading, count) if count > 1 else None
        if count == 1:
            return Recognised("unknown", reading) if too_many_heads(reading, run) else None
    if apart is None:
        return Recognised("unknown", reading)
    return Recognised("windows not recognised", apart, WINDOWS, windows=count)


def _of_tokens(
    model: nn.Module, reading: Reading, run: Run, known: TokenLayout | None
) -> Recognised:
    """Tokens that read tokens, or one question."""
    _, _, queries, keys = reading.shape
    if queries == keys > 1:
        if known is not None and known.tokens == queries:
            return Recognised("tokens", reading, layout=known)
        own = layout_of(model, queries, run.size, run if run.frames else None)
        if own is None:
            return Recognised("unknown", reading)
        tower = tower_of(run) if run.frames else model
        if own.prefix or (known is None and not shrinks(tower or model)):
            return Recognised("tokens", reading, layout=own)
        return Recognised("tokens", reading, place=Place(own.grid, own.grid))
    tower = tower_of(run) if run.frames else model
    if tower is None or run.size is None:
        return Recognised("cross", reading)
    names = special_tokens(tower)
    place = place_of(reading.shape, run.size, known, len(names))
    if queries == 1:
        kind = "class" if place is not None and place.index is not None else "one question"
        return Recognised(kind, reading, place=place)
    return Recognised("pooled" if place is not None else "cross", reading, place=place)


def _over_channels(reading: Reading, run: Run) -> bool:
    """Tell whether channels read channels, from what the module was given."""
    frame, (batch, heads, queries, keys) = run.frame, reading.shape
    words = type(frame.module).__name__.lower().replace("_", "")
    if queries != keys or not frame.inputs or batch != run.images:
        return False
    if words.startswith(_CHANNEL_NAMES):
        return True
    x = frame.inputs[0]
    if x.dim() == 3:
        channels, cells = x.shape[2], x.shape[1]
    elif x.dim() == 4 and len(x) == run.images and x.shape[1] > 4:
        channels, cells = x.shape[1], x.shape[2] * x.shape[3]
    else:
        return False
    if isinstance(reading, Fused) and reading.queries.shape[-1] != cells:
        return False
    return queries * heads == channels and queries != cells


def _told_place(reading: Reading, run: Run) -> Place | None:
    """The place that a module around the call gives itself.

    Raises:
        TraceError: it does not fit the map.
    """
    for frame in reversed(run.frames):
        tell = getattr(frame.module, "attention_place", None)
        if not callable(tell):
            continue
        place: Place | None = tell(reading)
        if place is None:
            return None
        wanted = math.prod(place.keys) if place.index is None else place.index.shape[-1]
        if (math.prod(place.queries), wanted) != tuple(reading.shape[2:]):
            raise TraceError(
                f"a place of {reading.shape[2]} queries and {reading.shape[3]} keys from "
                f"attention_place of {frame.name or type(frame.module).__name__}",
                f"one of {math.prod(place.queries)} and {wanted}",
                "Place(queries=(rows, columns), keys=(rows, columns))",
            )
        return place
    return None


def rows_of(
    request: Request,
    name: str,
    what: Recognised,
    layout: TokenLayout | None,
    size: tuple[int, int] | None,
) -> list[int] | None:
    """Find the queries of a call that are asked for; None for all.

    Args:
        request: what is asked for.
        name: of the layer.
        what: the call.
        layout: of the model's tokens, where they are known.
        size: (height, width) of the model's image.

    Raises:
        TraceError: this layer has no such query.
    """
    count, asked = what.reading.shape[2], request.queries
    if what.axes != TOKENS and asked != "all":
        raise TraceError(
            "queries='all' in a layer whose queries have no place",
            f"queries={asked!r} in {name}, which is of {what.kind}",
            f"queries='all', or layers= without {name}",
        )
    if isinstance(asked, str) or what.place is None or size is None or count == 1:
        return request.rows(name, count, what.place, layout)
    return cells_of(list(asked), what.place.queries, size)


def fitting(numbers: dict[str, Tensor], axes: tuple[str, ...], images: int) -> dict[str, Tensor]:
    """Leave out numbers that mean nothing in a layer, and bring windows to their images.

    Args:
        numbers: what was worked out of the rows of one call.
        axes: of its map.
        images: how many there are.
    """
    if axes == CHANNELS:
        return {name: value for name, value in numbers.items() if name in ("entropy", "mean")}
    if axes == WINDOWS:
        apart = {name: value for name, value in numbers.items() if name == "entropy"}
        return {
            name: value.reshape(images, -1, *value.shape[1:]).mean(1)
            for name, value in apart.items()
        }
    return numbers


def cells_of(
    points: list[tuple[float, float]], grid: tuple[int, ...], size: tuple[int, int]
) -> list[int]:
    """Number the cells of a grid over an image that cover some points.

    Args:
        points: (x, y) in pixels of the image.
        grid: (rows, columns).
        size: (height, width) of the image.

    Raises:
        TraceError: a point lies outside.
    """
    height, width = size
    numbers = []
    for x, y in points:
        if not (0 <= y < height and 0 <= x < width):
            raise TraceError(
                f"a point inside the model's {width}x{height} image",
                f"({x:g}, {y:g})",
                "a point of the picture that the crop kept",
            )
        numbers.append(int(y * grid[0] / height) * grid[1] + int(x * grid[1] / width))
    return numbers
