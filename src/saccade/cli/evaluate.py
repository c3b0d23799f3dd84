"""saccade eval: measure a checkpoint on labelled pictures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from saccade.cli import output
from saccade.cli.switch import Switch
from saccade.data.sets import Part
from saccade.training.config import Fit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from saccade.training.evaluate import Scores

_ORDER: tuple[Part, ...] = ("test", "val", "train")


def evaluate(
    model: str,
    data: str,
    /,
    *,
    part: Part | None = None,
    checkpoint: str | None = None,
    size: int | str | None = None,
    img_fit: Fit | None = None,
    classes: Path | None = None,
    batch_size: int = 64,
    seed: int = 0,
    val_fraction: float = 0.1,
    json: Switch = False,
) -> int:
    """Measure accuracy, in all and for each class; classes are matched by name.

    Args:
        model: a weight file, the folder of a run, or the name of a model with --checkpoint.
        data: a folder of class folders, of train/ val/ test/, of IDX files, or "digits".
        part: which part; test if there is one, else val, else train.
        checkpoint: the weight file of the model that is named.
        size: side of the model's image in pixels, or HEIGHTxWIDTH; that of the weights if left out.
        img_fit: what becomes of a size that the patch does not divide: an error, zeros at the right
            and the bottom, or only the middle.
        classes: a text file with the name of each output in a line, for weights that do not say
            them or call them otherwise than the folders.
        batch_size: pictures at a time.
        seed: of the split, where the data have no val part; the run's own to measure the same.
        val_fraction: share of the split, where the data have no val part.
        json: print JSON.
    """
    from saccade.cli.sources import load_model
    from saccade.cli.watch import watching
    from saccade.data.batches import Batches
    from saccade.data.labels import absent, open_labelled
    from saccade.training.evaluate import evaluate as measure

    predictor = load_model(model, checkpoint, size=size, img_fit=img_fit, classes=classes)
    names, named = predictor.classes, predictor.named
    splits, note = open_labelled(data, names, named=named, seed=seed, val_fraction=val_fraction)
    name: Part = next(each for each in _ORDER if each in splits.parts()) if part is None else part
    batches = Batches(splits.part(name), predictor.preprocessing, batch_size=batch_size)
    with watching() as show:

        def tick(position: int) -> None:
            count = len(batches)
            show({"event": "evaluate", "part": name, "batch": position + 1, "batches": count})

        scores = measure(predictor.model, batches, tick=tick)
    left = absent(splits.part(name))
    if json:
        told = {"part": name, "classes": splits.classes, "absent": left, "note": note}
        output.as_json({**told, **scores.to_dict()})
    else:
        _tell(name, splits.classes, scores)
    _remark(note, left, len(splits.classes))
    bad = [*splits.problems, *scores.bad]
    output.skipped(bad, of=scores.count + len(bad))
    return 0


def _remark(note: str, left: Sequence[str], count: int) -> None:
    """Say how classes were matched, where it is not plain."""
    if note:
        output.note(note)
    if left:
        some = ", ".join(left[:8]) + (f" and {len(left) - 8} more" if len(left) > 8 else "")
        output.note(f"no pictures of {len(left)} of the {count} classes: {some}")


def _tell(part: str, classes: tuple[str, ...], scores: Scores) -> None:
    output.table(
        {"class": "left", "accuracy": "right"},
        [
            (name, "-" if own is None else f"{100 * own:.1f} %")
            for name, own in zip(classes, scores.per_class, strict=True)
        ],
        title=f"{part}: {scores.count} pictures",
    )
    top5 = f"top-5 {100 * scores.top5:.2f} %, " if len(classes) > 5 else ""
    output.line(f"accuracy {100 * scores.accuracy:.2f} %, {top5}loss {scores.loss:.4f}")
