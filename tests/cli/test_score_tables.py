import pytest
import torch

from saccade.cli.score_tables import tell
from saccade.training.evaluate import scores_from_rows
from saccade.training.measures.multilabel import label_scores
from tests.training.conftest import CLASSES, stripes
from tests.training.measures.test_multilabel import pictures, rows


def scores(classes: int = 3):
    judged = [[i, i % classes, 0, 1, 0.5, 0.75] for i in range(2 * classes)]
    images = stripes(3)
    images.classes = CLASSES if classes == 3 else tuple(f"class {i}" for i in range(classes))
    return scores_from_rows(torch.tensor(judged, dtype=torch.float64), images)


def test_one_label(capsys) -> None:
    tell("val", CLASSES, scores(), confusion=True)
    told = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert told[0] == ["val:", "6", "pictures"]
    assert told[3] == ["rows", "33.3", "%", "100.0", "%", "50.0", "%", "2"]
    assert told[6][:3] == ["macro", "11.1", "%"]
    assert ["rows", "2", ".", "."] in told
    assert ["columns", "2", ".", "."] in told
    assert told[-2] == ["accuracy", "33.33", "%,", "loss", "0.5000"]
    assert told[-1][:6] == ["macro", "accuracy", "33.3", "%,", "macro", "F1"]


def test_a_matrix_of_many_classes_is_left_to_the_files(capsys) -> None:
    tell("val", [f"class {i}" for i in range(21)], scores(21), confusion=True)
    captured = capsys.readouterr()
    assert captured.err == "21 classes are too many to print who is taken for whom: see --out\n"
    assert "answered" not in captured.out


@pytest.mark.parametrize("thresholds", [None, (0.5, 0.2, 0.5)])
def test_several_labels(capsys, thresholds) -> None:
    tell("val", ("a", "b", "c"), label_scores(rows(), pictures(), thresholds=thresholds))
    captured = capsys.readouterr()
    told = captured.out.splitlines()
    assert told[5].split() == ["c", "-", "0.500", "-", "-", "-", "0"]
    assert told[-3].startswith("mean average precision 91.67 %, loss ")
    assert told[-2].startswith("at 0.5: micro F1 66.67 %, macro F1 50.00 %")
    assert ("flatter" in captured.err) == (thresholds is None)
