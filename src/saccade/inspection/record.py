"""Record what a model attends to, without changing what it computes.

While nobody records, attention runs in a fused kernel that never makes its map. Inside
`with record(model)` the mechanisms that are watched make their map explicitly and show it.
"""

import dataclasses
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext

import torch
from torch import Tensor, nn

from saccade.attention.place import Place
from saccade.attention.tap import Listener, Tap
from saccade.errors import TraceError
from saccade.inspection.passes import Passes
from saccade.inspection.trace import Trace
from saccade.layers.tokens import TokenLayout

GIBIBYTE = 1 << 30


@contextmanager
def record(
    model: nn.Module, *, layers: Sequence[int] | None = None, limit: int = 4 * GIBIBYTE
) -> Iterator[Trace]:
    """Record the attention of every forward pass inside the `with` block.

    Maps are kept detached, as float32 in main memory, in the order of the images. A tap that runs
    again in the same pass, because its module is shared, is heard as a layer of its own; its
    boxes follow each other in time. On the way out the listeners are gone, also after an error.
    Compiled models run uncompiled inside the block, in every thread, and nothing is compiled anew
    because of it.

    Args:
        model: any module that holds mechanisms of `saccade.attention`, compiled or not.
        layers: which mechanisms, counted from 0 (negative from the end); all when None.
        limit: bytes of maps to keep at most.

    Yields:
        The trace, which fills as the model runs.

    Raises:
        TraceError: the model has no mechanism to record, nothing ran inside the block, or the
            maps would take more than `limit`.

    Example:
        >>> import torch, saccade
        >>> model = saccade.create_model("vit_pico_patch2_8").eval()
        >>> with saccade.record(model) as trace:
        ...     logits = model(torch.zeros(2, 3, 8, 8))
        >>> tuple(trace.attention.shape)  # image layer head query key
        (2, 3, 4, 17, 17)
    """
    taps = _taps(model, layers)
    layout = getattr(model, "layout", None)
    name = getattr(model, "name", None)
    trace = Trace(
        layout if isinstance(layout, TokenLayout) else None,
        model=name if isinstance(name, str) else type(model).__name__,
    )
    with ExitStack() as stack:
        passes = stack.enter_context(Passes(model, tuple(taps.values()), trace))
        for name, tap in taps.items():
            listener = _listener(trace, name, limit, passes)
            tap.listeners.append(listener)
            stack.callback(tap.listeners.remove, listener)
        stack.enter_context(_UNCOMPILED)
        yield trace
    if trace.bytes == 0:
        raise TraceError(
            "a forward pass inside `with record(model)`",
            "none",
            "calling model(images) on this very model there",
        )


class _Uncompiled:
    """Makes torch.compile stand aside, from the first who enters to the last who leaves.

    The stance of the compiler is one for the whole process; counting keeps recordings that
    overlap in several threads from restoring each other's.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._stance: AbstractContextManager[object] = nullcontext()

    def __enter__(self) -> None:
        with self._lock:
            # Nothing can be compiled before the compiler is loaded, which takes seconds.
            if self._inside == 0 and "torch._dynamo" in sys.modules:
                self._stance = torch.compiler.set_stance("force_eager")
                self._stance.__enter__()
            self._inside += 1

    def __exit__(self, *error: object) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0:
                self._stance.__exit__(None, None, None)
                self._stance = nullcontext()


_UNCOMPILED = _Uncompiled()


def _taps(model: nn.Module, layers: Sequence[int] | None) -> dict[str, Tap]:
    taps = {
        name.removeprefix("_orig_mod.").rpartition(".")[0] or "attention": module
        for name, module in model.named_modules()
        if isinstance(module, Tap)
    }
    if not taps:
        raise TraceError(
            "a model with mechanisms of saccade.attention",
            f"{type(model).__name__} with none",
            "a model of saccade.list_models(), or saccade.insert(model, 'layer3.*', 'non_local')",
        )
    if layers is None:
        return taps
    names = list(taps)
    wrong = [index for index in layers if not -len(names) <= index < len(names)]
    if wrong:
        raise TraceError(
            f"layers from 0 to {len(names) - 1}", str(wrong[0]), "layers=[-1] for the last one"
        )
    chosen = sorted({index % len(names) for index in layers})
    return {names[index]: taps[names[index]] for index in chosen}


def _listener(trace: Trace, name: str, limit: int, passes: Passes) -> Listener:
    def listen(tap: Tap, weights: Tensor, place: Place | None) -> None:
        if trace.bytes + 4 * weights.numel() > limit:
            raise TraceError(
                f"maps of at most {limit / GIBIBYTE:.3g} GiB",
                f"more, at {tuple(weights.shape)} in each layer",
                "fewer images in one block, layers=[-1], or a larger limit=",
            )
        seen = weights.detach().to("cpu", torch.float32)
        trace.add(name, tap.axes, seen, _at_rest(place), call=passes.call(tap))

    return listen


def _at_rest(place: Place | None) -> Place | None:
    """The place with its index in main memory."""
    if place is None or place.index is None or place.index.device.type == "cpu":
        return place
    return dataclasses.replace(place, index=place.index.cpu())
