"""Is a matrix a softmax over its keys, and if it is not, what is it?

Axes: m maps (heads of layers), i queries, j keys.
"""

import math

import torch
from torch import Tensor

from saccade.inspection.evidence.finding import Finding

_LEADING = 256  # tokens of the part whose rank is measured
_HEADS = 32  # whose maximum is taken; no row can sum to more
_HALF = (torch.float16, torch.bfloat16)


def tolerance(dtype: torch.dtype) -> float:
    """How far a sum of weights that were saved in this type may be from one."""
    return 2e-2 if dtype in _HALF else 1e-3


def sums_to_one(maps: Tensor, dtype: torch.dtype) -> bool:
    """Say whether maps (m i j) are softmaxes over their keys."""
    if not maps.min() >= -1e-6:
        return False
    return bool((maps.sum(-1) - 1).abs().max() <= tolerance(dtype))


def check_rows(maps: Tensor, dtype: torch.dtype, *, whole: bool) -> list[Finding]:
    """Find out whether rows are weights, and whether they say anything.

    Args:
        maps: finite numbers (m i j) in float64.
        dtype: the type that they were saved in.
        whole: whether the keys are all tokens; when not, rows may sum to less than one.
    """
    if _identity(maps):
        return [Finding("identity", True, {"diagonal": float(maps.diagonal(0, -2, -1).mean())})]
    same = _same_rows(maps)
    if sums_to_one(maps, dtype):
        return _uniform(maps) or same
    return same or [_not_softmax(maps, dtype, whole)]


def _not_softmax(maps: Tensor, dtype: torch.dtype, whole: bool) -> Finding:
    """Name what has rows that do not sum to one."""
    sums = maps.sum(-1)
    low, high, least = float(sums.min()), float(sums.max()), float(maps.min())
    ends = {"low": low, "high": high}
    if sums_to_one(maps.transpose(-2, -1), dtype):
        off = [float((maps.sum(axis) - 1).abs().max()) for axis in (-2, -1)]
        return Finding("columns", True, {"columns": off[0], "rows": off[1]})
    if _stretched(maps):
        return Finding("min_max", True, ends)
    if least >= -1e-6 and high - low <= tolerance(dtype) * abs(high):
        return Finding("scaled", True, {"sum": (low + high) / 2})
    if least >= -1e-6:
        found = _not_negative(maps, ends, tolerance(dtype), whole)
        if found is not None:
            return found
    rank, tokens = _rank(maps[0]), maps.shape[-1]
    if rank <= min(tokens, _LEADING) // 2:
        return Finding("product", True, {**ends, "least": least, "rank": rank, "tokens": tokens})
    return Finding("not_softmax", True, {**ends, "least": least})


def _not_negative(maps: Tensor, ends: dict[str, float], near: float, whole: bool) -> Finding | None:
    """Name weights whose rows sum to different numbers."""
    if not whole and ends["high"] <= 1 + near:
        return Finding("prefix_mass", False, ends)
    roots = [_largest_eigenvalue(own) for own in maps[:16]]
    if max(abs(root - 1) for root in roots) <= near:
        return Finding("column_scaled", True, {**ends, "root": roots[0]})
    if ends["high"] <= 1 + near:
        return Finding("lost_mass", True, ends)
    fused = ends["low"] >= 1 - near and float(maps.max()) <= 1 and ends["high"] <= _HEADS
    if fused or (ends["low"] >= 0.5 and ends["high"] <= 2):
        return Finding("column_scaled_product", True, ends)
    return None


def _stretched(maps: Tensor) -> bool:
    """Whether all maps together, each map, or each row run from exactly 0 to exactly 1."""
    for axes in ((0, 1, 2), (1, 2), (2,)):
        if (maps.amin(axes) == 0).all() and (maps.amax(axes) == 1).all():
            return True
    return False


def _identity(maps: Tensor) -> bool:
    diagonal = maps.diagonal(0, -2, -1)
    rest = maps.abs().sum(-1) - diagonal.abs()
    return maps.shape[-1] > 1 and bool((rest <= 1e-6 * diagonal.abs()).all() and diagonal.min() > 0)


def _uniform(maps: Tensor) -> list[Finding]:
    tokens = maps.shape[-1]
    if tokens < 2:
        return []
    share = torch.special.entr(maps.clamp_min(0)).sum(-1).mean(-1) / math.log(tokens)
    flat = share >= 0.9999
    if not flat.any():
        return []
    numbers = {"count": int(flat.sum()), "total": len(maps), "entropy": float(share[flat].mean())}
    return [Finding("uniform", bool(flat.all()), numbers)]


def _same_rows(maps: Tensor) -> list[Finding]:
    """Whether every query reads the same, up to the sum of its row."""
    if maps.shape[-2] < 2:
        return []
    sums = maps.sum(-1, keepdim=True)
    if not (sums.abs() > 0).all():
        return []
    rows = maps / sums
    spread = (rows - rows.mean(-2, keepdim=True)).abs().amax((-2, -1)) / rows.abs().amax((-2, -1))
    if not spread.max() <= 1e-4:
        return []
    low, high = float(maps.min()), float(maps.max())
    if low >= 0.5 - 1e-3 and float(sums.min()) > 1.5:
        return [Finding("first_layer_flow", True, {"low": low, "high": high})]
    return [Finding("same_rows", True, {"spread": float(spread.max())})]


def _rank(matrix: Tensor) -> int:
    """The numerical rank of the leading part of a matrix that was computed in float32."""
    part = matrix[:_LEADING, :_LEADING]
    values = torch.linalg.svdvals(part)
    return int((values > values[0] * len(part) * torch.finfo(torch.float32).eps).sum())


def _largest_eigenvalue(matrix: Tensor, steps: int = 300) -> float:
    """Perron's root of a matrix without negative entries, by repeated multiplication."""
    vector = torch.ones(matrix.shape[-1], dtype=matrix.dtype, device=matrix.device)
    root = 0.0
    for _ in range(steps):
        following = matrix @ vector
        root = float(following.sum() / vector.sum())
        if root <= 0:
            return 0.0
        vector = following / following.sum() * len(vector)
    return root
