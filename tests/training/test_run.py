"""Whole runs on pictures in files."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from saccade.checkpoints.native import read
from saccade.errors import CheckpointError, ConfigError, DataError
from saccade.training.config import TrainConfig
from saccade.training.journal import read_journal
from saccade.training.run import train
from tests.training.conftest import CLASSES, stripes


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Write stripes as files: train, val and test; one file is broken, one is none."""
    for part, count, seed in (("train", 24, 0), ("val", 6, 1), ("test", 6, 2)):
        images = stripes(count, seed=seed)
        for index in range(count):
            path = tmp_path / "data" / part / CLASSES[images.labels[index]] / f"{index:02}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            images.load(index).image.save(path)
    own = tmp_path / "data" / "train" / "plain"
    (own / "empty.png").write_bytes(b"")
    pixels = np.random.default_rng(0).integers(0, 256, (6, 6, 3), np.uint8)
    Image.fromarray(pixels).save(own / "cut.png")
    (own / "cut.png").write_bytes((own / "cut.png").read_bytes()[:70])
    return tmp_path / "data"


@pytest.fixture
def config(tmp_path: Path) -> TrainConfig:
    return TrainConfig(epochs=4, batch_size=8, lr=3e-3, out=str(tmp_path / "runs"))


def same_weights(one: Path, two: Path) -> bool:
    left, right = read(one), read(two)
    return all(
        torch.equal(value, right_part[name])
        for left_part, right_part in ((left.state, right.state), (left.resume, right.resume))
        for name, value in left_part.items()
    )


def test_a_run_leaves_everything_in_its_folder(folder, config, tmp_path) -> None:
    seen, threads = [], torch.get_num_threads()
    run = train(str(folder), config, progress=lambda record: seen.append(record["event"]))
    assert run.folder == tmp_path / "runs" / "1"
    assert sorted(path.name for path in run.folder.iterdir()) == [
        *("best.json", "best.safetensors", "config.json", "last.json", "last.safetensors"),
        *("manifest.json", "metrics.csv", "metrics.jsonl", "recipe.yaml"),
    ]
    assert [file.name for file in run.bad] == ["train/plain/empty.png", "train/plain/cut.png"]
    assert run.finished
    assert (run.config.threads, torch.get_num_threads()) == (1, threads)
    assert run.test is not None
    assert run.metrics["test_accuracy"] == run.test.accuracy
    assert len((run.folder / "metrics.csv").read_text().splitlines()) == 5
    events = read_journal(run.folder / "metrics.jsonl")
    assert [e["event"] for e in events] == ["choices", "start", *["epoch"] * 4, "end"]
    assert {"step", "evaluate"} < set(seen)
    told = json.loads((run.folder / "config.json").read_text())
    assert TrainConfig.from_dict(told["config"]) == run.config
    assert all(choice["reason"] for choice in told["choices"])
    card = read(run.best).card
    assert (card.model, card.classes) == ("vit_pico_patch2_8", ("columns", "plain", "rows"))
    assert card.preprocessing["img_size"] == [12, 12]


def test_stopped_and_resumed_is_the_same_run(folder, config) -> None:
    whole = train(str(folder), config)
    part = train(str(folder), config, stop_after=2)
    assert not part.finished
    assert part.test is None
    resumed = train(str(folder), TrainConfig(), resume=part.folder)
    assert resumed.folder == part.folder
    assert same_weights(whole.last, resumed.last)
    assert same_weights(whole.best, resumed.best)
    assert resumed.metrics["test_loss"] == whole.metrics["test_loss"]
    assert "resume" in [e["event"] for e in read_journal(part.folder / "metrics.jsonl")]


def test_another_plan_or_other_pictures_are_refused(folder, config) -> None:
    run = train(str(folder), config, stop_after=1)
    before = run.last.read_bytes()
    with pytest.raises(ConfigError, match="expected epochs=4 as the run was started with"):
        train(str(folder), TrainConfig(epochs=9), resume=run.last)
    with pytest.raises(CheckpointError, match="expected a run to go on with in"):
        train(str(folder), TrainConfig(), resume=run.best)
    (folder / "train" / "rows" / "00.png").rename(folder / "train" / "rows" / "another.png")
    with pytest.raises(DataError, match="fingerprint"):
        train(str(folder), TrainConfig(), resume=run.folder)
    (folder / "train" / "rows" / "another.png").unlink()
    with pytest.raises(DataError, match=r"expected the run's pictures \(train 25\), got train 24"):
        train(str(folder), TrainConfig(), resume=run.folder)
    for part in ("train", "val", "test"):
        (folder / part / "rows").rename(folder / part / "lines")
    with pytest.raises(DataError, match="expected the run's 3 classes"):
        train(str(folder), TrainConfig(), resume=run.last)
    assert run.last.read_bytes() == before


def test_weights_are_started_from(folder, config, tmp_path) -> None:
    first = train(str(folder), config)
    same = TrainConfig(checkpoint=str(first.best), epochs=1, lr=1e-9, out=config.out)
    again = train(str(folder), same)
    assert again.metrics["test_accuracy"] == pytest.approx(first.metrics["test_accuracy"])
    assert again.config.model == "vit_pico_patch2_8"
    for part in ("train", "val", "test"):
        (folder / part / "rows").rename(folder / part / "lines")
    other = train(str(folder), same)
    assert [c.value for c in other.choices if c.name == "head"] == [
        "fresh",
        "logistic regression",
    ]
    assert read(other.best).card.classes == ("columns", "lines", "plain")


def test_nothing_is_made_when_an_option_cannot_work(folder, config, tmp_path) -> None:
    with pytest.raises(CheckpointError, match="got no such file"):
        train(str(folder), TrainConfig(checkpoint="nothing.pt", out=config.out))
    with pytest.raises(ConfigError, match="divisible"):
        train(str(folder), TrainConfig(patch_size=64, model="vit_tiny_patch16_224", out=config.out))
    assert not (tmp_path / "runs").exists()
