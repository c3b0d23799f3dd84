"""One, two and four processes learn the same; weights that are spread learn the same too."""

from pathlib import Path

import pytest
import torch

from saccade.training.loop import Loop
from saccade.training.scale.processes import ALONE
from saccade.training.scale.sharing import gathered, sharded, unsynced, whole, wrapped
from tests.training.scale.runs import launch, make_task, told


def alone(folder: Path) -> tuple[list[float], list[dict]]:
    losses: list[float] = []

    def show(record) -> None:
        if record["event"] == "step":
            losses.append(record["loss"])

    place = Loop(make_task(ALONE, "ddp", folder, show)).run()
    return losses, place.history


def test_alone_nothing_is_wrapped_and_nothing_is_spread() -> None:
    lesson = torch.nn.Linear(2, 2)
    assert wrapped(lesson, ALONE, "fsdp", torch.device("cpu")) is lesson
    assert type(sharded(lesson, ALONE, "fsdp")) is torch.nn.Linear
    with gathered(lesson), unsynced(lesson):
        assert whole(lesson.weight) is lesson.weight


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("processes", "strategy"), [(2, "ddp"), (4, "ddp"), (2, "fsdp")])
def test_the_loss_curve_is_that_of_one_process(
    tmp_path: Path, processes: int, strategy: str
) -> None:
    losses, history = alone(tmp_path / "alone")
    done = launch(processes, tmp_path / "many", strategy=strategy)
    assert done.returncode == 0, done.stderr[-2000:]
    many = told(tmp_path / "many")
    assert len(losses) == 12
    assert many["losses"] == pytest.approx(losses, abs=1e-5)
    for own, theirs in zip(history, many["history"], strict=True):
        assert theirs["val_loss"] == pytest.approx(own["val_loss"], abs=1e-5)
        assert theirs["train_accuracy"] == own["train_accuracy"]
