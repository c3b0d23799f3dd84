"""Scores as files: what was answered for each picture, the table of classes, who is taken for whom.

Each file is written whole or not at all.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

from saccade.data.sets import ImageSet
from saccade.files import write_bytes, write_text
from saccade.training.evaluate import ANSWER, CONFIDENCE, INDEX, LABEL, LOSS, Scores
from saccade.training.measures.confusion import ClassScore
from saccade.training.measures.drawing import draw_confusion, png
from saccade.training.measures.multilabel import LabelScores

Cell = str | int | float | None
_PREDICTIONS = ("picture", "label", "answer", "correct", "confidence", "loss")
_PER_CLASS = ("class", "precision", "recall", "f1", "support")


def write_scores(folder: Path, images: ImageSet, scores: Scores) -> None:
    """Write predictions.csv, per_class.csv, confusion.csv and confusion.png.

    Args:
        folder: made where it is missing.
        images: the set that was measured.
        scores: with their rows.

    Raises:
        OutputError: a file cannot be written.
    """
    matrix = scores.confusion()
    names = named(images.classes, len(matrix))
    _write(folder / "predictions.csv", _PREDICTIONS, _predictions(images, scores, names))
    _write(folder / "per_class.csv", _PER_CLASS, table_rows(names, scores))
    counts = ([name, *row] for name, row in zip(names, matrix.tolist(), strict=True))
    _write(folder / "confusion.csv", ("true \\ answered", *names), counts)
    write_bytes(folder / "confusion.png", png(draw_confusion(matrix, names)))


def write_label_scores(folder: Path, images: ImageSet, scores: LabelScores) -> None:
    """Write predictions.csv and per_class.csv of pictures with any number of labels.

    Raises:
        OutputError: a file cannot be written.
    """
    limits = scores.calibrated.thresholds
    rows: list[Sequence[Cell]] = []
    for index, *sure in scores.rows.tolist():
        said = [n for n, p, t in zip(images.classes, sure, limits, strict=True) if p >= t]
        true = [] if images.multi is None else images.multi[int(index)]
        labels = [images.classes[label] for label in true]
        shown = [round(p, 6) for p in sure]
        name = images.picture_name(int(index))
        rows.append([name, ";".join(labels), ";".join(said), *shown])
    header = ("picture", "labels", "answers", *images.classes)
    _write(folder / "predictions.csv", header, rows)
    columns = ("class", "average_precision", "threshold", *_PER_CLASS[1:])
    _write(folder / "per_class.csv", columns, label_table_rows(images.classes, scores))


def table_rows(names: Sequence[str], scores: Scores) -> list[Sequence[Cell]]:
    """Give the table of classes, and below it the means: macro and weighted by pictures."""
    own = [(name, *_cells(one)) for name, one in zip(names, scores.table, strict=True)]
    return [*own, ("macro", *_cells(scores.macro)), ("weighted", *_cells(scores.weighted))]


def label_table_rows(classes: Sequence[str], scores: LabelScores) -> list[Sequence[Cell]]:
    """Give the table of classes at their calibrated thresholds."""
    found = scores.calibrated
    columns = (classes, scores.average_precision, found.thresholds, found.table)
    return [
        (name, precision, threshold, *_cells(one))
        for name, precision, threshold, one in zip(*columns, strict=True)
    ]


def named(classes: Sequence[str], count: int) -> tuple[str, ...]:
    """Name so many classes; outputs beyond the names are called by their numbers."""
    return (*classes, *(str(place) for place in range(len(classes), count)))


def _predictions(
    images: ImageSet, scores: Scores, names: Sequence[str]
) -> Iterable[Sequence[Cell]]:
    for row in scores.rows.tolist():
        label, answer = int(row[LABEL]), int(row[ANSWER])
        picture = images.picture_name(int(row[INDEX]))
        sure, loss = round(row[CONFIDENCE], 6), round(row[LOSS], 6)
        yield picture, names[label], names[answer], int(label == answer), sure, loss


def _cells(one: ClassScore) -> tuple[Cell, Cell, Cell, Cell]:
    return one.precision, one.recall, one.f1, one.support


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    write_text(path, text.getvalue())
