"""Attention in local windows by `local_window.c`: what it is given, and the room it works in.

Axes: b batch, c channels, h height, w width, heads, k side of a window, d features of one head.
Cost: 2·k²·d multiplications per query and head forward and 5·k²·d for the gradient; the room is a
    few rows of one head per thread, and is made as a tensor, so that it shows in memory profiles.
"""

import ctypes

import torch
from torch import Tensor

from saccade.errors import ConfigError
from saccade.kernels import compiler
from saccade.kernels.window import Window

SOURCE = "local_window.c"
CHUNK = 8  # rows of windows whose gradients of tables are summed first, as in the source
_BOUNDARIES = {"zero": 0, "mask": 1, "reflect": 2}
_NAMES = {torch.float32: "float", torch.float64: "double"}
_FIELDS = (
    *("images", "heads", "d", "h", "w", "oh", "ow", "k", "stride", "dilation", "boundary"),
    *("tables", "q_image", "k_image", "v_image", "threads", "bands"),
)


class Shape(ctypes.Structure):
    """The `Shape` of the C source."""

    _fields_ = [(name, ctypes.c_int64) for name in _FIELDS]


def c_forward(
    q: Tensor, k: Tensor, v: Tensor, rows: Tensor | None, columns: Tensor | None, window: Window
) -> tuple[Tensor, Tensor]:
    """Attend in windows; nothing is kept for the gradient.

    Raises:
        ConfigError: there is no compiler, or the numbers are not in single or double precision.
    """
    library = _library(q)
    maps, tables = [_by_image(x) for x in (q, k, v)], _tables(rows, columns)
    shape = _shape(maps, tables, window)
    shape.bands = _bands(shape, 4 * shape.threads)
    out = q.new_empty(q.shape)
    room = _room(library, shape, q, backward=False)
    call = getattr(library, f"local_window_forward_{_NAMES[q.dtype]}")
    call(ctypes.byref(shape), *map(_pointer, (*maps, *tables, out, room)))
    return out, q.new_empty(0)


def c_backward(
    gradient: Tensor,
    _kept: Tensor,
    q: Tensor,
    k: Tensor,
    v: Tensor,
    rows: Tensor | None,
    columns: Tensor | None,
    window: Window,
) -> tuple[Tensor, ...]:
    """Give the gradients of queries, keys, values and tables."""
    library = _library(q)
    maps, tables = [_by_image(x) for x in (q, k, v)], _tables(rows, columns)
    shape = _shape(maps, tables, window)
    if window.boundary != "reflect":  # reflected rows belong to several bands
        shape.bands = _bands(shape, 2 * shape.threads)
    found = [torch.zeros(x.shape, dtype=x.dtype) for x in (q, k, v)]
    sums = None
    if rows is not None:
        chunks = -(-q.shape[2] // CHUNK)
        side, half = rows.shape[-2:]
        sums = q.new_empty(q.shape[0], window.heads, chunks, 2, side, half)
    room = _room(library, shape, q, backward=True)
    call = getattr(library, f"local_window_backward_{_NAMES[q.dtype]}")
    tensors = (gradient.contiguous(), *maps, *tables, *found, sums, room)
    call(ctypes.byref(shape), *map(_pointer, tensors))
    if sums is None or rows is None:
        return (*found, q.new_empty(0), q.new_empty(0))
    total = sums.sum((0, 2))
    total = total.sum(0, keepdim=True) if rows.shape[0] == 1 else total
    return (*found, total[:, 0].clone(), total[:, 1].clone())


def _library(q: Tensor) -> ctypes.CDLL:
    library = compiler.library(SOURCE)
    if library is None:
        raise ConfigError("a compiled kernel", compiler.reason(SOURCE), "kernels.using('torch')")
    if q.dtype not in _NAMES or q.device.type != "cpu":
        raise ConfigError("float32 or float64 on the CPU", f"{q.dtype} on {q.device}", "x.float()")
    return library


def _by_image(x: Tensor) -> Tensor:
    """The map itself if each of its images lies in one piece, else a copy."""
    return x if x.shape[0] and x[0].is_contiguous() else x.contiguous()


def _tables(rows: Tensor | None, columns: Tensor | None) -> list[Tensor | None]:
    return [None if table is None else table.contiguous() for table in (rows, columns)]


def _shape(maps: list[Tensor], tables: list[Tensor | None], window: Window) -> Shape:
    q, k, v = maps
    count = 0 if tables[0] is None else (1 if tables[0].shape[0] == 1 else 2)
    return Shape(
        *(q.shape[0], window.heads, q.shape[1] // window.heads, *k.shape[2:], *q.shape[2:]),
        *(window.kernel_size, window.stride, window.dilation, _BOUNDARIES[window.boundary]),
        *(count, q.stride(0), k.stride(0), v.stride(0), compiler.threads(), 1),
    )


def _bands(shape: Shape, tasks: int) -> int:
    """Bands per head, so that there are enough tasks and no band is thin."""
    wanted = -(-tasks // max(1, shape.images * shape.heads))
    return max(1, min(wanted, shape.oh // (2 * shape.k)))


def _room(library: ctypes.CDLL, shape: Shape, q: Tensor, *, backward: bool) -> Tensor:
    measure = getattr(library, f"local_window_room_{_NAMES[q.dtype]}")
    measure.restype = ctypes.c_int64
    return torch.empty(measure(ctypes.byref(shape), int(backward)), dtype=torch.uint8)


def _pointer(x: Tensor | None) -> ctypes.c_void_p:
    return ctypes.c_void_p(None if x is None else x.data_ptr())
