"""A whole run of training: pictures in, a folder with weights, numbers and reasons out."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from saccade.checkpoints.native import read, read_card
from saccade.checkpoints.pixel_weights import labels_pixels
from saccade.data.sets import Splits
from saccade.errors import DataError
from saccade.training.conclusion import best_numbers, is_finished, sum_up
from saccade.training.config import TrainConfig
from saccade.training.determinism import deterministic
from saccade.training.evaluate import Scores, evaluate
from saccade.training.journal import Show
from saccade.training.measures.multilabel import LabelScores
from saccade.training.result import Run
from saccade.training.scale.processes import World, joined
from saccade.training.segmentation.conclusion import conclude_pixels
from saccade.training.segmentation.session import begin_pixels, go_on_with_pixels
from saccade.training.session import Session, begin, go_on
from saccade.training.start import resumed_start
from saccade.training.state import Place
from saccade.training.supply import batches_of
from saccade.training.tagging import tag_scores
from saccade.training.threads import own_threads
from saccade.training.words.conclusion import conclude_words
from saccade.training.words.session import begin_words, go_on_with_words


class Door(NamedTuple):
    """How a run of a task begins, goes on and ends, and what to say where there are no data."""

    begin: Callable[[str, TrainConfig, Show | None, World], Any]
    go_on: Callable[[str | None, TrainConfig, Path, Show | None, World], Any]
    conclude: Callable[[Any, Place], Run]
    wanted: str
    example: str


def train(
    source: str | None,
    config: TrainConfig,
    *,
    resume: Path | None = None,
    progress: Show | None = None,
    stop_after: int | None = None,
    splits: Splits | None = None,
) -> Run:
    """Train a model as its config's task has it, or go on with a run that was stopped.

    Args:
        source: "digits" or a folder, as in `open_images`; of words, captions, pairs or questions;
            of pixels, a folder of pictures and label maps; None for that of the run to resume.
        config: what is None is chosen from the pictures.
        resume: the folder of a run, or its last.safetensors; options then come from the run.
        progress: called with each event, to show it.
        stop_after: stop when this many epochs are done, as if interrupted there.
        splits: the pictures, where they are open already.

    Raises:
        DataError: the pictures cannot be used, or are not those of the run.
        ConfigError: an option cannot work, or differs from the run's.
        CheckpointError: the weights to start from or to go on with cannot be used.
        KeyboardInterrupt: Ctrl-C or SIGTERM; the run can be gone on with.
    """
    with joined(config.device) as world:
        if resume is not None:
            path, task = _known(resume)
            door = _door(task, splits)
            session = door.go_on(source, config, path, progress, world)
        else:
            door = _door(config.task, splits)
            if source is None:
                raise DataError(door.wanted, "none", door.example)
            session = door.begin(source, config, progress, world)
        own = session.task.config
        with own_threads(own.threads), deterministic(own.deterministic):
            place = session.loop.run(stop_after=stop_after)
            return door.conclude(session, place)


def _known(resume: Path) -> tuple[Path, str]:
    """Give what a run goes on from, and its task; of classifiers the folder, for its shares."""
    path = resume / "last.safetensors" if resume.is_dir() else resume
    card = read_card(path) if path.is_file() else None
    if card is not None and card.words:
        return path, str(card.words.get("task"))
    return (path, "segment") if labels_pixels(card) else (resume, "classify")


def _door(task: str, splits: Splits | None) -> Door:
    if task == "classify":
        opened = partial(begin, splits=splits), partial(go_on, splits=splits)
        return Door(*opened, _conclude, "pictures to train on", '"digits" or a folder')
    if task == "segment":
        wanted = "pictures and label maps to segment with"
        return Door(begin_pixels, go_on_with_pixels, conclude_pixels, wanted, "a folder")
    wanted, example = f"data to {task} with", "a file such as captions.tsv"
    return Door(begin_words, go_on_with_words, conclude_words, wanted, example)


def _conclude(session: Session, place: Place) -> Run:
    """Measure the best weights on the test part when the run is finished, and sum up."""
    task, splits = session.task, session.splits
    metrics = best_numbers(session.loop, task, place)
    measured = is_finished(task, place) and splits.test is not None and task.world.main
    measured = measured and task.config.objective == "classify"
    test = _test(session) if measured else None
    if test is not None:
        metrics |= _test_metrics(test)
    return sum_up(
        task,
        place,
        choices=session.choices,
        classes=splits.classes,
        metrics=metrics,
        test=test,
        bad=[*splits.problems, *(test.bad if test else ())],
        pictures=sum(map(len, splits.parts().values())) + len(splits.problems),
    )


def _test(session: Session) -> Scores | LabelScores:
    task = session.task
    path = task.folder / "best.safetensors"
    model = resumed_start(read(path), task.card, origin=str(path)).model
    model.to(session.loop.moving.device)
    batches = batches_of(session.splits.part("test"), task.train.preprocessing, task.config)

    def tick(position: int) -> None:
        task.journal.show("evaluate", part="test", batch=position + 1, batches=len(batches))

    if batches.images.multi is None:
        return evaluate(model, batches, tick=tick)
    return tag_scores(model, batches, thresholds=_thresholds(task.folder), tick=tick)


def _thresholds(folder: Path) -> list[float] | None:
    """Give the thresholds that were found on the validation pictures in the best epoch."""
    card = read(folder / "best.safetensors").card
    found: list[float] | None = card.training.get("thresholds") if card else None
    return found


def _test_metrics(test: Scores | LabelScores) -> dict[str, float]:
    if isinstance(test, LabelScores):
        exact = test.calibrated.exact_match
        found = {"accuracy": exact, "map": test.mean_average_precision, "loss": test.loss}
    else:
        found = {"accuracy": test.accuracy, "top5": test.top5, "loss": test.loss}
    return {f"test_{name}": value for name, value in found.items()}
