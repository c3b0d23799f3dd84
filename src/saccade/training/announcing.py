"""What a run says of itself at its start: to files, to whoever watches, and to its diary."""

import json
from pathlib import Path
from typing import Any

import torch

from saccade import __version__
from saccade.files import write_text
from saccade.training.choices import Choice
from saccade.training.config import TrainConfig
from saccade.training.journal import Show
from saccade.training.recipe.writing import write_recipe
from saccade.training.scale.processes import World
from saccade.training.task import Task
from saccade.training.watching.showing import together
from saccade.training.watching.tensorboard import TensorBoardLog


def shown_by(
    config: TrainConfig, folder: Path, show: Show | None, world: World, *, step: int | None = None
) -> Show | None:
    """Give what is shown the records of a run: whoever watches, and TensorBoard's file.

    Args:
        config: of the run.
        folder: of the run.
        show: called with each event.
        world: only the first process writes.
        step: that the run is gone on from; None for a new run.
    """
    if not (config.tensorboard and world.main):
        return show
    return together(show, TensorBoardLog(folder, step=step))


def write_down(
    folder: Path, config: TrainConfig, source: str, data: dict[str, Any], choices: list[Choice]
) -> None:
    """Keep what a run is, for machines, and as a recipe that does it again.

    Args:
        folder: of the run.
        config: with nothing left open.
        source: of the data.
        data: what is known of them.
        choices: what was chosen, and why.
    """
    reasons = [choice.to_dict() for choice in choices]
    told = {"library": __version__, "config": config.to_dict(), "data": data, "choices": reasons}
    write_text(folder / "config.json", json.dumps(told, ensure_ascii=False, indent=1) + "\n")
    recipe = write_recipe(config, source=source, choices=choices)
    write_text(folder / "recipe.yaml", recipe)


def announce(task: Task) -> None:
    """Tell that a run begins or goes on: its model, its device, its data."""
    task.journal.write(
        "start",
        model=task.card.model,
        parameters=sum(p.numel() for p in task.model.parameters()),
        device=str(next(task.model.parameters()).device),
        threads=task.config.threads or torch.get_num_threads(),
        torch=torch.__version__,
        epochs=task.config.epochs,
        data=task.card.training["data"],
    )
