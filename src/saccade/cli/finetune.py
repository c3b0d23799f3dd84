"""saccade finetune: go on training weights that know something, on your own pictures."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from saccade.cli.switch import Switch
from saccade.cli.train import DEFAULTS, train
from saccade.training.config import TrainConfig


def finetune(
    checkpoint: str,
    data: str,
    /,
    *,
    size: int | str | None = None,
    options: Annotated[TrainConfig, Parameter(name="*")] = DEFAULTS,
    dry_run: Switch = False,
    folds: int | None = None,
    config: Path | None = None,
    json: Switch = False,
) -> int:
    """Train from weights; at another size, positions are resized, and batch and rate made smaller.

    Args:
        checkpoint: a weight file, the folder of a run or of a model, or an id of the hub.
        data: a folder of class folders, of train/ val/ test/, of IDX files, or "digits".
        size: side of the model's image in pixels, or HEIGHTxWIDTH; that of the weights if left out.
        options: of the run, as in saccade train.
        dry_run: only print what would be chosen, why, and what the papers say.
        folds: train so many times, each time measuring another part of the pictures.
        config: a YAML file of options; flags stand above it.
        json: print the result as JSON.
    """
    told = dataclasses.replace(options, checkpoint=checkpoint, img_size=size or options.img_size)
    return train(data, options=told, dry_run=dry_run, folds=folds, config=config, json=json)
