import pytest
import torch

from saccade.training.measures.ranking import average_precision, average_precisions


def test_by_hand() -> None:
    # Ranked: right, wrong, right; precision 1 at the first and 2/3 at the second right one.
    sure, truth = torch.tensor([0.9, 0.8, 0.7]), torch.tensor([1, 0, 1])
    assert average_precision(sure, truth) == pytest.approx((1 + 2 / 3) / 2)


def test_pictures_with_the_same_probability_are_in_no_order() -> None:
    truth = torch.tensor([0, 1, 1, 0])
    for order in ([0, 1, 2, 3], [3, 2, 1, 0], [1, 0, 3, 2]):
        assert average_precision(torch.full((4,), 0.5), truth[order]) == pytest.approx(0.5)


def test_a_class_without_pictures_has_none() -> None:
    found = average_precisions(torch.rand(3, 2), torch.tensor([[0, 1], [0, 1], [0, 1]]))
    assert found == (None, 1.0)


@pytest.mark.slow
def test_as_scikit_learn(generator) -> None:
    metrics = pytest.importorskip("sklearn.metrics")

    for _ in range(20):
        sure = (torch.rand(60, generator=generator, dtype=torch.float64) * 12).round() / 12
        truth = (torch.rand(60, generator=generator) < 0.2).long()
        truth[0] = 1
        expected = metrics.average_precision_score(truth.numpy(), sure.numpy())
        assert average_precision(sure, truth) == pytest.approx(expected)
