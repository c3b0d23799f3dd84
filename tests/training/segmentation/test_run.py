"""Whole runs that label pixels: what they leave, and that they go on as if never stopped."""

import json

import numpy as np
import pytest
import torch
from PIL import Image

from saccade.checkpoints.native import read
from saccade.checkpoints.pixel_weights import load_pixels
from saccade.errors import DataError
from saccade.training.config import TrainConfig
from saccade.training.journal import read_journal
from saccade.training.run import train
from saccade.training.segmentation.session import propose_pixels
from tests.pixel_scenes import small, write_scenes


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return write_scenes(tmp_path_factory.mktemp("scenes"), {"train": 6, "val": 2, "test": 2})


@pytest.fixture(scope="module")
def run(place, tmp_path_factory):
    return train(str(place), small(out=str(tmp_path_factory.mktemp("runs"))))


def test_a_run_leaves_weights_numbers_and_reasons(run) -> None:
    assert run.finished
    assert {path.name for path in run.folder.iterdir()} >= {
        *("config.json", "recipe.yaml", "manifest.json", "metrics.jsonl", "metrics.csv"),
        *("best.safetensors", "last.safetensors"),
    }
    assert {"val_miou", "val_accuracy", "test_miou", "test_accuracy"} <= set(run.metrics)
    assert run.test is not None
    assert run.test.count == 2
    epochs = [row for row in read_journal(run.folder / "metrics.jsonl") if row["event"] == "epoch"]
    assert epochs[0]["goal"] == epochs[0]["val_miou"]
    assert set(epochs[0]["iou"]) == {"ground", "box", "disc"}


def test_the_file_has_all_that_use_needs(run) -> None:
    found = load_pixels(run.best)
    assert found.classes.names == run.classes == ("ground", "box", "disc")
    assert found.classes.colours[1] == (200, 60, 50)
    assert found.preprocessing.img_size == run.config.img_size
    card = json.loads((run.folder / "best.json").read_text())
    assert card["model"] == "ccnet_small"


@pytest.mark.parametrize("options", [
    {"segment": {"recurrence": 0}},
    {"segment": {"context": "non_local", "ohem": 0.7, "weights": "median"}, "opt": "sgd"},
])  # fmt: skip
def test_other_heads_learn(options: dict[str, object], place, tmp_path) -> None:
    run = train(str(place), small(epochs=1, out=str(tmp_path), **options))
    assert np.isfinite(run.metrics["train_loss"])


def test_a_proposal_tells_reasons(place) -> None:
    proposal = propose_pixels(str(place), small())
    assert {"sched", "segment.weights", "img_size"} <= {one.name for one in proposal.choices}
    assert "epochs" in {one.name for one in proposal.asked}


def test_a_wrong_label_map_stops_before_anything_is_learned(tmp_path) -> None:
    root = write_scenes(tmp_path / "data", {"train": 3, "val": 1})
    Image.fromarray(np.full((24, 32), 8, np.uint8)).save(root / "trainannot/02.png")
    with pytest.raises(DataError, match=r"trainannot/02.png, got ids 8"):
        train(str(root), small(out=str(tmp_path / "runs")))
    assert not (tmp_path / "runs").exists()


def test_it_goes_on_with_the_same_data_only(run, place, tmp_path) -> None:
    other = write_scenes(tmp_path, {"train": 5, "val": 2})
    with pytest.raises(DataError, match=r"the run's data .train 6., got train 5"):
        train(str(other), TrainConfig(), resume=run.folder)
    with pytest.raises(DataError, match=r"a folder"):
        train(None, small())


@pytest.mark.slow
def test_a_run_that_was_stopped_goes_on_to_the_same_bits(place, tmp_path) -> None:
    whole = train(str(place), small(out=str(tmp_path / "a"), epochs=3))
    part = train(str(place), small(out=str(tmp_path / "b"), epochs=3), stop_after=1)
    assert not part.finished
    rest = train(None, TrainConfig(), resume=part.folder)
    assert rest.finished
    first, again = read(whole.last), read(rest.last)
    assert all(torch.equal(first.state[name], again.state[name]) for name in first.state)
    assert whole.metrics["val_miou"] == rest.metrics["val_miou"]
