"""saccade eval: measure a checkpoint on labelled pictures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from saccade.cli import output
from saccade.cli.score_tables import tell
from saccade.cli.switch import Switch
from saccade.data.sets import Part
from saccade.errors import ConfigError
from saccade.training.named import Fit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from saccade.data.batches import Batches
    from saccade.predict import Predictor
    from saccade.training.evaluate import Scores
    from saccade.training.measures.multilabel import LabelScores

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
    seed: int | None = None,
    val_fraction: float | None = None,
    confusion: Switch = False,
    beam: int = 5,
    max_length: int = 50,
    length_penalty: float = 0.0,
    out: Path | None = None,
    json: Switch = False,
) -> int:
    """Measure accuracy, in all and for each class; or what a model of words writes on its own.

    Of a network that labels pixels the intersection over union is told, in the mean and for each
    class.

    Args:
        model: a weight file, the folder of a run, or the name of a model with --checkpoint.
        data: a folder of class folders, of train/ val/ test/, of IDX files, or "digits"; for a
            model of words its captions, sentence pairs or questions; pictures and label maps.
        part: which part; test if there is one, else val, else train.
        checkpoint: the weight file of the model that is named.
        size: side of the model's image in pixels, or HEIGHTxWIDTH; that of the weights if left out.
        img_fit: what becomes of a size that the patch does not divide: an error, zeros at the right
            and the bottom, or only the middle.
        classes: a text file with the name of each output in a line, for weights that do not say
            them or call them otherwise than the folders.
        batch_size: pictures at a time.
        seed: of the split, where the data have no val part; that of the run if left out, so that
            nothing is measured that was learned from.
        val_fraction: share of the split, where the data have no val part; that of the run if left
            out.
        confusion: print which class is taken for which, for up to 20 classes.
        beam: texts per source that a model of words follows at once; 1 takes the likeliest word
            each time.
        max_length: most words that a model of words writes.
        length_penalty: power of its length that a text's log-probability is divided by.
        out: folder for predictions.csv, per_class.csv, confusion.csv and confusion.png; for a model
            of words for written.csv.
        json: print JSON.
    """
    from saccade.cli.segment_scores import evaluate_pixels, is_of_pixels
    from saccade.cli.sources import load_model
    from saccade.cli.word_scores import WordData, evaluate_words, is_of_words
    from saccade.data.batches import Batches
    from saccade.data.labels import absent, open_labelled

    split = _split(checkpoint or model, seed, val_fraction)
    if checkpoint is None and is_of_words(model):
        _refuse(size=size, img_fit=img_fit, classes=classes, confusion=confusion or None)
        words = WordData(data, part, *split, batch_size)
        return evaluate_words(model, words, (beam, max_length, length_penalty), out, json=json)
    if checkpoint is None and is_of_pixels(model):
        _refuse(size=size, img_fit=img_fit, classes=classes, confusion=confusion or None)
        return evaluate_pixels(model, data, part, split, batch_size, out, json=json)
    predictor = load_model(model, checkpoint, size=size, img_fit=img_fit, classes=classes)
    names, named = predictor.classes, predictor.named
    splits, note = open_labelled(data, names, named=named, seed=split[0], val_fraction=split[1])
    name: Part = next(each for each in _ORDER if each in splits.parts()) if part is None else part
    batches = Batches(splits.part(name), predictor.preprocessing, batch_size=batch_size)
    scores = _measured(predictor, batches, name, out)
    left = absent(batches.images) if batches.images.multi is None else ()
    told = {"part": name, "classes": splits.classes, "absent": left, "note": note}
    if json:
        output.as_json({**told, **scores.to_dict()})
    else:
        tell(name, splits.classes, scores, confusion=confusion)
    _remark(note, left, len(splits.classes))
    bad = [*splits.problems, *scores.bad]
    output.skipped(bad, of=scores.count + len(bad))
    return 0


def _split(weights: str, seed: int | None, val_fraction: float | None) -> tuple[int, float]:
    """Give seed and share of a split: as asked for, else as the run made it."""
    from saccade.writing.finding import card_of

    card = card_of(weights)
    own = (0, 0.1) if card is None else card.split
    return own[0] if seed is None else seed, own[1] if val_fraction is None else val_fraction


def _refuse(**given: object) -> None:
    """Refuse options that mean nothing for a model of words or pixels.

    Raises:
        ConfigError: one is given.
    """
    named = [f"--{name.replace('_', '-')}" for name, value in given.items() if value is not None]
    if named:
        raise ConfigError(
            "options of a model of words or pixels", ", ".join(named), "leaving them out"
        )


def _measured(
    predictor: Predictor, batches: Batches, part: Part, out: Path | None
) -> Scores | LabelScores:
    """Measure a part, and write the files if a folder is named."""
    from saccade.cli.watch import watching
    from saccade.training.evaluate import evaluate as measure
    from saccade.training.score_files import write_label_scores, write_scores
    from saccade.training.tagging import tag_scores

    with watching() as show:

        def tick(position: int) -> None:
            count = len(batches)
            show({"event": "evaluate", "part": part, "batch": position + 1, "batches": count})

        if batches.images.multi is None:
            scores = measure(predictor.model, batches, tick=tick)
            if out is not None:
                write_scores(out, batches.images, scores)
            return scores
        limits = getattr(predictor, "thresholds", None) or None
        found = tag_scores(predictor.model, batches, thresholds=limits, tick=tick)
        if out is not None:
            write_label_scores(out, batches.images, found)
        return found


def _remark(note: str, left: Sequence[str], count: int) -> None:
    """Say how classes were matched, where it is not plain."""
    if note:
        output.note(note)
    if left:
        some = ", ".join(left[:8]) + (f" and {len(left) - 8} more" if len(left) > 8 else "")
        output.note(f"no pictures of {len(left)} of the {count} classes: {some}")
