"""A whole run that labels pixels: pictures and maps in, a folder with weights and numbers out."""

from pathlib import Path

from saccade.checkpoints.native import read
from saccade.checkpoints.pixel_weights import load_pixels
from saccade.data.segmentation.sets import PixelSet
from saccade.errors import DataError
from saccade.training.conclusion import best_numbers, is_finished, sum_up
from saccade.training.config import TrainConfig
from saccade.training.determinism import deterministic
from saccade.training.journal import Show
from saccade.training.measures.pixels import PixelScores
from saccade.training.result import Run
from saccade.training.scale.processes import World
from saccade.training.segmentation.lesson import measure_labels
from saccade.training.segmentation.session import (
    PixelSession,
    begin_pixels,
    go_on_with_pixels,
    judged_by,
)
from saccade.training.state import Place
from saccade.training.threads import own_threads


def train_pixels(
    source: str | None,
    config: TrainConfig,
    world: World,
    *,
    resume: Path | None = None,
    progress: Show | None = None,
    stop_after: int | None = None,
) -> Run:
    """Train a network that labels pixels, or go on with a run.

    Args:
        source: a folder of pictures and label maps; None for that of the run to resume.
        config: what is None is chosen from the data.
        world: the processes of the run.
        resume: the last.safetensors of a run; options then come from the run.
        progress: called with each event.
        stop_after: stop when this many epochs are done.

    Raises:
        DataError: the data cannot be used, or are not those of the run.
        ConfigError: an option cannot work, or differs from the run's.
        CheckpointError: the weights cannot be used.
        KeyboardInterrupt: Ctrl-C or SIGTERM; the run can be gone on with.
    """
    if resume is not None:
        session = go_on_with_pixels(source, config, read(resume), resume, progress, world)
    elif source is None:
        raise DataError("pictures and label maps to segment with", "none", "a folder")
    else:
        session = begin_pixels(source, config, progress, world)
    own = session.task.config
    with own_threads(own.threads), deterministic(own.deterministic):
        place = session.loop.run(stop_after=stop_after)
        return _conclude(session, place)


def _conclude(session: PixelSession, place: Place) -> Run:
    """Measure the best weights on the test part when the run is finished, and sum up."""
    task, parts = session.task, session.parts
    metrics = best_numbers(session.loop, task, place)
    test, part = None, parts.part("test")
    if is_finished(task, place) and part is not None and task.world.main:
        test = _test(session, part)
        metrics |= {f"test_{name}": getattr(test, name) for name in ("miou", "accuracy")}
    return sum_up(
        task,
        place,
        choices=session.choices,
        classes=parts.classes.names,
        metrics=metrics,
        test=test,
        bad=parts.bad,
        pictures=sum(len(own.kept) for own in parts.surveys.values()) + len(parts.bad),
    )


def _test(session: PixelSession, part: PixelSet) -> PixelScores:
    """Judge the best weights by the whole test part."""
    task = session.task
    found = load_pixels(task.folder / "best.safetensors")
    found.model.to(session.loop.moving.device)
    batches = judged_by(found, part, task.config)

    def tick(position: int) -> None:
        task.journal.show("evaluate", part="test", batch=position + 1, batches=len(batches))

    return measure_labels(found.model, batches, tick=tick)
