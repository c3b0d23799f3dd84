"""The loss of labels for every pixel: cross-entropy that knows void, rare classes and hard pixels.

Source: hard pixels (OHEM): Shrivastava et al., CVPR 2016, arXiv:1604.03540, in the form of the
authors' code of CCNet, arXiv:1811.11721; weights by median frequency: Eigen, Fergus,
arXiv:1411.4734, section 6.3.2, as in SegNet, arXiv:1511.00561; by logarithm: Paszke et al.,
"ENet", arXiv:1606.02147, section 5.2.
Axes: b picture, k classes, h height, w width.
Differs: the least number of hard pixels is a share of those that count, not a fixed number; the
weights by logarithm are divided by their mean, so that the loss keeps its size.
"""

import math
from collections.abc import Sequence
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from saccade.data.segmentation.classes import VOID

LEAST = 1 / 16  # of the pixels that count, whatever their probability
_LOG_BASE = 1.02


def pixel_loss(
    logits: Tensor, labels: Tensor, *, weights: Tensor | None = None, ohem: float = 0.0
) -> Tensor:
    """Give the mean cross-entropy of the pixels that count; 0 where none does.

    Args:
        logits: (b k h w).
        labels: indices of classes or `VOID`, int64 (b h w).
        weights: of the classes (k); the mean is weighed by them, too.
        ohem: largest probability of the right class with which a pixel is learned, 0 to 1, unless
            fewer than `LEAST` of them would be; 0 learns all.
    """
    if ohem:
        labels = hard_labels(logits, labels, threshold=ohem)
    if not bool((labels != VOID).any()):
        return logits.sum() * 0.0
    return F.cross_entropy(logits.float(), labels, weights, ignore_index=VOID)


@torch.no_grad()
def hard_labels(
    logits: Tensor, labels: Tensor, *, threshold: float, least: float = LEAST
) -> Tensor:
    """Make void all pixels but the hard ones.

    Args:
        logits: (b k h w).
        labels: (b h w).
        threshold: largest probability of the right class of a hard pixel.
        least: share of the pixels that count which are hard in any case, the worst ones, 0 to 1.
    """
    counts = labels != VOID
    total = int(counts.sum())
    if total == 0:
        return labels
    right = labels.masked_fill(~counts, 0)[:, None]
    told = logits.float().log_softmax(1).gather(1, right)[:, 0]
    own = told[counts]
    worst = own.kthvalue(max(1, math.ceil(least * total))).values
    return labels.masked_fill(counts & (told > worst.clamp_min(math.log(threshold))), VOID)


def class_weights(
    how: Literal["none", "median", "log"], pixels: Sequence[int], pictures: Sequence[int]
) -> Tensor | None:
    """Weigh the classes by how rare they are; one without pixels weighs nothing.

    Args:
        how: "median" divides the median of all frequencies by that of the class, which is counted
            in pictures that have it; "log" is 1 / ln(1.02 + its share of all pixels), divided by
            the mean over classes; "none" weighs none.
        pixels: of each class.
        pictures: that have each class.

    Returns:
        The weights (k), or None.
    """
    if how == "none":
        return None
    counts = torch.tensor(pixels, dtype=torch.float64)
    there = counts > 0
    if how == "log":
        weights = 1.0 / torch.log(_LOG_BASE + counts / counts.sum())
        weights = weights / weights[there].mean()
    else:
        frequency = counts / torch.tensor(pictures, dtype=torch.float64).clamp_min(1)
        middle = frequency[there].quantile(0.5)
        weights = middle / frequency.clamp_min(torch.finfo(torch.float64).tiny)
    return weights.masked_fill(~there, 0.0).float()
