"""Whether a model is as sure as it is right.

Source: Guo, Pleiss, Sun, Weinberger, "On Calibration of Modern Neural Networks", ICML 2017,
arXiv:1706.04599, section 2, eq. 3.
Axes: n pictures.
"""

import torch
from torch import Tensor

BINS = 15  # as in the paper's tables


def calibration_error(confidence: Tensor, correct: Tensor, *, bins: int = BINS) -> float:
    """Measure the expected calibration error, 0-1; 0 when there are no pictures.

    Pictures are put into bins of equal width by their confidence; the error is the mean distance
    between confidence and accuracy of the bins, weighted by their pictures.

    Args:
        confidence: probability of the class that was answered (n), 0-1.
        correct: 1 where the answer is right, else 0 (n).
        bins: how many; bin m holds confidences above (m - 1) / bins, up to m / bins.
    """
    if len(confidence) == 0:
        return 0.0
    confidence, correct = confidence.double().contiguous(), correct.double()
    edges = torch.arange(1, bins, dtype=torch.float64) / bins
    place = torch.bucketize(confidence, edges)
    gaps = torch.zeros(bins, dtype=torch.float64).index_add_(0, place, correct - confidence)
    return float(gaps.abs().sum() / len(confidence))
