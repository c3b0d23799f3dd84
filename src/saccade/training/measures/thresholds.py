"""From which probability on a class counts as seen: the value with the best F1.

Source: Lipton, Elkan, Naryanaswamy, "Optimal Thresholding of Classifiers to Maximize F1 Measure",
ECML PKDD 2014, arXiv:1402.1892, section 1: one threshold for each class, found on held-out
pictures.
Axes: n pictures, K classes.
"""

import torch
from torch import Tensor

DEFAULT = 0.5


def best_threshold(probabilities: Tensor, truths: Tensor) -> float:
    """Find the threshold of one class with the highest F1; 0.5 when no picture has the class.

    Halfway between two probabilities that follow each other; of equally good ones the nearest to
    0.5. It suits the pictures it is found on: measure it on others.

    Args:
        probabilities: of the class (n), 0-1.
        truths: 1 where the picture has the class, else 0 (n).
    """
    total = float(truths.sum())
    if total == 0:
        return DEFAULT
    order = probabilities.argsort(descending=True, stable=True)
    ranked, found = probabilities[order].double(), truths[order].double().cumsum(dim=0)
    answered = torch.arange(1, len(ranked) + 1, dtype=torch.float64)
    below = torch.cat([ranked[1:], torch.zeros(1, dtype=torch.float64)])
    f1 = torch.where(ranked > below, 2 * found / (total + answered), -1.0)
    if bool((f1 < 0).all()):  # every probability is 0
        return DEFAULT
    best = ((ranked + below) / 2)[f1 >= f1.max() - 1e-12]
    return float(best[(best - DEFAULT).abs().argmin()])


def best_thresholds(probabilities: Tensor, truths: Tensor) -> tuple[float, ...]:
    """Find the threshold of each class; both arguments are (n K)."""
    pairs = zip(probabilities.unbind(dim=1), truths.unbind(dim=1), strict=True)
    return tuple(best_threshold(own, truth) for own, truth in pairs)
