"""Classification: the cross-entropy of the right class.

Source of the smoothing: Szegedy et al., "Rethinking the Inception Architecture for Computer
Vision", CVPR 2016, arXiv:1512.00567, section 7.
"""

import torch.nn.functional as F
from torch import nn

from saccade.training.objectives.outcome import Examples, Outcome


def classify(model: nn.Module, batch: Examples, *, smoothing: float = 0.0) -> Outcome:
    """Measure how far the model's logits are from the labels.

    Args:
        model: turns images (b c h w) into logits (b classes).
        batch: images and labels.
        smoothing: share of the target that is spread over all classes, 0 to below 1.
    """
    logits = model(batch.images).float()
    loss = F.cross_entropy(logits, batch.labels, label_smoothing=smoothing)
    correct = (logits.detach().argmax(dim=1) == batch.labels).sum()
    return Outcome(loss, {"correct": correct})
