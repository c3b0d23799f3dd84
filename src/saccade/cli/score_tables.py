"""Scores as tables for a person at a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from saccade.cli import output

if TYPE_CHECKING:
    from collections.abc import Sequence

    from saccade.training.evaluate import Scores
    from saccade.training.measures.multilabel import LabelScores

MOST = 20  # classes of a confusion matrix that a terminal can show
_LONGEST = 12  # letters of a name above a column


def tell(
    part: str, classes: Sequence[str], scores: Scores | LabelScores, *, confusion: bool = False
) -> None:
    """Print what was measured: the classes, the means, and all in one line.

    Args:
        part: of the data.
        classes: their names.
        scores: what was measured.
        confusion: print which class is taken for which, too.
    """
    from saccade.training.evaluate import Scores

    if not isinstance(scores, Scores):
        tell_labels(part, classes, scores)
        return
    tell_classes(part, classes, scores)
    if confusion:
        tell_confusion(classes, scores)
    top5 = f"top-5 {100 * scores.top5:.2f} %, " if len(classes) > 5 else ""
    means = f"macro accuracy {_percent(scores.macro.recall)}, macro F1 {_percent(scores.macro.f1)}"
    output.line(f"accuracy {100 * scores.accuracy:.2f} %, {top5}loss {scores.loss:.4f}")
    output.line(f"{means}, calibration error {100 * scores.calibration_error:.1f} %")


def tell_classes(part: str, classes: Sequence[str], scores: Scores) -> None:
    """Print a line for each class, and below them the macro and the weighted mean."""
    from saccade.training.score_files import named, table_rows

    columns = ("class", "precision", "recall", "F1", "pictures")
    rows = table_rows(named(classes, len(scores.table)), scores)
    output.table(
        {name: "right" if place else "left" for place, name in enumerate(columns)},
        [(name, *map(_percent, shares), support) for name, *shares, support in rows],
        title=f"{part}: {scores.count} pictures",
    )


def tell_confusion(classes: Sequence[str], scores: Scores) -> None:
    """Print the confusion matrix, or say where to find a large one."""
    from saccade.training.score_files import named

    matrix = scores.confusion().tolist()
    if len(matrix) > MOST:
        output.note(f"{len(matrix)} classes are too many to print who is taken for whom: see --out")
        return
    names = named(classes, len(matrix))
    heads = _unlike([name if len(name) <= _LONGEST else f"{name[:_LONGEST]}~" for name in names])
    output.table(
        {"true \\ answered": "left", **dict.fromkeys(heads, "right")},
        [(name, *(count or "." for count in row)) for name, row in zip(names, matrix, strict=True)],
    )


def tell_labels(part: str, classes: Sequence[str], scores: LabelScores) -> None:
    """Print the table of pictures with any number of labels."""
    from saccade.training.score_files import label_table_rows

    columns = ("class", "AP", "threshold", "precision", "recall", "F1", "pictures")
    output.table(
        {name: "right" if place else "left" for place, name in enumerate(columns)},
        [
            (name, _percent(own), f"{limit:.3f}", *map(_percent, shares), support)
            for name, own, limit, *shares, support in label_table_rows(classes, scores)
        ],
        title=f"{part}: {scores.count} pictures",
    )
    output.line(
        f"mean average precision {100 * scores.mean_average_precision:.2f} %, "
        f"loss {scores.loss:.4f}"
    )
    for name, own in (("0.5", scores.plain), ("the thresholds above", scores.calibrated)):
        output.line(
            f"at {name}: micro F1 {100 * own.micro_f1:.2f} %, macro F1 {100 * own.macro_f1:.2f} %, "
            f"all labels right {100 * own.exact_match:.2f} %"
        )
    if scores.fitted:
        output.note("the thresholds were found on these pictures and flatter; measure on others")


def _unlike(names: Sequence[str]) -> list[str]:
    """Tell names apart that were cut to the same letters."""
    seen: dict[str, int] = {}
    for name in names:
        seen[name] = seen.get(name, 0) + 1
    return [name if seen[name] == 1 else f"{name}{place}" for place, name in enumerate(names)]


def _percent(share: object) -> str:
    return f"{100 * share:.1f} %" if isinstance(share, float) else "-"
