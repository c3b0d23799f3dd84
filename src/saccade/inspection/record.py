"""Record what a model attends to, without changing what it computes.

The fused kernel goes on computing the output. Beside it, the rows of its map that are asked for are
made from its own queries and keys, and checked against what it gave.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TypeVar

import torch
from torch import nn

from saccade.attention.tap import Tap
from saccade.data.geometry import Geometry
from saccade.errors import TraceError
from saccade.inspection.frames import Frames, original
from saccade.inspection.recorder import Recorder
from saccade.inspection.request import GIBIBYTE, Queries, Reduction, Request
from saccade.inspection.trace import Trace
from saccade.layers.tokens import TokenLayout

Heard = TypeVar("Heard", bound=Recorder)


@contextmanager
def record(
    model: nn.Module,
    *,
    layers: Sequence[int | str] | None = None,
    heads: Sequence[int] | None = None,
    queries: Queries = "all",
    reduce: Reduction | Sequence[Reduction] = (),
    limit: int = 4 * GIBIBYTE,
    dtype: torch.dtype = torch.float32,
    device: str | torch.device = "cpu",
    geometry: Geometry | Sequence[Geometry] | None = None,
) -> Iterator[Trace]:
    """Record the attention of every forward pass inside the `with` block.

    The model may be any module of torch: its attention is seen where torch computes it. A module
    that runs again in the same pass is a layer of its own. On the way out nothing is left behind,
    also after an error. Compiled models run as they were written inside the block; every thread
    that runs the model is heard, and its images come in the order in which passes began. A pass
    that stops in the middle leaves nothing in the trace.

    Args:
        model: whose attention is recorded.
        layers: numbers, from 0 or negative from the end, or patterns such as "blocks.1*"; all when
            None.
        heads: numbers; all when None.
        queries: "all"; "cls", the first of the tokens before the patches; or points (x, y) in
            pixels of the model's image, or of the picture's file where `geometry` is given.
        reduce: numbers to work out in place of maps, such as ("entropy", "rollout"); no map is
            held whole for them.
        limit: bytes of maps to keep at most.
        dtype: of the maps that are kept.
        device: where they are kept.
        geometry: how the images were cut from their picture, or how each was, such as tiles.

    Yields:
        The trace, which fills as the model runs.

    Raises:
        TraceError: no attention was seen, nothing ran inside the block, the maps would take more
            than `limit`, or the rows that were made do not give what the kernel gave.

    Example:
        >>> import torch, saccade
        >>> model = saccade.create_model("vit_pico_patch2_8").eval()
        >>> with saccade.record(model) as trace:
        ...     logits = model(torch.zeros(2, 3, 8, 8))
        >>> tuple(trace.attention.shape)  # image layer head query key
        (2, 3, 4, 17, 17)
    """
    names = (reduce,) if isinstance(reduce, str) else tuple(reduce)
    queries = _in_model(queries, geometry)
    request = Request(
        layers=layers,
        heads=heads,
        queries=queries,
        reduce=names,
        dtype=dtype,
        device=device,
        limit=limit,
    )
    inner = checked_model(model)
    trace = _trace_of(inner, geometry)
    with listening(model, request, trace, Recorder) as (frames, _):
        yield trace
    if frames.empty or (not trace.bytes and not trace.reduced):
        raise nothing_seen(inner, frames)


@contextmanager
def listening(
    model: nn.Module, request: Request, trace: Trace, kind: type[Heard]
) -> Iterator[tuple[Frames, Heard]]:
    """Let a recorder hear the passes of a model inside the `with` block.

    Args:
        model: that runs.
        request: what is kept.
        trace: where it goes.
        kind: of recorder.

    Yields:
        What tells of passes, and the recorder.

    Raises:
        TraceError: the model has no such layers, or cannot be watched.
    """
    inner = original(model)
    taps = _taps(inner)
    _check(request, taps)
    with ExitStack() as stack:
        recorder = kind(inner, request, trace, taps, lambda: frames.run)
        frames = Frames(model, recorder)
        stack.enter_context(frames)
        for tap in taps.values():
            tap.listeners.append(recorder.listen)
            stack.callback(tap.listeners.remove, recorder.listen)
        yield frames, recorder


def _in_model(queries: Queries, geometry: Geometry | Sequence[Geometry] | None) -> Queries:
    """Bring points of the picture to the model's image."""
    if isinstance(queries, str) or geometry is None:
        return queries
    if not isinstance(geometry, Geometry):
        raise TraceError(
            "one geometry for queries that are points", f"{len(geometry)}", "queries='all'"
        )
    return [geometry.to_model(x, y) for x, y in queries]


def _trace_of(model: nn.Module, geometry: Geometry | Sequence[Geometry] | None) -> Trace:
    layout, name = getattr(model, "layout", None), getattr(model, "name", None)
    several = (geometry,) if isinstance(geometry, Geometry) else tuple(geometry or ())
    return Trace(
        layout if isinstance(layout, TokenLayout) else None,
        model=name if isinstance(name, str) else type(model).__name__,
        geometries=tuple(one.to_dict() for one in several),
    )


def _taps(model: nn.Module) -> dict[str, Tap]:
    return {
        name.rpartition(".")[0] or "attention": module
        for name, module in model.named_modules()
        if isinstance(module, Tap)
    }


def _check(request: Request, taps: dict[str, Tap]) -> None:
    """Refuse layers that a model of saccade cannot have."""
    numbers = [layer for layer in request.layers or () if isinstance(layer, int)]
    wrong = [number for number in numbers if not -len(taps) <= number < len(taps)]
    if taps and wrong:
        raise TraceError(
            f"layers from 0 to {len(taps) - 1}", str(wrong[0]), "layers=[-1] for the last one"
        )


def checked_model(model: nn.Module) -> nn.Module:
    """The module that runs, if it is one that can be looked into.

    Raises:
        TraceError: it is no module, or has no numbers.
    """
    if not isinstance(model, nn.Module):
        raise TraceError("a torch.nn.Module", type(model).__name__, "the model that it was made of")
    if any(one.is_meta for one in model.parameters()):
        raise TraceError(
            "a model whose weights hold numbers",
            "one with weights on the meta device",
            "model.to_empty(device='cpu') and loading weights into it",
        )
    return original(model)


def nothing_seen(model: nn.Module, frames: Frames) -> TraceError:
    """Say why no attention was seen, and what to do."""
    if frames.empty:
        return TraceError("at least one image", "a pass over 0 images", "images[:1]")
    if isinstance(model, torch.fx.GraphModule):
        return TraceError(
            "a model made of torch.nn modules that run in Python",
            "a graph that was exported, whose attention is taken apart",
            "the model from before torch.export",
        )
    if frames.runs == 0:
        return TraceError(
            "a forward pass inside `with record(model)`",
            "none",
            "calling model(images) on this very model there",
        )
    if frames.calls:
        return TraceError(
            "layers that the model has, with such numbers",
            "none of those that are asked for",
            f"layers=[{min(frames.calls)!r}], or another reduce=",
        )
    return TraceError(
        "attention that torch computes: scaled_dot_product_attention, nn.MultiheadAttention, or "
        "softmax over products of queries and keys",
        f"{type(model).__name__}, which computes none",
        "a model with attention, or saccade.insert(model, 'layer3.*', 'non_local')",
    )
