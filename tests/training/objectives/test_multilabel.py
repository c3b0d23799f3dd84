import math

import pytest
import torch
from torch import nn

from saccade.training.objectives.multilabel import binary_cross_entropy, multilabel
from saccade.training.objectives.outcome import Examples


def test_slowly(normal) -> None:
    logits, targets = normal(3, 2), torch.tensor([[0.0, 1.0], [1.0, 1.0], [0.0, 0.0]])
    weights, total = torch.tensor([2.0, 0.5]), 0.0
    for i in range(3):
        for c in range(2):
            p = 1 / (1 + math.exp(-logits[i, c].item()))
            t = 0.8 * targets[i, c].item() + 0.1
            total -= weights[c].item() * t * math.log(p) + (1 - t) * math.log(1 - p)
    found = binary_cross_entropy(logits, targets, smoothing=0.2, pos_weight=weights)
    assert found.item() == pytest.approx(total / 6, rel=1e-5)


def test_pictures_with_all_labels_right_are_counted() -> None:
    logits = torch.tensor([[3.0, -3.0], [3.0, 3.0], [-3.0, -3.0]])
    labels = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 0.0]])
    outcome = multilabel(nn.Identity(), Examples(logits, labels))
    assert int(outcome.numbers["correct"]) == 2
    mixed = Examples(logits, labels, targets=torch.full((3, 2), 0.5))
    assert multilabel(nn.Identity(), mixed).loss > outcome.loss
