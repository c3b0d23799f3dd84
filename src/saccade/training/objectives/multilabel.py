"""Any number of labels for a picture: one yes or no for each class.

Axes: b pictures, K classes.
"""

import torch.nn.functional as F
from torch import Tensor, nn

from saccade.training.objectives.outcome import Examples, Outcome


def multilabel(
    model: nn.Module,
    batch: Examples,
    *,
    smoothing: float = 0.0,
    pos_weight: Tensor | None = None,
) -> Outcome:
    """Measure the binary cross-entropy, the mean over pictures and classes.

    Args:
        model: turns images (b c h w) into logits (b K).
        batch: images and labels of 0 and 1 (b K), or mixed targets.
        smoothing: labels are moved this far towards 1/2, 0 to below 1.
        pos_weight: what a picture that has the class weighs against one that has not (K).
    """
    logits = model(batch.images).float()
    targets = batch.labels if batch.targets is None else batch.targets
    loss = binary_cross_entropy(
        logits, targets.to(logits), smoothing=smoothing, pos_weight=pos_weight
    )
    exact = ((logits.detach() > 0) == (batch.labels > 0.5)).all(dim=1).sum()
    return Outcome(loss, {"correct": exact})


def binary_cross_entropy(
    logits: Tensor,
    targets: Tensor,
    *,
    smoothing: float = 0.0,
    pos_weight: Tensor | None = None,
) -> Tensor:
    """Measure -(w t log p + (1 - t) log(1 - p)), the mean over pictures and classes.

    Args:
        logits: (b K).
        targets: 0 to 1 (b K).
        smoothing: targets are moved this far towards 1/2, 0 to below 1.
        pos_weight: w of each class (K); 1 when None.
    """
    moved = targets * (1 - smoothing) + smoothing / 2
    return F.binary_cross_entropy_with_logits(logits, moved, pos_weight=pos_weight)
