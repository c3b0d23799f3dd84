"""saccade verify: one run that is the same, and one that is not."""

import json

import pytest
import torch

from saccade.data.images import open_images
from saccade.training.config import TrainConfig
from saccade.training.manifest import start_manifest


@pytest.mark.slow
def test_the_same_and_not_the_same(run, data, tmp_path):
    run("train", data, "--epochs", 2, "--out", tmp_path, "--threads", 1)
    folder = tmp_path / "1"
    values = json.loads((folder / "config.json").read_text())
    if not (folder / "manifest.json").exists():
        config = TrainConfig.from_dict(values["config"])
        splits = open_images(str(data), seed=config.seed, val_fraction=config.val_fraction)
        cpu = torch.device("cpu")
        start_manifest(
            folder, config=config, splits=splits, source=str(data), weights={}, device=cpu
        )
        told = json.loads((folder / "manifest.json").read_text())
        told["start"] = {}
        (folder / "manifest.json").write_text(json.dumps(told))
    done = run("verify", folder)
    assert done.code == 0
    assert done.out.splitlines()[0] == "nothing has changed since: code, data, versions, device"
    assert "1 epoch done again: identical to the last bit" in done.out
    assert json.loads(run("verify", folder, "--epochs", 2, "--json").out)["identical"]
    lines = (folder / "metrics.jsonl").read_text().splitlines()
    changed = [json.loads(line) for line in lines]
    for event in changed:
        if event["event"] == "epoch":
            event["train_loss"] += 0.5
    text = "".join(json.dumps(event) + "\n" for event in changed)
    (folder / "metrics.jsonl").write_text(text)
    done = run("verify", folder)
    assert done.code == 1
    assert "by up to 0.5" in done.out
    assert "likely cause: an operation gives other numbers each time" in done.out


def test_no_run(run, tmp_path):
    assert "the manifest of a run at" in run("verify", tmp_path).sentence
