"""A whole run of training: pictures in, a folder with weights, numbers and reasons out."""

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from saccade.checkpoints.native import read
from saccade.data.sets import BadFile, Splits
from saccade.errors import DataError
from saccade.training.choices import Choice
from saccade.training.config import TrainConfig
from saccade.training.determinism import deterministic
from saccade.training.evaluate import Scores, evaluate
from saccade.training.journal import Show
from saccade.training.manifest import finish_manifest
from saccade.training.measures.multilabel import LabelScores
from saccade.training.scale.processes import joined
from saccade.training.scale.sharing import whole
from saccade.training.session import Session, begin, go_on
from saccade.training.start import resumed_start
from saccade.training.state import Place
from saccade.training.supply import batches_of
from saccade.training.tagging import tag_scores
from saccade.training.threads import own_threads


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """What a run of training left behind.

    Args:
        folder: with config.json, metrics.jsonl, metrics.csv, last and best.
        config: with nothing left open.
        choices: what was chosen for the user, and why.
        classes: names of the classes.
        finished: all epochs are done.
        metrics: of the best epoch; accuracy and loss on the test part as "test_..." if there is.
        test: scores of the best weights on the test part, when the run is finished and has one.
        bad: pictures that could not be used, each named once.
        pictures: how many were found, the bad ones included.
        seconds: spent on epochs, measuring on the validation part included.
        stopped: why the run ended before its last epoch, if it did.
        main: this is the process that speaks for all of the run.
    """

    folder: Path
    config: TrainConfig
    choices: tuple[Choice, ...]
    classes: tuple[str, ...]
    finished: bool
    metrics: dict[str, Any]
    test: Scores | LabelScores | None
    bad: tuple[BadFile, ...]
    pictures: int
    seconds: float
    stopped: str = ""
    main: bool = True

    @property
    def best(self) -> Path:
        """The weights of the best epoch."""
        return self.folder / "best.safetensors"

    @property
    def last(self) -> Path:
        """The weights of the last epoch, and all that is needed to go on."""
        return self.folder / "last.safetensors"

    def to_dict(self) -> dict[str, Any]:
        """Write the run as plain values, fit for JSON."""
        return {
            "folder": str(self.folder),
            "finished": self.finished,
            "seconds": round(self.seconds, 3),
            "pictures": self.pictures,
            "metrics": self.metrics,
            "test": self.test.to_dict() if self.test else None,
            "choices": [choice.to_dict() for choice in self.choices],
            "bad": [dataclasses.asdict(file) for file in self.bad],
        }


def train(
    source: str | None,
    config: TrainConfig,
    *,
    resume: Path | None = None,
    progress: Show | None = None,
    stop_after: int | None = None,
    splits: Splits | None = None,
) -> Run:
    """Train a classifier on labelled pictures, or go on with a run that was stopped.

    Args:
        source: "digits" or a folder, as in `open_images`; None for that of the run to resume.
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
        if resume is None:
            if source is None:
                raise DataError("pictures to train on", "none", '"digits" or a folder')
            session = begin(source, config, progress, world=world, splits=splits)
        else:
            session = go_on(source, config, resume, progress, world=world, splits=splits)
        own = session.task.config
        with own_threads(own.threads), deterministic(own.deterministic):
            place = session.loop.run(stop_after=stop_after)
            return _conclude(session, place)


def _conclude(session: Session, place: Place) -> Run:
    """Measure the best weights on the test part when the run is finished, and sum up."""
    task, splits = session.task, session.splits
    finished = bool(place.stopped) or place.epoch >= (task.config.epochs or 0)
    found = [row for row in place.history if row["epoch"] == place.best_epoch]
    metrics: dict[str, Any] = {"best_epoch": place.best_epoch, **(found[0] if found else {})}
    _close_manifest(session, metrics, finished=finished)
    measured = finished and splits.test is not None and task.world.main
    measured = measured and task.config.objective == "classify"
    test = _test(session) if measured else None
    if test is not None:
        metrics |= _test_metrics(test)
    bad = _each_once(splits.problems, task.train.bad, task.val.bad if task.val else ())
    bad = _each_once(bad, test.bad if test else ())
    task.journal.write(
        "end",
        finished=finished,
        metrics=metrics,
        test=test.to_dict() if test else None,
        bad=[dataclasses.asdict(file) for file in bad],
    )
    return Run(
        folder=task.folder,
        config=task.config,
        choices=session.choices,
        classes=splits.classes,
        finished=finished,
        metrics=metrics,
        test=test,
        bad=bad,
        pictures=sum(map(len, splits.parts().values())) + len(splits.problems),
        seconds=sum(row["seconds"] for row in place.history),
        stopped=place.stopped,
        main=task.world.main,
    )


def _close_manifest(session: Session, metrics: dict[str, Any], *, finished: bool) -> None:
    weights = {name: whole(v) for name, v in session.loop.moving.weights().items()}
    if session.task.world.main:
        folder = session.task.folder
        finish_manifest(folder, metrics=metrics, weights=weights, finished=finished)


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


def _each_once(*lists: Iterable[BadFile]) -> tuple[BadFile, ...]:
    return tuple(dict.fromkeys(file for files in lists for file in files))
