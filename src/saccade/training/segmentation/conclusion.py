"""The end of a run that labels pixels: its best weights, measured on the test part."""

from saccade.checkpoints.pixel_weights import load_pixels
from saccade.data.segmentation.sets import PixelSet
from saccade.training.conclusion import best_numbers, is_finished, sum_up
from saccade.training.measures.pixels import PixelScores
from saccade.training.result import Run
from saccade.training.segmentation.lesson import measure_labels
from saccade.training.segmentation.session import PixelSession, judged_by
from saccade.training.state import Place


def conclude_pixels(session: PixelSession, place: Place) -> Run:
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
