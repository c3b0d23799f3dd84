"""Keeps what a request asks for of the attention that a model computes."""

import dataclasses
import math
import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor, nn

from saccade.attention.place import Place
from saccade.attention.reading import Reading, Whole
from saccade.attention.tap import Tap
from saccade.inspection.chain import Link, class_rollout
from saccade.inspection.checking import checked
from saccade.inspection.frames import Run
from saccade.inspection.interception import Interception
from saccade.inspection.recognition import (
    CHANNELS,
    WINDOWS,
    Recognised,
    recognise,
    rows_of,
)
from saccade.inspection.reduction import About, reduced, reduced_bytes
from saccade.inspection.request import Request
from saccade.inspection.trace import Trace

_HEADED = ("b", "heads", "i", "j")
_unseen = torch._C.DisableTorchFunction  # what is computed here is no attention of the model


@dataclasses.dataclass(slots=True)
class Seen:
    """What one call of attention left behind."""

    name: str
    call: int
    axes: tuple[str, ...]
    weights: Tensor | None
    place: Place | None = None
    queries: tuple[int, ...] | None = None
    heads: tuple[int, ...] | None = None
    numbers: dict[str, Tensor] = dataclasses.field(default_factory=dict)
    error: float | None = None
    link: Link | None = None
    bytes: int = 0

    @property
    def label(self) -> str:
        """Its name in the trace."""
        return f"{self.name} (call {self.call + 1})" if self.call else self.name

    @property
    def kept(self) -> int:
        """Memory of what goes into the trace."""
        tensors = [*self.numbers.values(), *(() if self.weights is None else (self.weights,))]
        return sum(one.numel() * one.element_size() for one in tensors)


class Recorder:
    """Hears taps and intercepts the rest; what a pass gave goes into the trace when it is over.

    Args:
        model: that runs.
        request: what is kept.
        trace: where it goes.
        taps: of the model, by the names of their mechanisms.
        running: gives the pass of this thread.
    """

    def __init__(
        self,
        model: nn.Module,
        request: Request,
        trace: Trace,
        taps: dict[str, Tap],
        running: Callable[[], Run | None],
    ) -> None:
        self.request = request
        self._model, self._trace = model, trace
        self._running = running
        self._tapped = {tap: name for name, tap in taps.items()}
        self._lock = threading.Lock()
        self._kept = 0  # bytes of all passes that are over
        self._open: dict[int, list[Seen]] = {}
        self._done: dict[int, list[Seen]] = {}

    def begin(self, run: Run) -> AbstractContextManager[object]:
        """Start to collect a pass; what a backward pass computes again is none."""
        if run.again:
            return nullcontext()
        with self._lock:
            self._open[run.number] = []
        return Interception(run, self._visit)

    def end(self, run: Run, *, whole: bool) -> None:
        """Take what a pass gave, in the order in which passes began."""
        if run.again:
            return
        with self._lock:
            seen = self._open.pop(run.number)
            self._done[run.number] = self._chosen(seen) if whole else []
            waiting = min(self._open, default=math.inf)
            for number in sorted(self._done):
                if number < waiting:
                    self.keep(self._done.pop(number))
            if run.size is not None:
                self._trace.size = run.size

    def listen(self, tap: Tap, shown: Tensor | Reading, place: Place | None) -> None:
        """Hear a mechanism of saccade."""
        run = self._running()
        # The copy of a model for another device (DataParallel) has taps of its own.
        name = self._tapped.get(tap) or (run.frame.name if run else "") or "attention"
        if run is not None and run.again:
            return
        if run is None:  # a mechanism's own forward, called past the hooks of modules
            run = Run(0, 0, None)
            self._open[0] = []
            self._see(name, tap.axes, shown, place, run)
            self.keep(self._chosen(self._open.pop(0)))
            return
        self._see(name, tap.axes, shown, place, run)

    def _visit(self, reading: Reading, run: Run) -> None:
        frame = run.frame
        if any(isinstance(child, Tap) for child in frame.module.children()):
            return
        self._see(frame.name or "attention", _HEADED, reading, None, run)

    @torch.no_grad()
    def _see(
        self,
        name: str,
        axes: tuple[str, ...],
        shown: Tensor | Reading,
        place: Place | None,
        run: Run,
    ) -> None:
        call, seen = run.count(name), self._open[run.number]
        if not self.request.wants(len(seen), name, None) and not self.request.backwards:
            seen.append(Seen(name, call, axes, None))
            return
        if self.request.backwards:
            self._forget(seen)
        with _unseen(), torch.autocast("cpu", enabled=False), torch.autocast("cuda", enabled=False):
            if isinstance(shown, Reading):
                seen.append(self._read(name, call, shown, place, run))
            else:
                seen.append(self._take(Seen(name, call, axes, None, _at_rest(place)), shown, run))

    def _take(self, seen: Seen, shown: Tensor, run: Run) -> Seen:
        """Keep what is asked for of a map that a mechanism made itself."""
        if seen.place is not None and self.request.partial:
            whole = Whole(shown if shown.dim() == 4 else shown[:, None])
            part = self._read(seen.name, seen.call, whole, seen.place, run)
            if part.weights is not None and shown.dim() == 3:
                part.weights = part.weights[:, 0]
            return dataclasses.replace(part, axes=seen.axes)
        if not self.request.reduce:
            self.store(seen, shown.shape, lambda: shown)
        return seen

    def _read(self, name: str, call: int, reading: Reading, place: Place | None, run: Run) -> Seen:
        """Make what is asked for of one call."""
        what = self._recognised(reading, place, run)
        reading, layout = what.reading, what.layout or self._trace.layout
        seen = Seen(name, call, what.axes, None, _at_rest(what.place))
        if self.request.reduce:
            return self.reduce(seen, what, (layout, seen.place, run.size), run)
        queries = rows_of(self.request, name, what, layout, run.size)
        heads = None if what.axes == CHANNELS else self.request.heads
        shape = list(reading.shape)
        shape[1] = shape[1] if heads is None else len(heads)
        shape[2] = shape[2] if queries is None else len(queries)

        def made() -> Tensor:
            rows = reading.rows(queries, heads)
            seen.error = checked(name, reading, rows, queries, heads)
            apart = (len(rows) // what.windows, what.windows, *rows.shape[1:])
            return rows.reshape(apart) if what.axes == WINDOWS else rows

        self.store(seen, shape, made)
        seen.queries = None if queries is None else tuple(queries)
        seen.heads = None if heads is None else tuple(head % reading.shape[1] for head in heads)
        return seen

    def reduce(self, seen: Seen, what: Recognised, about: About, run: Run) -> Seen:
        """Work out numbers of one call."""
        names = self.request.reduce
        seen.bytes = reduced_bytes(names, what)
        self._room(seen.name, what.reading.shape, seen.bytes)
        before = [one.link for one in self._open[run.number] if one.link is not None]
        made = reduced(seen.name, what, names, about, before)
        seen.numbers, seen.error, seen.link = made.numbers, made.error, made.link
        return seen

    def _recognised(self, reading: Reading, place: Place | None, run: Run) -> Recognised:
        if place is not None:
            return Recognised("positions", reading, place=place)
        what = recognise(self._model, reading, run, self._trace.layout)
        if what.place is None and what.layout is not None and self._trace.layout is None:
            self._trace.layout = what.layout
        return what

    def store(self, seen: Seen, shape: Sequence[int], make: Callable[[], Tensor]) -> None:
        """Make a map, if there is room for it, and bring it to where it is kept."""
        seen.bytes = math.prod(shape) * self.request.dtype.itemsize
        self._room(seen.name, shape, seen.bytes)
        seen.weights = make().detach().to(self.request.device, self.request.dtype)

    def _room(self, name: str, shape: Sequence[int], size: int) -> None:
        """Refuse what goes beyond the limit, before it is made."""
        with self._lock:
            waiting = (*self._open.values(), *self._done.values())
            kept = self._kept + sum(one.bytes for run in waiting for one in run)
            self.request.spend(name, shape, size, kept)

    def _forget(self, seen: list[Seen]) -> None:
        """Drop maps that no layer counted from the end can be once another is added."""
        layers = self.request.layers or ()
        most = max(-layer for layer in layers if isinstance(layer, int) and layer < 0)
        for number, one in enumerate(seen[: max(len(seen) + 1 - most, 0)]):
            if not self.request.wants(number, one.name, None):
                one.weights, one.numbers, one.link, one.bytes = None, {}, None, 0

    def _chosen(self, seen: list[Seen]) -> list[Seen]:
        wants = self.request.wants
        return [one for n, one in enumerate(seen) if wants(n, one.name, len(seen))]

    def keep(self, seen: list[Seen]) -> None:
        """Put what a pass gave into the trace."""
        self._roll_out(seen)
        self._kept += sum(one.kept for one in seen)
        for one in seen:
            if one.error is not None:
                self._trace.errors[one.label] = max(
                    one.error, self._trace.errors.get(one.label, 0.0)
                )
            for name, numbers in one.numbers.items():
                self._trace.reduced.setdefault(name, {}).setdefault(one.label, []).append(
                    numbers.to(self.request.device)
                )
            if one.weights is not None:
                self._trace.add(
                    one.name,
                    one.axes,
                    one.weights,
                    one.place,
                    call=one.call,
                    queries=one.queries,
                    heads=one.heads,
                )

    def _roll_out(self, seen: list[Seen]) -> None:
        """Make one row of the links of a pass, kept with its last layer."""
        linked = [one for one in seen if one.link is not None]
        links = [one.link for one in linked if one.link is not None]
        if links:
            layout = self._trace.layout
            row = class_rollout(links, first=bool(layout is not None and layout.prefix))
            linked[-1].numbers["rollout"] = row
        for one in linked:
            one.link = None


def _at_rest(place: Place | None) -> Place | None:
    """The place with its index in main memory."""
    if place is None or place.index is None or place.index.device.type == "cpu":
        return place
    return dataclasses.replace(place, index=place.index.cpu())
