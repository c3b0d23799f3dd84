# ruff: noqa: ANN001, ANN202 - the parameters of kernels are what Triton makes of them
# mypy: allow-untyped-defs, allow-incomplete-defs
"""Attention in local windows on CUDA, in Triton, forward and backward.

One program takes a block of queries of one head, with their features side by side, and goes
through the k² offsets of the window with a running softmax, so that nothing of size k² is ever
written. The gradient takes two kernels, which find the weights again from the kept logarithms: one
goes by queries; the other by keys, and gathers what each key gave, so that nothing is added by two
programs and results repeat to the bit. A reflected map is padded first; its gradient is folded
back by torch.

Cost: 2·k²·d multiplications per query and head forward and 8·k²·d for the gradient.
"""

import torch
import triton  # type: ignore[import-not-found,import-untyped,unused-ignore]
import triton.language as tl  # type: ignore[import-not-found,import-untyped,unused-ignore]
from torch import Tensor

from saccade.kernels.window import Window
from saccade.layers.neighbours import pad_map, reflected

_ROOM = 4096  # numbers of one block: queries times features


@triton.jit  # type: ignore[untyped-decorator,unused-ignore]
def _position(
    table_rows,
    table_columns,
    head,
    a,
    b,
    features,
    d,
    side: tl.constexpr,
    tables: tl.constexpr,
):
    """The embedding of offset (a, b), one number for each feature."""
    half = d // 2
    start = 0
    if tables == 2:
        start = head * side * half
    up = tl.load(table_rows + start + a * half + features, mask=features < half, other=0.0)
    right = (features >= half) & (features < d)
    across = tl.load(table_columns + start + b * half + features - half, mask=right, other=0.0)
    return up + across


@triton.jit  # type: ignore[untyped-decorator,unused-ignore]
def _forward(
    q, k, v, table_rows, table_columns, out, kept,
    heads, d, h, w, oh, ow, stride, gap, before,
    side: tl.constexpr, tables: tl.constexpr, hide: tl.constexpr,
    block: tl.constexpr, width: tl.constexpr,
):  # fmt: skip
    one = tl.program_id(0).to(tl.int64)
    query = tl.program_id(1) * block + tl.arange(0, block)
    features = tl.arange(0, width)
    real = query < oh * ow
    top, left = query // ow * stride - before, query % ow * stride - before
    whole = real[:, None] & (features < d)[None, :]
    asked = tl.load(q + (one * d + features[None, :]) * (oh * ow) + query[:, None], whole, 0.0)
    most = tl.full((block,), -1e30, asked.dtype)
    total = tl.zeros((block,), asked.dtype)
    mixed = tl.zeros((block, width), asked.dtype)
    for a in range(side):
        for b in range(side):
            y, x = top + a * gap, left + b * gap
            inside = real & (y >= 0) & (y < h) & (x >= 0) & (x < w)
            where = (one * d + features[None, :]) * (h * w) + (y * w + x)[:, None]
            good = inside[:, None] & (features < d)[None, :]
            key = tl.load(k + where, good, 0.0)
            if tables > 0:
                key += _position(
                    table_rows, table_columns, one % heads, a, b, features, d, side, tables
                )[None, :]
            logit = tl.sum(asked * key, 1)
            if hide:
                logit = tl.where(inside, logit, -1e30)
            larger = tl.maximum(most, logit)
            share = tl.exp(logit - larger)
            if hide:
                share = tl.where(inside, share, 0.0)
            shrink = tl.exp(most - larger)
            total = total * shrink + share
            mixed = mixed * shrink[:, None] + share[:, None] * tl.load(v + where, good, 0.0)
            most = larger
    total = tl.where(real, total, 1.0)
    to = out + (one * d + features[None, :]) * (oh * ow) + query[:, None]
    tl.store(to, mixed / total[:, None], whole)
    tl.store(kept + one * oh * ow + query, most + tl.log(total), real)


@triton.jit  # type: ignore[untyped-decorator,unused-ignore]
def _by_query(
    gradient, kept, q, k, v, table_rows, table_columns, mean, d_q, sums,
    heads, d, h, w, oh, ow, stride, gap, before,
    side: tl.constexpr, tables: tl.constexpr, hide: tl.constexpr,
    block: tl.constexpr, width: tl.constexpr, sides: tl.constexpr,
):  # fmt: skip
    one = tl.program_id(0).to(tl.int64)
    query = tl.program_id(1) * block + tl.arange(0, block)
    features, offsets = tl.arange(0, width), tl.arange(0, sides)
    real = query < oh * ow
    top, left = query // ow * stride - before, query % ow * stride - before
    whole = real[:, None] & (features < d)[None, :]
    from_q = (one * d + features[None, :]) * (oh * ow) + query[:, None]
    asked, given = tl.load(q + from_q, whole, 0.0), tl.load(gradient + from_q, whole, 0.0)
    lse = tl.load(kept + one * oh * ow + query, real, 0.0)
    average = tl.zeros((block,), asked.dtype)
    change = tl.zeros((block, width), asked.dtype)
    by_row = tl.zeros((block, sides), asked.dtype)
    by_column = tl.zeros((block, sides), asked.dtype)
    for again in range(2):  # first the mean slope, then the slopes
        for place in range(side * side):
            a, b = place // side, place % side
            y, x = top + a * gap, left + b * gap
            inside = real & (y >= 0) & (y < h) & (x >= 0) & (x < w)
            where = (one * d + features[None, :]) * (h * w) + (y * w + x)[:, None]
            good = inside[:, None] & (features < d)[None, :]
            key = tl.load(k + where, good, 0.0)
            if tables > 0:
                key += _position(
                    table_rows, table_columns, one % heads, a, b, features, d, side, tables
                )[None, :]
            share = tl.exp(tl.sum(asked * key, 1) - lse)
            if hide:
                share = tl.where(inside, share, 0.0)
            slope = share * tl.sum(given * tl.load(v + where, good, 0.0), 1)
            if again == 0:
                average += slope
            else:
                slope -= share * average
                change += slope[:, None] * key
                by_row += tl.where((offsets == a)[None, :], slope[:, None], 0.0)
                by_column += tl.where((offsets == b)[None, :], slope[:, None], 0.0)
    tl.store(d_q + from_q, change, whole)
    tl.store(mean + one * oh * ow + query, average, real)
    if tables > 0:
        to = sums + ((one * oh * ow + query)[:, None] * 2) * side + offsets[None, :]
        fits = real[:, None] & (offsets < side)[None, :]
        tl.store(to, by_row, fits)
        tl.store(to + side, by_column, fits)


@triton.jit  # type: ignore[untyped-decorator,unused-ignore]
def _by_key(
    gradient, kept, q, k, v, table_rows, table_columns, mean, d_k, d_v,
    heads, d, h, w, oh, ow, stride, gap, before,
    side: tl.constexpr, tables: tl.constexpr, block: tl.constexpr, width: tl.constexpr,
):  # fmt: skip
    one = tl.program_id(0).to(tl.int64)
    spot = tl.program_id(1) * block + tl.arange(0, block)
    features = tl.arange(0, width)
    real = spot < h * w
    whole = real[:, None] & (features < d)[None, :]
    from_k = (one * d + features[None, :]) * (h * w) + spot[:, None]
    plain_key, value = tl.load(k + from_k, whole, 0.0), tl.load(v + from_k, whole, 0.0)
    change_k = tl.zeros((block, width), value.dtype)
    change_v = tl.zeros((block, width), value.dtype)
    for a in range(side):
        for b in range(side):
            up, over = spot // w + before - a * gap, spot % w + before - b * gap
            y, x = up // stride, over // stride
            reads = real & (up >= 0) & (over >= 0) & (y < oh) & (x < ow)
            reads = reads & (up % stride == 0) & (over % stride == 0)
            query = tl.where(reads, y * ow + x, 0)
            where = (one * d + features[None, :]) * (oh * ow) + query[:, None]
            good = reads[:, None] & (features < d)[None, :]
            asked, given = tl.load(q + where, good, 0.0), tl.load(gradient + where, good, 0.0)
            key = plain_key
            if tables > 0:
                key += _position(
                    table_rows, table_columns, one % heads, a, b, features, d, side, tables
                )[None, :]
            lse = tl.load(kept + one * oh * ow + query, reads, 0.0)
            average = tl.load(mean + one * oh * ow + query, reads, 0.0)
            share = tl.where(reads, tl.exp(tl.sum(asked * key, 1) - lse), 0.0)
            slope = share * (tl.sum(given * value, 1) - average)
            change_k += slope[:, None] * asked
            change_v += share[:, None] * given
    tl.store(d_k + from_k, change_k, whole)
    tl.store(d_v + from_k, change_v, whole)


def forward(
    q: Tensor, k: Tensor, v: Tensor, rows: Tensor | None, columns: Tensor | None, window: Window
) -> tuple[Tensor, Tensor]:
    """Attend in windows; gives the output and the logarithms of the sums (b heads h' w')."""
    q, keys, values, *tables = _ready(q, k, v, rows, columns, window)
    numbers, before = _numbers(q, keys, window)
    out = torch.empty_like(q)
    kept = q.new_empty(q.shape[0], window.heads, *q.shape[2:])
    options = _options(rows, window, numbers[1])
    hide = window.boundary == "mask"
    _forward[_grid(q, options, window)](
        q, keys, values, *tables, out, kept, *numbers, before, hide=hide, **options
    )
    return out, kept


def backward(
    gradient: Tensor,
    kept: Tensor,
    q: Tensor,
    k: Tensor,
    v: Tensor,
    rows: Tensor | None,
    columns: Tensor | None,
    window: Window,
) -> tuple[Tensor, ...]:
    """Give the gradients of queries, keys, values and tables."""
    q, keys, values, *tables = _ready(q, k, v, rows, columns, window)
    numbers, before = _numbers(q, keys, window)
    options, side = _options(rows, window, numbers[1]), window.kernel_size
    given, mean = gradient.contiguous(), torch.empty_like(kept)
    d_q, d_k, d_v = torch.empty_like(q), torch.empty_like(keys), torch.empty_like(values)
    sums = q.new_empty(0) if rows is None else q.new_empty(*kept.shape, 2, side)
    tensors = (given, kept, q, keys, values, *tables, mean)
    _by_query[_grid(q, options, window)](
        *(*tensors, d_q, sums, *numbers, before),
        hide=window.boundary == "mask",
        sides=triton.next_power_of_2(side),
        **options,
    )
    _by_key[_grid(keys, options, window)](*tensors, d_k, d_v, *numbers, before, **options)
    maps = (d_q, *(_unpad(x, k, window) for x in (d_k, d_v)))
    return (*maps, *_table_gradients(q, sums, rows, window))


def _ready(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    rows: Tensor | None,
    columns: Tensor | None,
    window: Window,
) -> list[Tensor]:
    """Contiguous tensors; a reflected map is padded, absent tables are stood in for."""
    if window.boundary == "reflect":
        k, v = (pad_map(x, window.reach, "reflect") for x in (k, v))
    return [(q if x is None else x).contiguous() for x in (q, k, v, rows, columns)]


def _numbers(q: Tensor, k: Tensor, window: Window) -> tuple[tuple[int, ...], int]:
    before = 0 if window.boundary == "reflect" else window.reach
    depth = q.shape[1] // window.heads
    sizes = (window.heads, depth, *k.shape[2:], *q.shape[2:])
    return (*sizes, window.stride, window.dilation), before


def _options(rows: Tensor | None, window: Window, depth: int) -> dict[str, int]:
    width = triton.next_power_of_2(depth)
    tables = 0 if rows is None else (1 if rows.shape[0] == 1 else 2)
    block = max(16, min(128, _ROOM // width))
    return {"side": window.kernel_size, "tables": tables, "block": block, "width": width}


def _grid(x: Tensor, options: dict[str, int], window: Window) -> tuple[int, int]:
    return x.shape[0] * window.heads, triton.cdiv(x.shape[2] * x.shape[3], options["block"])


def _unpad(x: Tensor, like: Tensor, window: Window) -> Tensor:
    if window.boundary != "reflect":
        return x
    for axis, size in ((2, like.shape[2]), (3, like.shape[3])):
        index = reflected(torch.arange(-window.reach, size + window.reach, device=x.device), size)
        shape = (*x.shape[:axis], size, *x.shape[axis + 1 :])
        x = x.new_zeros(shape).index_add_(axis, index, x)
    return x


def _table_gradients(
    q: Tensor, sums: Tensor, rows: Tensor | None, window: Window
) -> tuple[Tensor, Tensor]:
    if rows is None:
        return q.new_empty(0), q.new_empty(0)
    halves = q.unflatten(1, (window.heads, 2, -1))  # type: ignore[no-untyped-call]
    found = torch.einsum("bmtchw,bmhwtk->tmkc", halves, sums)
    found = found.sum(1, keepdim=True) if rows.shape[0] == 1 else found
    return found[0].clone(), found[1].clone()
