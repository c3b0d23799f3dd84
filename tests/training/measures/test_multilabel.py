from pathlib import Path

import pytest
import torch

from saccade.data.tables import TableImages
from saccade.errors import DataError
from saccade.training.measures.multilabel import at_thresholds, label_scores

SURE = torch.tensor([[0.9, 0.4, 0.1], [0.6, 0.3, 0.2], [0.2, 0.1, 0.3], [0.1, 0.2, 0.4]])
MULTI = ((0, 1), (0,), (), (1,))


def pictures(multi=MULTI) -> TableImages:
    files = [f"{i}.png" for i in range(len(multi))]
    labels = [own[0] if own else -1 for own in multi]
    return TableImages("val", ("a", "b", "c"), multi, labels=labels, root=Path(), files=files)


def rows(sure: torch.Tensor = SURE) -> torch.Tensor:
    indices = torch.arange(len(sure), dtype=torch.float64)
    return torch.cat([indices[:, None], sure.double()], dim=1)


def test_by_hand() -> None:
    found = label_scores(rows(), pictures())
    # b is ranked 0.4 right, 0.3 wrong, 0.2 right, 0.1: (1 + 2/3) / 2; c has no picture.
    assert found.average_precision == (1.0, pytest.approx(5 / 6), None)
    assert found.mean_average_precision == pytest.approx(11 / 12)
    # At 0.5 a is said of the first two, which is right; b and c never.
    assert found.plain.micro_f1 == pytest.approx(2 * 2 / (4 + 2))
    assert found.plain.macro_f1 == pytest.approx((1 + 0) / 2)
    assert found.plain.exact_match == pytest.approx(2 / 4)
    # Calibrated, b is said from 0.15 on: right twice, wrong once, so 2 2 / (2 + 3).
    assert found.calibrated.thresholds == (pytest.approx(0.4), pytest.approx(0.15), 0.5)
    assert found.calibrated.table[1].f1 == pytest.approx(4 / 5)
    assert found.fitted
    truths = torch.tensor([[1, 1, 0], [1, 0, 0], [0, 0, 0], [0, 1, 0]])
    loss = -(truths * SURE.log() + (1 - truths) * (1 - SURE).log()).mean()
    assert found.loss == pytest.approx(loss.item())


def test_thresholds_of_other_pictures_are_not_fitted_again() -> None:
    found = label_scores(rows(), pictures(), thresholds=(0.5, 0.35, 0.5))
    assert not found.fitted
    assert found.calibrated.thresholds == (0.5, 0.35, 0.5)
    assert found.to_dict()["calibrated"]["table"][1]["recall"] == 0.5


def test_errors() -> None:
    with pytest.raises(DataError, match="expected pictures in val, got none that can be read"):
        label_scores(torch.zeros(0, 6), pictures())
    with pytest.raises(DataError, match="a model with 3 outputs for val, got one with 2"):
        label_scores(rows()[:, :3], pictures())


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:No positive class")
def test_as_scikit_learn(generator) -> None:
    metrics = pytest.importorskip("sklearn.metrics")

    sure = torch.rand(80, 6, generator=generator, dtype=torch.float64)
    truth = (torch.rand(80, 6, generator=generator) < 0.3).long()
    multi = [tuple(row.nonzero()[:, 0].tolist()) for row in truth]
    files = [str(i) for i in range(80)]
    names = tuple("abcdef")
    images = TableImages("val", names, multi, labels=[0] * 80, root=Path(), files=files)
    found = label_scores(rows(sure), images)
    expected = metrics.average_precision_score(truth, sure, average="macro")
    assert found.mean_average_precision == pytest.approx(expected)
    for own in (found.plain, found.calibrated):
        said = (sure >= torch.tensor(own.thresholds)).long()
        for average in ("micro", "macro"):
            expected = metrics.f1_score(truth, said, average=average, zero_division=0)
            assert getattr(own, f"{average}_f1") == pytest.approx(expected)
        assert own.exact_match == pytest.approx(metrics.accuracy_score(truth, said))
    assert at_thresholds(sure, truth, [0.5] * 6) == found.plain
