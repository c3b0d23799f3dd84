"""How well probabilities put the pictures of a class before the others.

Axes: n pictures, K classes.
Differs: nothing from scikit-learn's `average_precision_score`; pictures with the same probability
are taken together, in no order.
"""

import torch
from torch import Tensor


def average_precision(probabilities: Tensor, truths: Tensor) -> float | None:
    """Sum the precision at each place of a ranking, weighted by the recall gained there.

    AP = sum over k of (R_k - R_{k-1}) P_k, k counting the distinct probabilities from the highest.

    Args:
        probabilities: of one class (n).
        truths: 1 where the picture has the class, else 0 (n).

    Returns:
        0-1; None when no picture has the class.
    """
    total = float(truths.sum())
    if total == 0:
        return None
    order = probabilities.argsort(descending=True, stable=True)
    ranked, found = probabilities[order], truths[order].double().cumsum(dim=0)
    last = torch.ones(len(ranked), dtype=torch.bool)  # of the pictures with the same probability
    last[:-1] = ranked[1:] != ranked[:-1]
    hits = found[last]
    answered = torch.arange(1, len(ranked) + 1, dtype=torch.float64)[last]
    gained = torch.diff(hits, prepend=torch.zeros(1, dtype=torch.float64))
    return float((gained / total * hits / answered).sum())


def average_precisions(probabilities: Tensor, truths: Tensor) -> tuple[float | None, ...]:
    """Give the average precision of each class; both arguments are (n K)."""
    pairs = zip(probabilities.unbind(dim=1), truths.unbind(dim=1), strict=True)
    return tuple(average_precision(own, truth) for own, truth in pairs)
