"""The end of a run of words: its best weights, measured on the test part."""

from dataclasses import dataclass
from typing import Any

from saccade.checkpoints.native import read
from saccade.data.sets import BadFile
from saccade.training.conclusion import best_numbers, is_finished, sum_up
from saccade.training.lesson import Judgement
from saccade.training.result import Run
from saccade.training.state import Place
from saccade.training.words.opening import WordSet
from saccade.training.words.session import WordSession, make_word_lesson, start_of
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


def conclude_words(session: WordSession, place: Place) -> Run:
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
