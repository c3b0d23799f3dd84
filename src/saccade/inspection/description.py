"""What is recognised of a model's attention, layer by layer, and what is not."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from saccade.attention.fused_reading import Fused
from saccade.attention.place import Place
from saccade.attention.reading import Reading
from saccade.attention.tap import Tap
from saccade.attention.window_reading import Windows
from saccade.errors import TraceError
from saccade.inspection.frames import Frames, Run
from saccade.inspection.interception import Interception
from saccade.inspection.recognition import Recognised, recognise
from saccade.inspection.regrouping import HIDDEN
from saccade.layers.tokens import TokenLayout

_SAMPLE = 4  # queries of the first image that are compared with the kernel's output


@dataclass(frozen=True, slots=True)
class LayerFact:
    """What is known of one layer.

    Args:
        name: where it stands in the model; calls after the first in one pass are numbered.
        kind: tokens, windows, channels, class and so on, or "unknown".
        heads: how many.
        queries: how many in an image; of a window where windows are not recognised.
        keys: that each query reads.
        grid: where they lie, such as "14x14" or "14x14 of 28x28"; "" where it is unknown.
        prefix: tokens before the patches.
        added: "bias", "mask", "causal" or several.
        error: of the rows that were made again, applied to the values, against the kernel's output;
            None where the model makes the map itself, or makes no weighted mean of it.
    """

    name: str
    kind: str
    heads: int
    queries: int
    keys: int
    grid: str
    prefix: tuple[str, ...]
    added: str
    error: float | None


@dataclass(frozen=True, slots=True)
class Description:
    """What is known of a model.

    Args:
        layers: in the order in which they ran.
        unknown: sentences about what was not recognised.
    """

    layers: tuple[LayerFact, ...]
    unknown: tuple[str, ...]

    @property
    def recognised(self) -> int:
        """How many layers have queries and keys whose places are known, or need none."""
        return len(self.layers) - sum(1 for _ in _unknown(self.layers))


class _Watch:
    """Collects facts while a model runs."""

    def __init__(self, model: nn.Module) -> None:
        self._model = model
        self._layout: TokenLayout | None = None
        self.facts: list[LayerFact] = []
        self.seen: set[str] = set()

    def begin(self, run: Run) -> AbstractContextManager[object]:
        return Interception(run, self._visit)

    def end(self, run: Run, *, whole: bool) -> None:
        pass

    def hear(self, name: str, shown: Tensor | Reading, place: Place | None, run: Run) -> None:
        """See a mechanism of saccade."""
        if isinstance(shown, Reading):
            self._add(name, shown, place, run)
            return
        self.seen.add(name)
        sides = list(shown.shape[1:])
        grid = "x".join(str(side) for side in sides)
        self.facts.append(LayerFact(name, "gate or table", 1, 0, 0, grid, (), "", None))

    def _visit(self, reading: Reading, run: Run) -> None:
        if not any(isinstance(child, Tap) for child in run.frame.module.children()):
            self._add(run.frame.name or "attention", reading, None, run)

    @torch.no_grad()
    def _add(self, name: str, reading: Reading, place: Place | None, run: Run) -> None:
        self.seen.add(name)
        what = (
            Recognised(_kind(reading), reading, place=place)
            if place is not None
            else recognise(self._model, reading, run, self._layout)
        )
        if what.place is None and self._layout is None:
            self._layout = what.layout
        self.facts.append(_fact(name, run.count(name), what, reading))


def describe(model: nn.Module, images: Tensor) -> Description:
    """Run a model once and tell what is recognised of its attention.

    Args:
        model: any module of torch.
        images: a few pictures (b c h w); two different ones tell where special tokens stand.

    Raises:
        TraceError: it computes no attention that can be seen.
    """
    watch = _Watch(model)
    frames = Frames(model, watch)
    taps = {
        module: name.rpartition(".")[0] or "attention"
        for name, module in frames.model.named_modules()
        if isinstance(module, Tap)
    }

    def listen(tap: Tap, shown: Tensor | Reading, place: Place | None) -> None:
        run = frames.run
        if run is not None:
            watch.hear(taps[tap], shown, place, run)

    for tap in taps:
        tap.listeners.append(listen)
    try:
        with torch.no_grad(), frames:
            model(images)
    finally:
        for tap in taps:
            tap.listeners.remove(listen)
    unknown = (*_unknown(watch.facts), *_unseen(frames.model, watch.seen))
    if not watch.facts:
        raise TraceError(
            "attention that torch computes",
            f"{type(frames.model).__name__}, which computes none"
            + (f" ({unknown[0]})" if unknown else ""),
            "a model with attention",
        )
    return Description(tuple(watch.facts), unknown)


def _fact(name: str, call: int, what: Recognised, given: Reading) -> LayerFact:
    _, heads, queries, keys = what.reading.shape
    layout = what.layout if what.place is None else None
    return LayerFact(
        f"{name} (call {call + 1})" if call else name,
        what.kind,
        heads,
        queries,
        keys,
        _grid(what.place, layout),
        () if layout is None else layout.prefix,
        _added(what.reading),
        _error(what.reading),
    )


def _kind(reading: Reading) -> str:
    """What a mechanism of saccade is that says itself where its positions lie."""
    if isinstance(reading, Windows):
        return "windows"
    return "positions" if reading.shape[2] == reading.shape[3] else "pooled"


def _grid(place: Place | None, layout: TokenLayout | None) -> str:
    def written(sides: tuple[int, ...]) -> str:
        return "x".join(str(side) for side in sides)

    if place is None:
        return "" if layout is None else written(layout.grid)
    if place.queries == place.keys:
        return written(place.keys)
    return f"{written(place.queries)} of {written(place.keys)}"


def _added(reading: Reading) -> str:
    inside = reading.inside if isinstance(reading, Windows) else reading
    if not isinstance(inside, Fused):
        return ""
    words = ["causal"] if inside.causal else []
    added = inside.added
    if added is None:
        return " ".join(words)
    if added.dtype == torch.bool:
        return " ".join([*words, "mask"])
    hidden = added <= HIDDEN
    if bool((added.masked_fill(hidden, 0.0) != 0).any()):
        words.append("bias")
    if bool(hidden.any()):
        words.append("mask")
    return " ".join(words)


def _error(reading: Reading) -> float | None:
    if reading.dtype is None:
        return None
    some = list(range(min(_SAMPLE, reading.shape[2])))
    return reading.error(reading.rows(some), some)


def _unknown(facts: Sequence[LayerFact]) -> Iterator[str]:
    for fact in facts:
        if fact.kind == "unknown":
            yield f"{fact.name}: what its {fact.queries} tokens are"
        elif fact.kind == "windows not recognised":
            yield f"{fact.name}: where its windows of {fact.queries} positions lie"
        elif not fact.grid and fact.kind not in ("channels", "gate or table"):
            yield f"{fact.name}: where its {fact.queries} queries and {fact.keys} keys lie"


def _unseen(model: nn.Module, seen: set[str]) -> Iterator[str]:
    """Modules that are called attention and computed no map of queries and keys."""
    for name, module in model.named_modules():
        words = type(module).__name__.lower()
        called = words.endswith(("attn", "attention", "attention2d"))
        inside = any(one == name or one.startswith(f"{name}.") for one in seen)
        around = any(name.startswith(f"{one}.") for one in seen)
        if called and name and not inside and not around:
            yield f"{name}: {type(module).__name__}, which makes no map of queries and keys"
