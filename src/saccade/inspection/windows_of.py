"""Windows of modules that others wrote, told from their attributes and the shapes that they get.

A cut is believed only if the numbers of windows, heads, queries and keys all agree with it, and if
it holds every position of the map exactly once.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import torch

from saccade.attention.place import Place
from saccade.attention.reading import Reading
from saccade.attention.window_reading import Windows
from saccade.inspection.frames import Frame, Run
from saccade.inspection.partition import (
    Partition,
    Size,
    blocks,
    haloed,
    mask_units,
    pair_of,
    strided,
    unrolled,
)
from saccade.inspection.regrouping import hides, moved, split
from saccade.inspection.structure import grid_of

_SIDES = ("window_size", "partition_size", "ws", "window_resolution", "block_size")
_HEADS = ("num_heads", "heads", "n_heads", "num_attention_heads")
_FAR = 5  # how many calls around the attention may say how it cuts
_FILLS_LATE = ("timm.models.swin_transformer",)


class Found(NamedTuple):
    """Windows put together.

    Attributes:
        reading: of the whole map.
        place: of its queries and keys.
        kind: what the windows are.
    """

    reading: Reading
    place: Place
    kind: str


def windows_of(reading: Reading, run: Run) -> Found | None:
    """Put the windows of a call together to one map.

    Args:
        reading: of the call, windows among the images or among the heads.
        run: the pass, within the call.

    Returns:
        None where the call has no windows, or none that are understood.
    """
    if not run.images:
        return None
    for partition in _partitions(reading, run):
        count = len(partition.queries)
        apart = _apart(reading, count, run)
        wanted = (partition.queries.shape[1], partition.keys.shape[1])
        if apart is None or apart.shape[2:] != wanted:
            continue
        if partition.kind == "windows" and not _known(run.frame) and hides(apart, count):
            continue  # windows that hide keys were moved, in a way that is not told
        stitched = partition.stitched()
        if stitched is not None:
            order, place = stitched
            return Found(Windows(apart, count, order), place, partition.kind)
    return None


def heads_of(run: Run) -> int | None:
    """How many heads the module that runs says it has."""
    for frame in list(reversed(run.frames))[:_FAR]:
        for name in _HEADS:
            value = getattr(frame.module, name, None)
            if isinstance(value, int) and value > 0:
                return value
    return None


def windows_among_heads(reading: Reading, run: Run) -> int:
    """How many windows stand in the place of heads, for a module that says how many it has."""
    known, heads = heads_of(run), reading.shape[1]
    own = run.frame.inputs[0].shape[0] if run.frame.inputs else run.images
    if known is None or heads <= known or heads % known or own != heads // known * run.images:
        return 1
    return heads // known


def too_many_heads(reading: Reading, run: Run) -> bool:
    """Tell whether a map has more heads than the module that makes it says that it has."""
    module, heads = run.frame.module, reading.shape[1]
    told = (getattr(module, name, None) for name in _HEADS)
    known = next((value for value in told if isinstance(value, int) and value > 0), heads)
    return heads > known and heads % known == 0


def _apart(reading: Reading, count: int, run: Run) -> Reading | None:
    """Bring a reading to (images·windows heads i j), if it has so many windows."""
    batch, heads, _, _ = reading.shape
    known = heads_of(run)
    if batch == run.images * count and (count > 1 or known in (None, heads) or heads == 1):
        return reading
    if batch == run.images and heads == count * (known or 1):
        return split(reading, count)
    if heads == count and batch % run.images == 0 and known in (None, batch // run.images, count):
        return moved(reading, run.images)
    if heads == count and batch == run.images:  # heads that are computed one after the other
        return moved(reading, run.images)
    return None


def _partitions(reading: Reading, run: Run) -> Iterator[Partition]:
    """All cuts that the modules around a call speak of, the innermost first."""
    near = list(reversed(run.frames))[:_FAR]
    for frame in near:
        module = frame.module
        if hasattr(module, "use_mask_unit_attn"):
            yield from _mask_units(frame, run)
            return
        if hasattr(module, "halo_size") and hasattr(module, "block_size_ds"):
            yield from _halo(frame)
            return
        if getattr(module, "partition_type", None) in ("grid", "window"):
            yield from _torchvision(frame)
            return
        if hasattr(module, "patch_area") or callable(getattr(module, "unfolding", None)):
            yield from _unfolded(frame)
            return
    if near and near[0].name.endswith("attn_in"):
        yield from _inner(reading, run)
        return
    yield from _of_sides(reading, run, near)


def _of_sides(reading: Reading, run: Run, near: list[Frame]) -> Iterator[Partition]:
    """Windows of a size that a module names."""
    for frame in near:
        sides = (pair_of(getattr(frame.module, name, None)) for name in _SIDES)
        window = next((side for side in sides if side is not None), None)
        if window is None:
            continue
        if window[0] * window[1] != reading.shape[2]:
            window = _shrunk(window, reading.shape[2])
        if window is None:
            continue
        for size in _sizes(reading, run, near):
            yield from _cut(frame, near, size, window)
        return


def _cut(frame: Frame, near: list[Frame], size: Size, window: Size) -> Iterator[Partition]:
    if _far_apart(frame, near):
        if size[0] % window[0] == 0 and size[1] % window[1] == 0:
            yield strided(size, window)
        return
    shifts = (pair_of(getattr(one.module, "shift_size", None), least=0) for one in near)
    shift = next((one for one in shifts if one is not None), (0, 0))
    shift = (_part(size[0], window[0], shift[0]), _part(size[1], window[1], shift[1]))
    late = any(type(one.module).__module__.startswith(_FILLS_LATE) for one in near)
    if (size[0] % window[0] == 0 and size[1] % window[1] == 0) or _known(frame):
        yield blocks(size, window, shift, late=late)


def _known(frame: Frame) -> bool:
    """Tell whether a module is one of those that the tests put together."""
    return type(frame.module).__module__.startswith(("timm.", "torchvision.", "transformers."))


def _far_apart(frame: Frame, near: list[Frame]) -> bool:
    """Tell whether a partition of MaxViT is the one whose places lie far apart."""
    block = getattr(frame.module, "partition_block", None)
    if getattr(frame.module, "attn_type", None) == "long":
        return True
    return block is False or (block is None and near[0].name.endswith("attn_grid"))


def _sizes(reading: Reading, run: Run, near: list[Frame]) -> Iterator[Size]:
    """Sizes that the map of a call may have, from what the calls around it were given."""
    for frame in near:
        for x in frame.inputs[:1]:
            if len(x) == run.images:
                yield from _sizes_of(x, run, near, reading.shape[2])
    for count in (reading.shape[0] // run.images, reading.shape[1]):
        grid = grid_of(count * reading.shape[2], run.size) if run.size is not None else None
        if grid is not None:
            yield grid


def _sizes_of(x: torch.Tensor, run: Run, near: list[Frame], places: int) -> list[Size]:
    """Sizes of the map that a tensor may be, the likeliest first."""
    if x.dim() == 4:
        told = run.size[0] / run.size[1] if run.size is not None else 1.0
        found = _both_ways(x, near)
        if x.shape[2] == places and run.size is not None:  # windows, and the places of a window
            whole = grid_of(x.shape[1] * places, run.size)
            found += [] if whole is None else [whole]
        return sorted(found, key=lambda size: abs(size[0] / size[1] - told))
    grid = grid_of(x.shape[1], run.size) if x.dim() == 3 and run.size is not None else None
    return [] if grid is None else [grid]


def _both_ways(x: torch.Tensor, near: list[Frame]) -> list[Size]:
    """Sizes of a map whose channels are last or first, as the attention's own input tells."""
    inner = near[0].inputs[0] if near[0].inputs else x
    channels = inner.shape[-1] if inner.dim() == 3 else None
    last, first = (x.shape[1], x.shape[2]), (x.shape[2], x.shape[3])
    if channels is None or (x.shape[1] == channels) == (x.shape[3] == channels):
        return [last, first]
    return [last] if x.shape[3] == channels else [first]


def _halo(frame: Frame) -> Iterator[Partition]:
    module: Any = frame.module
    x = frame.inputs[0]
    if x.dim() == 4:
        size = (x.shape[2], x.shape[3])
        yield haloed(size, module.block_size, module.halo_size, module.block_size_ds)


def _torchvision(frame: Frame) -> Iterator[Partition]:
    module: Any = frame.module
    x = frame.inputs[0]
    if x.dim() != 4 or not isinstance(getattr(module, "p", None), int):
        return
    size = (x.shape[2], x.shape[3])
    if module.partition_type == "grid":
        yield strided(size, (size[0] // module.p, size[1] // module.p))
    else:
        yield blocks(size, (module.p, module.p), (0, 0))


def _unfolded(frame: Frame) -> Iterator[Partition]:
    """Patches of a few positions; those at the same corner of all patches read each other."""
    module: Any = frame.module
    sides = (getattr(module, "patch_height", None), getattr(module, "patch_width", None))
    patch, x = pair_of(getattr(module, "patch_size", sides)), frame.inputs[0]
    if patch is not None and x.dim() == 4:
        step = 1 if getattr(module, "downsampling_layer", None) is None else 2
        grid = (-(-x.shape[2] // step // patch[0]), -(-x.shape[3] // step // patch[1]))
        yield strided((grid[0] * patch[0], grid[1] * patch[1]), grid)


def _inner(reading: Reading, run: Run) -> Iterator[Partition]:
    """Small tokens inside each patch (TNT)."""
    count, side = reading.shape[0] // run.images, round(reading.shape[2] ** 0.5)
    grid = grid_of(count, run.size) if run.size is not None else None
    if grid is not None:
        yield blocks((grid[0] * side, grid[1] * side), (side, side), (0, 0))


def _mask_units(frame: Frame, run: Run) -> Iterator[Partition]:
    """Tokens that were put in the order of their poolings (Hiera)."""
    module: Any = frame.module
    tokens = frame.inputs[0].shape[1]
    stride = getattr(module, "q_stride", getattr(module, "query_stride", 1))
    for outer in reversed(run.frames):
        top: Any = outer.module
        unroll = getattr(top, "unroll", None)
        schedule = getattr(unroll, "schedule", getattr(top, "unroll_schedule", None))
        size = _finest(top, unroll, run)
        if schedule and size is not None:
            pairs = [(int(one[0]), int(one[1])) for one in schedule]
            order, grid = unrolled(size, pairs, tokens)
            units = tokens // (stride * module.window_size) if module.use_mask_unit_attn else 1
            yield mask_units(order, grid, units, pairs[0] if stride > 1 else None)
            return


def _finest(top: Any, unroll: object, run: Run) -> Size | None:  # noqa: ANN401
    size = getattr(unroll, "size", None)
    if size is not None and len(size) == 2:
        return int(size[0]), int(size[1])
    step = pair_of(getattr(getattr(top, "config", None), "patch_stride", None))
    if step is None or run.size is None:
        return None
    return run.size[0] // step[0], run.size[1] // step[1]


def _shrunk(window: Size, places: int) -> Size | None:
    """A square window that was made smaller for a small map."""
    side = round(places**0.5)
    return (side, side) if side * side == places and side < max(window) else None


def _part(size: int, window: int, shift: int) -> int:
    """A side that one window covers is not shifted."""
    return 0 if size <= window else shift
