"""The end of a run: its best numbers, its manifest, its last record, and what it leaves behind."""

import dataclasses
from collections.abc import Iterable
from typing import Any

from saccade.data.sets import BadFile
from saccade.training.choices import Choice
from saccade.training.loop import Loop
from saccade.training.manifest import finish_manifest
from saccade.training.result import Measured, Run, each_once
from saccade.training.scale.sharing import whole
from saccade.training.state import Place
from saccade.training.task import Task


def is_finished(task: Task, place: Place) -> bool:
    """Tell whether there is nothing left to learn: all epochs are done, or it was stopped early."""
    return bool(place.stopped) or place.epoch >= (task.config.epochs or 0)


def best_numbers(loop: Loop, task: Task, place: Place) -> dict[str, Any]:
    """Give the numbers of the best epoch, and close the manifest with them.

    Args:
        loop: that ran.
        task: what it worked on.
        place: where it stands.
    """
    found = [row for row in place.history if row["epoch"] == place.best_epoch]
    metrics: dict[str, Any] = {"best_epoch": place.best_epoch, **(found[0] if found else {})}
    weights = {name: whole(value) for name, value in loop.moving.weights().items()}
    if task.world.main:
        finished = is_finished(task, place)
        finish_manifest(task.folder, metrics=metrics, weights=weights, finished=finished)
    return metrics


def sum_up(
    task: Task,
    place: Place,
    *,
    choices: tuple[Choice, ...],
    classes: tuple[str, ...],
    metrics: dict[str, Any],
    test: Measured | None,
    bad: Iterable[BadFile],
    pictures: int,
) -> Run:
    """Write the last record of a run, and give what it leaves behind.

    Args:
        task: what the loop worked on.
        place: where it stands.
        choices: what was chosen at its start.
        classes: their names, or the answers to choose from.
        metrics: of the best epoch and of the test part.
        test: scores of the test part, if it was measured.
        bad: what could not be used, beside that of the task's batches.
        pictures: how many were found, the bad ones included.
    """
    finished, val = is_finished(task, place), task.val.bad if task.val is not None else ()
    unusable = each_once(bad, task.train.bad, val)
    task.journal.write(
        "end",
        finished=finished,
        metrics=metrics,
        test=test.to_dict() if test else None,
        bad=[dataclasses.asdict(file) for file in unusable],
    )
    return Run(
        folder=task.folder,
        config=task.config,
        choices=choices,
        classes=classes,
        finished=finished,
        metrics=metrics,
        test=test,
        bad=unusable,
        pictures=pictures,
        seconds=sum(row["seconds"] for row in place.history),
        stopped=place.stopped,
        main=task.world.main,
    )
