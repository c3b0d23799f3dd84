"""saccade predict: classify pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from saccade.cli import output
from saccade.cli.switch import Switch
from saccade.training.named import Fit

if TYPE_CHECKING:
    from saccade.predict import Prediction


def predict(
    model: str,
    /,
    *pictures: str,
    checkpoint: str | None = None,
    size: int | str | None = None,
    img_fit: Fit | None = None,
    top: int = 5,
    json: Switch = False,
    csv: Switch = False,
    batch_size: int = 16,
) -> int:
    """Say what is in pictures; a model that gives any number of labels also says which it sees.

    Args:
        model: a weight file, the folder of a run, or the name of a model with --checkpoint.
        pictures: files, folders or patterns.
        checkpoint: the weight file of the model that is named.
        size: side of the model's image in pixels, or HEIGHTxWIDTH; that of the weights if left out.
        img_fit: what becomes of a size that the patch does not divide: an error, zeros at the right
            and the bottom, or only the middle.
        top: how many classes to list.
        json: print one JSON object a line for each picture, with all logits.
        csv: print CSV.
        batch_size: pictures at a time.
    """
    from saccade.cli.sources import find, load_model

    paths, bad = find(pictures)
    predictor = load_model(model, checkpoint, size=size, img_fit=img_fit)
    predictions = predictor.predict(paths, top=top, batch_size=batch_size)
    if json:
        for one in predictions:
            output.as_json_line(
                {
                    "picture": one.name,
                    "top": [
                        {"class": label, "index": index, "probability": probability}
                        for label, index, probability in one.top
                    ],
                    **({} if one.present is None else {"present": one.present}),
                    "logits": one.logits.tolist(),
                }
            )
    elif csv:
        header = ("picture", "rank", "class", "index", "probability")
        output.as_csv(header, (row for one in predictions for row in _rows(one)))
    else:
        columns = {"picture": "left", "class": "left", "probability": "right"}
        if predictor.thresholds:
            columns["present"] = "left"
        output.table(
            columns,
            [
                (name if rank == 1 else "", label, f"{probability:.4f}", *_seen(one, label))
                for one in predictions
                for name, rank, label, _, probability in _rows(one)
            ],
        )
    output.skipped([*bad, *predictor.bad], of=len(paths) + len(bad))
    return 0 if len(predictor.bad) < len(paths) else 1


def _rows(one: Prediction) -> list[tuple[str, int, str, int, float]]:
    return [
        (one.name, rank, label, index, round(probability, 6))
        for rank, (label, index, probability) in enumerate(one.top, start=1)
    ]


def _seen(one: Prediction, label: str) -> tuple[str, ...]:
    """Fill the column of classes that a picture has, where there is one."""
    return () if one.present is None else ("yes" if label in one.present else "",)
