"""Rows that were made of a kernel's queries and keys, held against what the kernel gave."""

from collections.abc import Sequence

import torch
from torch import Tensor

from saccade.attention.reading import Reading
from saccade.errors import TraceError

_SAMPLE = 8  # rows of a map that are checked
_TOLERANCE = {torch.float32: 1e-4, torch.float64: 1e-6}  # half precision: 3e-2


def checked(
    name: str,
    reading: Reading,
    rows: Tensor,
    queries: list[int] | None,
    heads: Sequence[int] | None,
) -> float | None:
    """Compare some rows with what the kernel gave, and refuse maps that are not its own.

    Args:
        name: of the layer.
        reading: of the call.
        rows: what it made for these queries and heads (b heads queries j).
        queries: which queries; all when None.
        heads: which heads; all when None.

    Returns:
        The largest difference, as in `Reading.error`; None where the model made the map itself.

    Raises:
        TraceError: they differ by more than rounding, or are NaN.
    """
    if rows.numel() and bool(rows[:, :, :1].isnan().all()):
        raise TraceError(
            f"numbers in the attention of {name}", "NaN", "weights and images without NaN"
        )
    if reading.dtype is None:
        return None
    chosen = list(range(reading.shape[2])) if queries is None else queries
    step = max(1, len(chosen) // _SAMPLE)
    error = reading.error(rows[:, :, ::step], chosen[::step], heads)
    allowed = _TOLERANCE.get(reading.dtype, 3e-2)
    if not error <= allowed:
        raise TraceError(
            f"maps of {name} that give the output of its kernel up to {allowed:g}",
            f"a difference of {error:.3g}",
            "a report to the authors of saccade, with the model",
        )
    return error


def check_first(name: str, reading: Reading, rows: Tensor) -> float | None:
    """Compare the first rows (heads queries j) of the first image."""
    some = list(range(min(_SAMPLE, rows.shape[1])))
    return checked(name, reading.image(0), rows[None, :, some], some, None)
