import pytest
import torch

from saccade.training.measures.confusion import counted
from saccade.training.measures.thresholds import best_threshold, best_thresholds


def f1(sure: torch.Tensor, truth: torch.Tensor, threshold: float) -> float:
    said = sure >= threshold
    return counted(int((said & (truth > 0)).sum()), int(truth.sum()), int(said.sum())).f1 or 0.0


def test_by_hand() -> None:
    # Saying yes to the first two finds both: F1 is 1 between 0.3 and 0.1.
    assert best_threshold(torch.tensor([0.4, 0.3, 0.1]), torch.tensor([1, 1, 0])) == (
        pytest.approx(0.2)
    )


def test_no_other_threshold_is_better(generator) -> None:
    for _ in range(10):
        sure = torch.rand(25, generator=generator)
        truth = (torch.rand(25, generator=generator) < 0.3).long()
        truth[0] = 1
        found = best_threshold(sure, truth)
        slowly = max(f1(sure, truth, limit) for limit in [*sure.tolist(), 0.0])
        assert f1(sure, truth, found) == pytest.approx(slowly)


def test_without_pictures_of_the_class_it_is_a_half() -> None:
    sure = torch.tensor([[0.2, 0.0], [0.1, 0.0]])
    assert best_thresholds(sure, torch.tensor([[0, 1], [0, 0]])) == (0.5, 0.5)
