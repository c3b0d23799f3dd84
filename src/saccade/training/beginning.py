"""What every run does at its start and when it goes on: its folder, its diary, its files."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import nn

from saccade.training.announcing import announce, shown_by, write_down
from saccade.training.choices import Choice
from saccade.training.config import TrainConfig
from saccade.training.folders import new_folder
from saccade.training.journal import Journal, Show
from saccade.training.loop import Loop
from saccade.training.manifest import resume_manifest, start_manifest
from saccade.training.scale.processes import World
from saccade.training.start import pick_device


@dataclass(frozen=True, slots=True)
class RunData:
    """The data of a run, as its files tell of them.

    Args:
        source: where they come from.
        facts: counts of their parts, and a fingerprint.
        hashes: gives the hashes of their parts; the first process alone asks.
    """

    source: str
    facts: Mapping[str, Any]
    hashes: Callable[[], Mapping[str, Any]]

    @property
    def told(self) -> dict[str, Any]:
        """Source and facts together."""
        return {"source": self.source, **self.facts}


def new_journal(config: TrainConfig, show: Show | None, world: World) -> Journal:
    """Make the folder of a new run, and the diary in it.

    Args:
        config: with nothing left open.
        show: called with each event.
        world: the processes of the run.

    Raises:
        OutputError: the folder cannot be made.
    """
    folder = Path(world.told(str(new_folder(Path(config.out))) if world.main else ""))
    return Journal(folder, show=shown_by(config, folder, show, world), silent=not world.main)


def old_journal(
    folder: Path, config: TrainConfig, step: int, show: Show | None, world: World
) -> Journal:
    """Open the diary of a run that goes on.

    Args:
        folder: of the run.
        config: of the run.
        step: that it goes on from.
        show: called with each event.
        world: the processes of the run.
    """
    shown = shown_by(config, folder, show, world, step=step)
    return Journal(folder, show=shown, silent=not world.main)


def tell_choices(journal: Journal, choices: Sequence[Choice]) -> None:
    """Write what was chosen for the user, and why, into the diary."""
    journal.write("choices", choices=[choice.to_dict() for choice in choices])


def write_start(
    journal: Journal,
    config: TrainConfig,
    data: RunData,
    choices: Sequence[Choice],
    model: nn.Module,
    world: World,
) -> None:
    """Keep what a run is and what it starts with; the first process does it for all.

    Args:
        journal: of the run.
        config: with nothing left open.
        data: that it learns from.
        choices: what was chosen, and why.
        model: before its first step.
        world: the processes of the run.

    Raises:
        OutputError: a file cannot be written.
    """
    if not world.main:
        return
    folder = journal.path.parent
    write_down(folder, config, data.source, data.told, list(choices))
    start_manifest(
        folder,
        config=config,
        data=data.hashes(),
        source=data.source,
        weights=model.state_dict(),
        device=pick_device(config.device, world),
        processes=world.size,
    )


def write_resume(loop: Loop) -> None:
    """Tell that a run goes on: its manifest, whoever watches, its diary.

    Args:
        loop: at the place that it goes on from.
    """
    task, place = loop.task, loop.place
    if task.world.main:
        device = next(task.model.parameters()).device
        folder = task.journal.path.parent
        resume_manifest(folder, epoch=place.epoch, device=device, processes=task.world.size)
    announce(task)
    task.journal.write("resume", epoch=place.epoch + 1, position=place.position)
