"""The learning rate as a function of the step.

Source: Dosovitskiy et al., arXiv:2010.11929, section B.1.1, for a linear warm-up, then a cosine or
a line; Kolesnikov et al., "Big Transfer (BiT)", arXiv:1912.11370, section 3.3, for steps by ten;
Chen et al., "DeepLab", arXiv:1606.00915, section 4.1.2, for "poly", with the power of 0.9.
"""

import math
from collections.abc import Sequence
from typing import Literal

_POWER = 0.9
_NEAR = 1e-9  # of a step; shares of a run are not exact


def learning_rate(
    step: float,
    *,
    sched: Literal["cosine", "linear", "step", "poly"] = "cosine",
    total: int,
    warmup: float,
    peak: float,
    floor: float = 0.0,
    start: float = 0.0,
    places: Sequence[float] = (0.3, 0.6, 0.9),
) -> float:
    """Give the learning rate at a step.

    Args:
        step: counted from 0; the rate is `start` there when there is a warm-up.
        sched: how the rate falls: as a cosine, a line, the share that is left to the power of 0.9
            ("poly"), or by tenths at `places`.
        total: steps of the whole run; the rate is `floor` there and after, unless it falls by
            tenths.
        warmup: steps in which the rate rises along a line.
        peak: rate at the end of the warm-up.
        floor: rate at the end; a rate that falls by tenths does not fall below it.
        start: rate at the start of the warm-up.
        places: of the tenths, as shares of `total`.

    Example:
        >>> told = {"total": 10_000, "warmup": 500, "peak": 0.03}
        >>> [learning_rate(s, **told) for s in (250, 500, 5250)]
        [0.015, 0.03, 0.015]
    """
    rise = min(1.0, step / warmup) if warmup > 0 else 1.0
    if sched == "step":
        passed = sum(step >= place * total - _NEAR for place in places)
        rate = max(peak * 0.1**passed, min(floor, peak))
    else:
        progress = min(max((step - warmup) / max(total - warmup, 1e-12), 0.0), 1.0)
        share = (1.0 - progress) ** (_POWER if sched == "poly" else 1.0)
        if sched == "cosine":
            share = 0.5 * (1.0 + math.cos(math.pi * progress))
        rate = floor + (peak - floor) * share
    return start + rise * (rate - start)


def warmup_cosine(
    step: float, *, total: int, warmup: float, peak: float, floor: float = 0.0
) -> float:
    """Give the learning rate of a linear warm-up from 0 and a cosine; see `learning_rate`."""
    return learning_rate(step, total=total, warmup=warmup, peak=peak, floor=floor)
