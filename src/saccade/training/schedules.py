"""The learning rate as a function of the step.

Source: Dosovitskiy et al., arXiv:2010.11929, section B.1.1: linear warm-up, then a cosine.
"""

import math


def warmup_cosine(
    step: float, *, total: int, warmup: float, peak: float, floor: float = 0.0
) -> float:
    """Give the learning rate at a step.

    Args:
        step: counted from 0; the rate is 0 there when there is a warm-up.
        total: steps of the whole run; the rate is `floor` there and after.
        warmup: steps in which the rate rises linearly.
        peak: rate at the end of the warm-up.
        floor: rate at the end.

    Example:
        >>> [warmup_cosine(s, total=10_000, warmup=500, peak=0.03) for s in (250, 500, 5250)]
        [0.015, 0.03, 0.015]
    """
    rise = min(1.0, step / warmup) if warmup > 0 else 1.0
    progress = min(max((step - warmup) / max(total - warmup, 1e-12), 0.0), 1.0)
    cosine = floor + (peak - floor) * 0.5 * (1.0 + math.cos(math.pi * progress))
    return rise * cosine
