import math

import pytest
import torch
from torch import nn

from saccade.errors import UnknownName
from saccade.training.lessons import LESSONS
from saccade.training.objectives import Examples, classify


def test_by_hand() -> None:
    # Logits (2, 0) and (0, 1) for the labels 0 and 0.
    batch = Examples(torch.tensor([[2.0, 0.0], [0.0, 1.0]]), torch.tensor([0, 0]))
    outcome = classify(nn.Identity(), batch)
    expected = (math.log(1 + math.exp(-2)) + math.log(1 + math.exp(1))) / 2
    assert outcome.loss.item() == pytest.approx(expected)
    assert outcome.numbers["correct"].item() == 1


def test_smoothing_spreads_over_all_classes() -> None:
    batch = Examples(torch.tensor([[1.0, 0.0, 0.0]]), torch.tensor([0]))
    logs = torch.tensor([1.0, 0.0, 0.0]).log_softmax(dim=0)
    expected = -(0.8 * logs[0] + 0.1 * logs[1] + 0.1 * logs[2])  # 1 - 0.3 + 0.1, and 0.1 each
    outcome = classify(nn.Identity(), batch, smoothing=0.3)
    assert outcome.loss.item() == pytest.approx(expected.item())


def test_objectives_are_found_by_name() -> None:
    assert LESSONS["classify"] == "saccade.training.classification:make"
    with pytest.raises(UnknownName, match="try classify"):
        LESSONS["clasify"]
