"""Dot-product attention in local windows, by the fastest implementation that can run here.

On the CPU in single or double precision that is `local_window.c`, on CUDA Triton, and elsewhere,
or without a compiler, plain torch in tiles. All compute the function
`saccade.attention.local_self.local_attention` and never copy a window.
"""

from importlib import import_module

import torch
from torch import Tensor

from saccade.kernels.choice import chosen
from saccade.kernels.local_window_c import SOURCE, c_backward, c_forward
from saccade.kernels.window import Window, operator
from saccade.kernels.window_tiles import tiles_forward, window_tiles
from saccade.layers.neighbours import Boundary

TRITON = "saccade.kernels.local_window_triton"


def triton_forward(*arguments: Tensor | Window | None) -> tuple[Tensor, Tensor]:
    """Attend in windows on CUDA; Triton is imported at the first call."""
    return import_module(TRITON).forward(*arguments)


def triton_backward(*arguments: Tensor | Window | None) -> tuple[Tensor, ...]:
    """Give the gradients of queries, keys, values and tables on CUDA."""
    return import_module(TRITON).backward(*arguments)


window_c = operator("window_c", c_forward, c_backward, keeps=False)
window_triton = operator("window_triton", triton_forward, triton_backward, keeps=True)


def local_window(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    tables: tuple[Tensor, Tensor] | None,
    heads: int,
    kernel_size: int,
    *,
    stride: int = 1,
    boundary: Boundary = "zero",
) -> Tensor:
    """Mix the values of each window by softmax(q·k + q·r), head by head.

    Half precision is computed in single precision.

    Args:
        q: queries (b c h' w'), one for each window.
        k: keys (b c h w), with h' = ceil(h / stride).
        v: values (b c h w).
        tables: row and column embeddings (m k d/2) of the offsets, m being `heads` or 1; or None.
        heads: number of heads; divides the channels.
        kernel_size: side of the window, odd.
        stride: distance of the centres of two windows.
        boundary: what stands beyond the border: "zero", "mask" or "reflect".

    Returns:
        The mixed values (b c h' w').
    """
    kind = torch.float64 if q.dtype == torch.float64 else torch.float32
    rows, columns = (None, None) if tables is None else (t.to(kind) for t in tables)
    parts = (q.to(kind), k.to(kind), v.to(kind), rows, columns)
    if torch.compiler.is_exporting():
        window = Window(heads, kernel_size, stride, 1, boundary)
        return tiles_forward(*parts, window)[0].to(q.dtype)
    run = _RUN[chosen(parts[0], SOURCE)]
    return run(*parts, heads, kernel_size, stride, 1, boundary)[0].to(q.dtype)


_RUN = {"c": window_c, "triton": window_triton, "torch": window_tiles}
