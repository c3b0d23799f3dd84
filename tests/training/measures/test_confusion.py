import pytest
import torch

from saccade.training.measures.confusion import (
    ClassScore,
    class_scores,
    confusion_matrix,
    macro,
    weighted,
)


def test_by_hand() -> None:
    labels = torch.tensor([0, 0, 0, 1, 1, 2])
    answers = torch.tensor([0, 0, 1, 1, 1, 0])
    matrix = confusion_matrix(labels, answers, 4)
    assert matrix.tolist() == [[2, 1, 0, 0], [0, 2, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]]
    table = class_scores(matrix)
    assert table[0] == ClassScore(2 / 3, 2 / 3, 2 / 3, 3)
    assert table[1] == ClassScore(2 / 3, 1.0, 4 / 5, 2)
    assert table[2] == ClassScore(0.0, 0.0, 0.0, 1)  # never answered
    assert table[3] == ClassScore(None, None, None, 0)  # counts in no mean
    assert macro(table).recall == pytest.approx((2 / 3 + 1 + 0) / 3)
    assert weighted(table).recall == pytest.approx(4 / 6)  # the plain accuracy
    assert macro(table).support == 6


def test_answers_beyond_the_classes_widen_the_matrix() -> None:
    matrix = confusion_matrix(torch.tensor([0, 1]), torch.tensor([3, 1]), 2)
    assert matrix.shape == (4, 4)
    assert class_scores(matrix)[3] == ClassScore(0.0, None, 0.0, 0)
    assert confusion_matrix(torch.tensor([]), torch.tensor([]), 2).tolist() == [[0, 0], [0, 0]]
    assert macro(()).recall is None
    assert weighted(()).f1 is None


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:y_pred contains classes")
def test_as_scikit_learn(generator) -> None:
    metrics = pytest.importorskip("sklearn.metrics")

    for classes, count in ((2, 30), (7, 200), (30, 90)):
        labels = torch.randint(classes, (count,), generator=generator)
        answers = torch.randint(classes, (count,), generator=generator)
        matrix = confusion_matrix(labels, answers, classes)
        every = {"labels": range(classes)}
        assert matrix.tolist() == metrics.confusion_matrix(labels, answers, **every).tolist()
        table = class_scores(matrix)
        scores = metrics.precision_recall_fscore_support
        found = scores(labels, answers, **every, zero_division=0)
        for own, *theirs in zip(table, *found, strict=True):
            mine = [own.precision or 0.0, own.recall or 0.0, own.f1 or 0.0, own.support]
            assert mine == pytest.approx(theirs)
        theirs = scores(labels, answers, average="macro", zero_division=0)
        assert macro(table).precision == pytest.approx(theirs[0])
        assert macro(table).f1 == pytest.approx(theirs[2])
        balanced = metrics.balanced_accuracy_score(labels, answers)
        assert macro(table).recall == pytest.approx(balanced)
        theirs = scores(labels, answers, average="weighted", zero_division=0)
        mine = weighted(table)
        assert [mine.precision, mine.recall, mine.f1] == pytest.approx(theirs[:3])
