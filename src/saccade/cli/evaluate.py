"""saccade eval: measure a checkpoint on labelled pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from saccade.cli import output
from saccade.cli.switch import Switch
from saccade.data.sets import Part

if TYPE_CHECKING:
    from saccade.data.sets import Part
    from saccade.training.evaluate import Scores

_ORDER: tuple[Part, ...] = ("test", "val", "train")


def evaluate(
    model: str,
    data: str,
    /,
    *,
    part: Part | None = None,
    checkpoint: str | None = None,
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
        batch_size: pictures at a time.
        seed: of the split, where the data have no val part; the run's own to measure the same.
        val_fraction: share of the split, where the data have no val part.
        json: print JSON.
    """
    from saccade.cli.sources import load_model
    from saccade.cli.watch import watching
    from saccade.data.batches import Batches
    from saccade.data.images import open_images
    from saccade.training.evaluate import evaluate as measure

    predictor = load_model(model, checkpoint)
    splits = open_images(data, seed=seed, val_fraction=val_fraction, classes=predictor.classes)
    name: Part = next(each for each in _ORDER if each in splits.parts()) if part is None else part
    batches = Batches(splits.part(name), predictor.preprocessing, batch_size=batch_size)
    with watching() as show:

        def tick(position: int) -> None:
            count = len(batches)
            show({"event": "evaluate", "part": name, "batch": position + 1, "batches": count})

        scores = measure(predictor.model, batches, tick=tick)
    if json:
        output.as_json({"part": name, "classes": predictor.classes, **scores.to_dict()})
    else:
        _tell(name, predictor.classes, scores)
    bad = [*splits.problems, *scores.bad]
    output.skipped(bad, of=scores.count + len(bad))
    return 0


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
