"""saccade probe: judge what a model has learned by features that do not learn any more."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from saccade.cli import output
from saccade.cli.switch import Switch
from saccade.data.sets import Part

if TYPE_CHECKING:
    from saccade.data.sets import ImageSet, Splits
    from saccade.predict import Predictor
    from saccade.training.measures.features import Features, Reading
    from saccade.training.measures.judging import FeatureScore


def probe(
    model: str,
    data: str,
    /,
    *,
    method: Literal["linear", "knn"] = "linear",
    part: Part | None = None,
    folds: int | None = None,
    take: Literal["head", "cls", "mean", "cls+mean"] = "head",
    layers: str | None = None,
    penalty: float | None = None,
    k: int = 20,
    checkpoint: str | None = None,
    size: int | str | None = None,
    batch_size: int = 64,
    seed: int = 0,
    val_fraction: float = 0.1,
    cache: Path | None = None,
    out: Path | None = None,
    json: Switch = False,
) -> int:
    """Compute the features of all pictures once, then classify them; the model does not change.

    Args:
        model: a weight file, the folder of a run, or the name of a model with --checkpoint.
        data: a folder of class folders, of train/ val/ test/, of IDX files, or "digits".
        method: "linear" fits a logistic regression, "knn" asks the nearest training pictures.
        part: which part is judged; test if there is one, else val.
        folds: judge the training pictures instead, each by those of the other folds.
        take: the vector of a picture: what the head sees, the class token, the mean of the patches.
        layers: of which blocks: 4 for the last four, 2,5 for those two, side by side; the end of
            the network if left out.
        penalty: C of the logistic regression; chosen on the training pictures if left out.
        k: neighbours that vote.
        checkpoint: the weight file of the model that is named.
        size: side of the model's image in pixels, or HEIGHTxWIDTH; that of the weights if left out.
        batch_size: pictures at a time.
        seed: of the split, where the data have no val part, and of the folds.
        val_fraction: share of the split, where the data have no val part.
        cache: a folder that keeps features for the next time.
        out: a weight file to write, in which the linear probe is the head.
        json: print JSON.
    """
    from saccade.cli.sources import load_model
    from saccade.data.images import open_images
    from saccade.errors import ConfigError
    from saccade.training.measures.features import Reading, layers_from
    from saccade.training.measures.judging import Judge, cross_judge, judge_features

    if out is not None and (method != "linear" or take != "head"):
        raise ConfigError("--method linear and --take head with --out", f"{method}, {take}")
    judge = Judge(method=method, penalty=penalty, k=k)
    reading = Reading(take=take, layers=layers_from(layers))
    predictor = load_model(model, checkpoint, size=size)
    split = 0.0 if folds else val_fraction
    splits = open_images(data, seed=seed, val_fraction=split)
    told = {"classes": len(splits.classes), "seed": seed}

    def features(images: ImageSet) -> Features:
        return _features(predictor, images, reading, batch_size, cache)

    known = features(splits.part("train"))
    if folds:
        name, score = "train", cross_judge(known, judge, folds=folds, **told)
    else:
        name = part or ("test" if splits.test is not None else "val")
        score = judge_features(known, features(splits.part(name)), judge, **told)
    _tell(name, splits.classes, score, method, as_json=json)
    if out is not None:
        _write(out, predictor, splits, known, seed)
    return 0


def _features(
    predictor: Predictor,
    images: ImageSet,
    reading: Reading,
    batch_size: int,
    cache: Path | None,
) -> Features:
    from saccade.cli.watch import watching
    from saccade.data.batches import Batches
    from saccade.training.measures.features import features_of

    batches = Batches(images, predictor.preprocessing, batch_size=batch_size)
    with watching() as show:

        def tick(position: int) -> None:
            place = {"batch": position + 1, "batches": len(batches)}
            show({"event": "evaluate", "part": images.name, **place})

        found = features_of(predictor.model, batches, reading=reading, tick=tick, cache=cache)
    output.skipped(batches.bad, of=len(images))
    return found


def _tell(
    part: str, classes: tuple[str, ...], score: FeatureScore, method: str, *, as_json: bool
) -> None:
    if as_json:
        told = {"part": part, "method": method, "classes": classes}
        output.as_json({**told, **score.to_dict()})
        return
    rows = zip(classes, score.per_class, strict=True)
    output.table(
        {"class": "left", "accuracy": "right"},
        [(name, "-" if own is None else f"{100 * own:.1f} %") for name, own in rows],
        title=f"{part}: {score.count} pictures",
    )
    way = "linear probe" if method == "linear" else "nearest neighbours"
    spread = ""
    if score.folds:
        low, high = min(score.folds), max(score.folds)
        spread = f", {len(score.folds)} folds from {100 * low:.1f} to {100 * high:.1f} %"
    chosen = f", C {', '.join(f'{one:g}' for one in score.penalties)}" if score.penalties else ""
    output.line(f"{way}: accuracy {100 * score.accuracy:.2f} %{spread}{chosen}")


def _write(out: Path, predictor: Predictor, splits: Splits, known: Features, seed: int) -> None:
    import dataclasses

    from saccade.checkpoints.card import Card
    from saccade.checkpoints.native import save
    from saccade.training.measures.probe import probe_head

    model = predictor.model
    model.reset_classifier(len(splits.classes))
    probe_head(model, *known, seed=seed)
    card = Card(
        model=model.name,
        config=dataclasses.asdict(model.config),
        classes=splits.classes,
        preprocessing=predictor.preprocessing.to_dict(),
    )
    save(out, model, card)
    output.note(f"written: {out}")
