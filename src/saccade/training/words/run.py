"""A whole run of words: texts in, a folder with weights, numbers and reasons out."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from saccade.checkpoints.native import read
from saccade.data.sets import BadFile
from saccade.errors import DataError
from saccade.training.conclusion import best_numbers, is_finished, sum_up
from saccade.training.config import TrainConfig
from saccade.training.determinism import deterministic
from saccade.training.journal import Show
from saccade.training.lesson import Judgement
from saccade.training.result import Run
from saccade.training.scale.processes import World
from saccade.training.state import Place
from saccade.training.threads import own_threads
from saccade.training.words.opening import WordSet
from saccade.training.words.session import (
    WordSession,
    begin_words,
    go_on_with_words,
    make_word_lesson,
    start_of,
)
from saccade.training.words.supply import judged_by


@dataclass(frozen=True, slots=True)
class TestScores:
    """What was measured on the test part.

    Args:
        count: texts or questions.
        numbers: by name.
    """

    __test__ = False  # not a test, whatever pytest thinks of its name

    count: int
    numbers: dict[str, float | None]

    def to_dict(self) -> dict[str, Any]:
        """Write the scores as plain values, fit for JSON."""
        return {"count": self.count, **self.numbers}


def train_words(
    source: str | None,
    config: TrainConfig,
    world: World,
    *,
    resume: Path | None = None,
    progress: Show | None = None,
    stop_after: int | None = None,
) -> Run:
    """Train a model of captions, translations or answers, or go on with a run.

    Args:
        source: a file or a folder of its task; None for that of the run to resume.
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
        session = go_on_with_words(source, config, read(resume), resume, progress, world)
    elif source is None:
        raise DataError(f"data to {config.task} with", "none", "a file such as captions.tsv")
    else:
        session = begin_words(source, config, progress, world)
    own = session.task.config
    with own_threads(own.threads), deterministic(own.deterministic):
        place = session.loop.run(stop_after=stop_after)
        return _conclude(session, place)


def _conclude(session: WordSession, place: Place) -> Run:
    """Measure the best weights on the test part when the run is finished, and sum up."""
    task, parts = session.task, session.parts
    metrics = best_numbers(session.loop, task, place)
    test, unread = None, list[BadFile]()
    if is_finished(task, place) and parts.test is not None and task.world.main:
        judgement, unread = _test(session, parts.test)
        test = TestScores(len(parts.test), dict(judgement.numbers))
        metrics |= {f"test_{name}": value for name, value in test.numbers.items()}
    return sum_up(
        task,
        place,
        choices=session.choices,
        classes=session.start.answers,
        metrics=metrics,
        test=test,
        bad=[*parts.problems, *session.bad, *unread],
        pictures=sum(map(len, parts.parts().values())) + len(parts.problems),
    )


def _test(session: WordSession, part: WordSet) -> tuple[Judgement, list[BadFile]]:
    """Judge the best weights by the whole test part; name what could not be read, too."""
    task, path = session.task, session.task.folder / "best.safetensors"
    start = start_of(read(path), origin=str(path))
    start.model.to(session.loop.moving.device)
    judged = judged_by(start, part, task.config)

    def tick(position: int) -> None:
        count = len(judged.batches)
        task.journal.show("evaluate", part="test", batch=position + 1, batches=count)

    lesson = make_word_lesson(start, session.parts, task.config, judged)
    return lesson.judge(judged.batches, tick=tick), judged.batches.bad
