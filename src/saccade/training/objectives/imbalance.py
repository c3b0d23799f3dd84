"""Classes with few pictures: what they weigh, and how weights enter the loss.

Source: King, Zeng, "Logistic Regression in Rare Events Data", Political Analysis 9, 2001, section
3 (weights n / (K n_c), scikit-learn's "balanced"); Cui, Jia, Lin, Song, Belongie, "Class-Balanced
Loss Based on Effective Number of Samples", CVPR 2019, arXiv:1901.05555, section 3.2.
Axes: b pictures, K classes.
"""

from collections.abc import Sequence
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from saccade.errors import ConfigError

Mean = Literal["weights", "pictures"]


def class_weights(labels: Sequence[int], classes: int, *, beta: float = 1.0) -> Tensor:
    """Weigh classes against their numbers of pictures, so that the mean over the pictures is 1.

    With `beta` 1 a class weighs n / (K n_c), for n pictures, n_c of the class, and K classes that
    have any. Below 1, n_c is replaced by its effective number (1 - beta**n_c) / (1 - beta): many
    pictures that are alike count less, and with 0 every class weighs the same.

    Args:
        labels: one for each picture; negative where unknown, which counts nowhere.
        classes: how many there are; one without pictures weighs 0.
        beta: 0 to 1.

    Raises:
        ConfigError: there are no labels, or a value cannot work.
    """
    if not 0 <= beta <= 1:
        raise ConfigError("a beta from 0 to 1", str(beta), "beta=0.999")
    known = [label for label in labels if label >= 0]
    if not known or max(known) >= classes:
        got = "none" if not known else f"one of {max(known)}"
        raise ConfigError(f"labels from 0 to {classes - 1} to weigh classes by", got)
    counts = torch.bincount(torch.tensor(known), minlength=classes).double()
    powers = 1 - torch.pow(torch.tensor(beta, dtype=torch.float64), counts)
    effective = counts if beta == 1 else powers / (1 - beta)
    weights = torch.where(counts > 0, 1 / effective.clamp(min=1e-12), 0.0)
    return (weights * (counts.sum() / (weights * counts).sum())).float()


def weights_caution(labels: Sequence[int], classes: Sequence[str]) -> str:
    """Name the classes that have no picture and so cannot be learned; empty when all have some."""
    found = set(labels)
    lacking = [name for place, name in enumerate(classes) if place not in found]
    if not lacking:
        return ""
    more = f" and {len(lacking) - 8} more" if len(lacking) > 8 else ""
    return f"no training picture of {', '.join(lacking[:8])}{more}: weight 0, never learned"


def positive_weights(
    multi: Sequence[tuple[int, ...]], classes: int, *, most: float = 100.0
) -> Tensor:
    """Weigh the pictures that have a class against those that have not: (n - n_c) / n_c.

    For binary cross-entropy, as its `pos_weight` (K).

    Args:
        multi: the labels of each picture.
        classes: how many there are; one without pictures weighs 1.
        most: no class weighs more, so that a handful of pictures cannot rule all steps.
    """
    flat = [label for own in multi for label in own]
    counts = torch.bincount(torch.tensor(flat, dtype=torch.int64), minlength=classes).double()
    weights = (len(multi) - counts) / counts.clamp(min=1)
    return torch.where(counts > 0, weights.clamp(1 / most, most), 1.0).float()


def weighted_cross_entropy(
    logits: Tensor,
    truths: Tensor,
    weights: Tensor | None = None,
    *,
    smoothing: float = 0.0,
    mean: Mean = "weights",
) -> Tensor:
    """Measure the cross-entropy with a weight for each class, for labels or for mixed targets.

    The sum over pictures and classes of w_c t'_c (-log p_c), t' being the smoothed target,
    divided by the sum of w_c t_c (as F.cross_entropy does for labels) or by the pictures. Without
    weights the two are the same. The mean over the weights depends on which pictures share a
    batch; the mean over the pictures does not, so that steps are the same however many processes
    and passes share them.

    Args:
        logits: (b K).
        truths: labels (b), or targets whose rows sum to 1 (b K), such as mixup's.
        weights: of the classes (K); all the same when None.
        smoothing: share of the target that is spread over all classes, 0 to below 1.
        mean: over the "weights" or over the "pictures".
    """
    if truths.ndim == 1 and mean == "weights":
        return F.cross_entropy(logits, truths, weights, label_smoothing=smoothing)
    classes = logits.shape[1]
    targets = F.one_hot(truths, classes).to(logits) if truths.ndim == 1 else truths.to(logits)
    weights = logits.new_ones(classes) if weights is None else weights.to(logits)
    smoothed = targets * (1 - smoothing) + smoothing / classes
    total = -(weights * smoothed * logits.log_softmax(dim=1)).sum()
    return total / ((weights * targets).sum() if mean == "weights" else len(logits))
