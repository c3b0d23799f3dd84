"""saccade eval of a network that labels pixels: intersection over union of each class."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from saccade.cli import output
from saccade.cli.segment_words import segment_words

if TYPE_CHECKING:
    from saccade.data.segmentation.sets import PixelSet
    from saccade.data.sets import BadFile, Part
    from saccade.training.measures.pixels import PixelScores

_ORDER = ("test", "val", "train")


def is_of_pixels(model: str) -> bool:
    """Tell whether a file or the folder of a run holds a network that labels pixels."""
    from saccade.checkpoints.pixel_weights import labels_pixels
    from saccade.writing.finding import card_of

    return labels_pixels(card_of(model))


def evaluate_pixels(
    model: str,
    data: str,
    part: Part | None,
    split: tuple[int, float],
    batch_size: int,
    out: Path | None,
    *,
    json: bool,
) -> int:
    """Measure a network on a folder of pictures and label maps.

    Args:
        model: a weight file, or the folder of a run.
        data: the folder.
        part: which part; test if there is one, else val, else train.
        split: seed and share of the split, where the data have no part val.
        batch_size: pictures at a time.
        out: folder for per_class.csv, confusion.csv and confusion.png.
        json: print JSON.
    """
    from saccade.checkpoints.pixel_weights import load_pixels
    from saccade.cli.watch import watching
    from saccade.data.segmentation.pixel_batches import PixelBatches
    from saccade.data.segmentation.survey import survey
    from saccade.training.segmentation.lesson import measure_labels

    weights = load_pixels(model)
    chosen, problems = _part(data, part, split, weights.classes.names)
    looked = survey(chosen)
    size = min(batch_size, 8)  # pictures are answered in their own size
    batches = PixelBatches(looked.kept, weights.preprocessing, batch_size=size)
    with watching() as show:

        def tick(position: int) -> None:
            told = {"part": chosen.name, "batch": position + 1, "batches": len(batches)}
            show({"event": "evaluate", **told})

        scores = measure_labels(weights.model, batches, tick=tick)
    names = weights.classes.names
    if out is not None:
        _write(out, scores, names)
    if json:
        output.as_json({"part": chosen.name, "classes": names, **scores.to_dict()})
    else:
        _tell(chosen.name, names, scores)
    bad = [*problems, *looked.bad, *batches.bad]
    output.skipped(bad, of=scores.count + len(bad))
    return 0


def _part(
    data: str, part: Part | None, split: tuple[int, float], names: tuple[str, ...]
) -> tuple[PixelSet, tuple[BadFile, ...]]:
    """Open the part that is meant; its classes must be those of the model.

    Raises:
        DataError: there is no such part, or the classes differ.
    """
    from saccade.data.segmentation.sets import open_label_maps
    from saccade.errors import DataError

    sets = open_label_maps(data, seed=split[0], val_fraction=split[1])
    wanted: str = part or next(name for name in _ORDER if name in sets)
    if wanted not in sets:
        raise DataError(f"a {wanted} part", f"only {', '.join(sets)}", f"adding a folder {wanted}")
    found = sets[wanted].classes.names
    if found != names:
        raise DataError(
            f"the model's {len(names)} classes of pixels ({', '.join(names[:6])})",
            ", ".join(found[:6]),
            "the classes.txt that the model was trained with",
        )
    return sets[wanted], tuple(problem for own in sets.values() for problem in own.problems)


def _write(out: Path, scores: PixelScores, names: tuple[str, ...]) -> None:
    import csv
    import io

    from saccade.files import write_bytes, write_text
    from saccade.training.measures.drawing import draw_confusion, png

    tables = {
        "per_class.csv": [
            ("class", "iou", "pixels"),
            *zip(names, scores.iou, scores.matrix.sum(1).tolist(), strict=True),
        ],
        "confusion.csv": [
            ("true \\ answer", *names),
            *((name, *row) for name, row in zip(names, scores.matrix.tolist(), strict=True)),
        ],
    }
    for file, rows in tables.items():
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(rows)
        write_text(out / file, text.getvalue())
    write_bytes(out / "confusion.png", png(draw_confusion(scores.matrix, names)))


def _tell(part: str, names: tuple[str, ...], scores: PixelScores) -> None:
    words = segment_words()
    counted = int(scores.matrix.sum())
    void = scores.void / max(counted + scores.void, 1)
    output.line(words["part"].format(part=part, count=scores.count, void=void))
    rows = [
        (name, "-" if iou is None else f"{100 * iou:.2f} %", f"{pixels}")
        for name, iou, pixels in zip(names, scores.iou, scores.matrix.sum(1).tolist(), strict=True)
    ]
    columns = {words["class"]: "left", words["iou"]: "right", words["pixels"]: "right"}
    output.table(columns, rows)
    output.line(
        words["miou"].format(
            miou=100 * scores.miou,
            accuracy=100 * scores.accuracy,
            classes=100 * scores.class_accuracy,
        )
    )
    absent = [name for name, iou in zip(names, scores.iou, strict=True) if iou is None]
    if absent:
        output.note(words["absent"].format(names=", ".join(absent)))
