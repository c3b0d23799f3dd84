"""saccade train: train a model on your own pictures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from saccade.cli import output
from saccade.cli.switch import Switch
from saccade.errors import ConfigError
from saccade.training.config import TrainConfig

if TYPE_CHECKING:
    from saccade.training.result import Run

DEFAULTS = TrainConfig()


def train(
    data: str | None = None,
    /,
    *,
    options: Annotated[TrainConfig, Parameter(name="*")] = DEFAULTS,
    dry_run: Switch = False,
    folds: int | None = None,
    resume: Path | None = None,
    config: Path | None = None,
    json: Switch = False,
) -> int:
    """Train a model; options that are left out are chosen from the data, with reasons.

    Args:
        data: a folder of class folders, of train/ val/ test/, of IDX files, a table of labels, tar
            files, "hf:WHERE", or "digits"; of loose pictures, to learn without labels; with --task,
            captions (image<tab>caption), sentence pairs, questions, or pictures and label maps.
        options: of the run.
        dry_run: only print what would be chosen, why, and what the papers say.
        folds: train so many times, each time measuring another part of the pictures.
        resume: the folder of a run to go on with; it knows its data and options.
        config: a YAML file of options, such as a run's recipe.yaml; flags stand above it.
        json: print the result as JSON.
    """
    if dry_run:
        return _propose(data, options, json=json)
    if folds is not None:
        return _cross_validate(data, options, folds, resume, json=json)
    from saccade.cli.watch import watching
    from saccade.training.run import train as run_training

    with watching() as show:
        run = run_training(data, options, resume=resume, progress=show)
    if not run.main:
        return 0
    if json:
        output.as_json(run.to_dict())
    else:
        _tell(run)
    output.skipped(run.bad, of=run.pictures)
    return 0


def _propose(data: str | None, options: TrainConfig, *, json: bool) -> int:
    from saccade.cli.recipe import recipe_table
    from saccade.training.proposal import propose
    from saccade.training.segmentation.session import propose_pixels
    from saccade.training.words.session import propose_words

    source = _given(data, options.task)
    proposal = propose(source, options) if options.task == "classify" else None
    another = propose_pixels if options.task == "segment" else propose_words
    found = proposal or another(source, options)
    choices = [*found.asked, *found.choices]
    cautions = proposal.cautions if proposal else ()
    if json:
        told = [choice.to_dict() for choice in choices]
        output.as_json({"choices": told, "cautions": [one.sentence for one in cautions]})
    else:
        recipe_table(choices, cautions)
    return 0


def _cross_validate(
    data: str | None, options: TrainConfig, folds: int, resume: Path | None, *, json: bool
) -> int:
    from saccade.cli.watch import watching
    from saccade.data.images import open_images
    from saccade.training.folding import cross_validate
    from saccade.training.run import train as run_training

    if options.task != "classify":
        raise ConfigError("--folds with pictures to classify", f"the task {options.task}")
    source = _given(data)
    images = open_images(source, seed=options.seed, val_fraction=0.0).part("train")
    with watching() as show:
        found = cross_validate(
            source, options, images, folds, train=run_training, resume=resume, progress=show
        )
    if json:
        output.as_json(found.to_dict())
        return 0
    rows = [(own["fold"], f"{100 * own[found.goal]:.2f} %") for own in found.folds]
    output.table({"fold": "right", found.goal: "right"}, rows)
    mean, spread = 100 * found.mean, 100 * found.spread
    output.line(f"{found.goal}: {mean:.2f} % over {folds} folds, standard deviation {spread:.2f}")
    output.line(f"folds, predictions and summary: {found.folder}")
    return 0


def _given(data: str | None, task: str = "classify") -> str:
    if data is None:
        hint = 'a folder, or "digits"' if task == "classify" else "a file such as captions.tsv"
        hint = "a folder of pictures and label maps" if task == "segment" else hint
        raise ConfigError("pictures" if task == "classify" else "data", "none", hint)
    return data


def _tell(run: Run) -> None:
    for name, value in _results(run):
        output.line(f"{name + ':':<15}{value}")
    output.line(f"trained in {run.seconds:.1f} s")
    if run.stopped:
        output.line(f"stopped early: {run.stopped}")
    output.line(f"run: {run.folder}   (weights: best.safetensors; to go on: --resume {run.folder})")


def _word_results(run: Run) -> list[tuple[str, str]]:
    """List what a model of words or pixels reached, on the validation and the test part."""
    told = {
        "miou": "mean IoU",
        "bleu4": "BLEU-4",
        "cider": "CIDEr-D",
        "rouge": "ROUGE-L",
        "exact": "exact",
    }
    found = []
    for part in ("val", "test"):
        for name, words in told.items():
            value = run.metrics.get(f"{part}_{name}")
            if value is not None:
                shown = f"{value:.3f}" if name == "cider" else f"{100 * value:.2f} %"
                found.append((f"{part} {words}", shown))
    accuracy = run.metrics.get("test_accuracy")
    if accuracy is not None:
        found.append(("test accuracy", f"{100 * accuracy:.2f} %"))
    return found


def _results(run: Run) -> list[tuple[str, str]]:
    """List what came of a run: of its best epoch, and of the test part."""
    found = []
    best, accuracy = run.metrics["best_epoch"], run.metrics.get("val_accuracy")
    if accuracy is not None:
        found.append(("val accuracy", f"{100 * accuracy:.2f} % in epoch {best}"))
    elif run.metrics.get("val_loss") is not None:
        found.append(("val loss", f"{run.metrics['val_loss']:.4f} in epoch {best}"))
    for name, words in (("val_accuracy_cls", "class head"), ("val_accuracy_dist", "second head")):
        if run.metrics.get(name) is not None:
            found.append((words, f"{100 * run.metrics[name]:.2f} %"))
    if run.config.task != "classify":
        return found + _word_results(run)
    if run.test is not None:
        accuracy, count = run.metrics["test_accuracy"], run.test.count
        found.append(("test accuracy", f"{100 * accuracy:.2f} % on {count} pictures"))
    if run.metrics.get("test_map") is not None:
        found.append(("test mAP", f"{100 * run.metrics['test_map']:.2f} %"))
    return found
