"""Whole runs that label pixels: what they leave."""

import json

import numpy as np
import pytest

from saccade.checkpoints.pixel_weights import load_pixels
from saccade.training.journal import read_journal
from saccade.training.run import train
from tests.pixel_scenes import small


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
