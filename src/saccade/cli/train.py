"""saccade train: train a model on your own pictures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from saccade.cli import output
from saccade.cli.switch import Switch
from saccade.training.config import TrainConfig

if TYPE_CHECKING:
    from saccade.training.run import Run

DEFAULTS = TrainConfig()


def train(
    data: str | None = None,
    /,
    *,
    options: Annotated[TrainConfig, Parameter(name="*")] = DEFAULTS,
    resume: Path | None = None,
    config: Path | None = None,
    json: Switch = False,
) -> int:
    """Train a model; options that are left out are chosen from the pictures, with reasons.

    Args:
        data: a folder of class folders, of train/ val/ test/, of IDX files, or "digits".
        options: of the run.
        resume: the folder of a run to go on with; it knows its data and options.
        config: a YAML file of options; flags stand above it.
        json: print the result as JSON.
    """
    from saccade.cli.watch import watching
    from saccade.training.run import train as run_training

    with watching() as show:
        run = run_training(data, options, resume=resume, progress=show)
    if json:
        output.as_json(run.to_dict())
    else:
        _tell(run)
    output.skipped(run.bad, of=run.pictures)
    return 0


def _tell(run: Run) -> None:
    if run.metrics.get("val_accuracy") is not None:
        best = run.metrics["best_epoch"]
        output.line(f"val accuracy:  {100 * run.metrics['val_accuracy']:.2f} % in epoch {best}")
    if run.test is not None:
        count = run.test.count
        output.line(f"test accuracy: {100 * run.test.accuracy:.2f} % on {count} pictures")
    output.line(f"trained in {run.seconds:.1f} s")
    output.line(f"run: {run.folder}   (weights: best.safetensors; to go on: last.safetensors)")
