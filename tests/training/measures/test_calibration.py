import pytest
import torch

from saccade.training.measures.calibration import calibration_error


def test_by_hand() -> None:
    # Two bins: 0.2 and 0.4 with one right of two, 0.9 with one right of one.
    confidence, correct = torch.tensor([0.2, 0.4, 0.9]), torch.tensor([1, 0, 1])
    expected = 2 / 3 * abs(0.5 - 0.3) + 1 / 3 * abs(1 - 0.9)
    assert calibration_error(confidence, correct, bins=2) == pytest.approx(expected)


def test_slowly(generator) -> None:
    confidence = torch.rand(200, generator=generator, dtype=torch.float64)
    correct = (torch.rand(200, generator=generator) < 0.5).double()
    error = 0.0
    for m in range(1, 16):
        own = [i for i in range(200) if (m - 1) / 15 < confidence[i] <= m / 15]
        if own:
            accuracy = sum(correct[i].item() for i in own) / len(own)
            sure = sum(confidence[i].item() for i in own) / len(own)
            error += len(own) / 200 * abs(accuracy - sure)
    assert calibration_error(confidence, correct) == pytest.approx(error)


def test_edges_belong_to_the_bin_below_and_nothing_gives_nothing() -> None:
    assert calibration_error(torch.tensor([0.5, 0.6]), torch.tensor([0, 1]), bins=2) == (
        pytest.approx(0.5 * 0.5 + 0.5 * 0.4)
    )
    assert calibration_error(torch.ones(3), torch.ones(3)) == 0
    assert calibration_error(torch.zeros(0), torch.zeros(0)) == 0
