import csv

import pytest
import torch
from PIL import Image

from saccade.errors import OutputError
from saccade.training.evaluate import scores_from_rows
from saccade.training.measures.multilabel import label_scores
from saccade.training.score_files import write_label_scores, write_scores
from tests.training.conftest import stripes
from tests.training.measures.test_multilabel import pictures, rows


def read(path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def scores():
    # index, label, answer, in top 5, loss, confidence
    judged = [[1, 1, 0, 1, 1.5, 0.75], [0, 0, 0, 1, 0.25, 0.5], [2, 2, 2, 1, 0.125, 0.875]]
    return scores_from_rows(torch.tensor(judged, dtype=torch.float64), stripes(3))


def test_one_label(tmp_path) -> None:
    write_scores(tmp_path / "out", stripes(3), scores())
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        *("confusion.csv", "confusion.png", "per_class.csv", "predictions.csv")
    ]
    told = read(tmp_path / "out" / "predictions.csv")
    assert told[0] == ["picture", "label", "answer", "correct", "confidence", "loss"]
    assert told[1:3] == [
        ["train/0", "rows", "rows", "1", "0.5", "0.25"],
        ["train/1", "columns", "rows", "0", "0.75", "1.5"],
    ]
    told = read(tmp_path / "out" / "per_class.csv")
    assert [row[0] for row in told] == ["class", "rows", "columns", "plain", "macro", "weighted"]
    assert told[1] == ["rows", "0.5", "1.0", str(2 / 3), "1"]
    assert read(tmp_path / "out" / "confusion.csv")[2] == ["columns", "1", "0", "0"]
    with Image.open(tmp_path / "out" / "confusion.png") as picture:
        assert picture.size[0] > 3 * 40


def test_several_labels(tmp_path) -> None:
    write_label_scores(tmp_path, pictures(), label_scores(rows(), pictures()))
    told = read(tmp_path / "predictions.csv")
    assert told[0] == ["picture", "labels", "answers", "a", "b", "c"]
    assert told[1] == ["0.png", "a;b", "a;b", "0.9", "0.4", "0.1"]
    assert read(tmp_path / "per_class.csv")[3][:3] == ["c", "", "0.5"]


def test_a_folder_that_cannot_be(tmp_path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="to write"):
        write_scores(tmp_path / "file", stripes(3), scores())
