"""The end of a run: what it leaves behind, in all tasks."""

import json

import pytest

from saccade.training.conclusion import is_finished
from saccade.training.config import TrainConfig
from saccade.training.run import train
from tests.samples import dark_and_light


@pytest.fixture
def data(tmp_path):
    dark_and_light(tmp_path / "data")
    return str(tmp_path / "data")


def test_a_run_that_waits_and_one_that_is_done(data, tmp_path):
    config = TrainConfig(epochs=2, out=str(tmp_path / "runs"), device="cpu", val_fraction=0.3)
    halfway = train(data, config, stop_after=1)
    assert not halfway.finished
    assert halfway.test is None
    assert not any(name.startswith("test_") for name in halfway.metrics)
    done = train(None, TrainConfig(), resume=halfway.folder)
    assert done.finished
    assert done.metrics["best_epoch"] in (1, 2)
    assert done.metrics["test_accuracy"] == pytest.approx(done.test.accuracy)
    assert done.seconds >= halfway.seconds
    last = [json.loads(row) for row in (done.folder / "metrics.jsonl").read_text().splitlines()][-1]
    assert last["event"] == "end"
    assert last["finished"]
    assert last["metrics"]["best_epoch"] == done.metrics["best_epoch"]
    end = json.loads((done.folder / "manifest.json").read_text())["end"]
    assert end["finished"]
    assert end["metrics"]["best_epoch"] == done.metrics["best_epoch"]


class _Task:
    config = TrainConfig(epochs=3)


class _Place:
    def __init__(self, epoch: int, stopped: str = "") -> None:
        self.epoch, self.stopped = epoch, stopped


def test_when_a_run_is_finished():
    assert not is_finished(_Task(), _Place(2))
    assert is_finished(_Task(), _Place(3))
    assert is_finished(_Task(), _Place(1, "no better for 5 epochs"))
