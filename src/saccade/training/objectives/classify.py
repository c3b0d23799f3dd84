"""Classification: the cross-entropy of the right class.

Source of the smoothing: Szegedy et al., "Rethinking the Inception Architecture for Computer
Vision", CVPR 2016, arXiv:1512.00567, section 7.
"""

import torch.nn.functional as F
from torch import Tensor, nn

from saccade.training.objectives.imbalance import weighted_cross_entropy
from saccade.training.objectives.outcome import Examples, Outcome


def classify(
    model: nn.Module,
    batch: Examples,
    *,
    smoothing: float = 0.0,
    weights: Tensor | None = None,
) -> Outcome:
    """Measure how far the model's logits are from the labels, or from mixed targets.

    Args:
        model: turns images (b c h w) into logits (b classes).
        batch: images and labels; targets, where there are any, are smoothed already.
        smoothing: share of the target that is spread over all classes, 0 to below 1.
        weights: of the classes (classes); all weigh the same when None.
    """
    logits = model(batch.images).float()
    correct = (logits.detach().argmax(dim=1) == batch.labels).sum()
    if batch.targets is None and weights is None:
        loss = F.cross_entropy(logits, batch.labels, label_smoothing=smoothing)
    elif batch.targets is None:
        loss = weighted_cross_entropy(
            logits, batch.labels, weights, smoothing=smoothing, mean="pictures"
        )
    else:
        loss = weighted_cross_entropy(logits, batch.targets, weights, mean="pictures")
    return Outcome(loss, {"correct": correct})
