import json
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from saccade.checkpoints.card import Card
from saccade.checkpoints.native import save
from saccade.data.images import open_images
from saccade.errors import ConfigError, DataError
from saccade.training.config import TrainConfig
from saccade.training.folders import new_folder
from saccade.training.hashes import data_hash
from saccade.training.journal import Journal
from saccade.training.manifest import read_manifest, start_manifest
from saccade.training.run import train
from saccade.training.verify import Difference, likely_cause, verify
from tests.samples import dark_and_light

CPU = torch.device("cpu")


class Trainer:
    """Writes what a run writes: losses that follow from the epoch, and weights."""

    def __init__(self, *, shift: float = 0.0, epochs: int = 2) -> None:
        self.shift, self.epochs = shift, epochs

    def __call__(self, source, config, *, progress=None, stop_after=None, splits=None):
        folder = new_folder(Path(config.out))
        weights = {"w": torch.tensor([1.0, 2.0 + self.shift])}
        start_manifest(
            folder,
            config=config,
            data=data_hash(splits),
            source=source,
            weights={"w": torch.ones(2)},
            device=CPU,
        )
        journal = Journal(folder)
        for epoch in range(1, (stop_after or self.epochs) + 1):
            loss = 1 / epoch + self.shift
            journal.write("epoch", epoch=epoch, seconds=epoch, train_loss=loss, val_loss=None)
        card = Card(model="m", config={}, epoch=stop_after or self.epochs)
        save(folder / "last.safetensors", weights, card)
        return SimpleNamespace(folder=folder)


@pytest.fixture
def run(tmp_path):
    """The folder of a run of two epochs on dark and light pictures."""
    dark_and_light(tmp_path / "data")
    config = TrainConfig(out=str(tmp_path / "runs"), epochs=2, threads=1)
    source = str(tmp_path / "data")
    done = Trainer()(source, config, splits=open_images(source))
    return done.folder


def test_the_same_to_the_last_bit(run) -> None:
    found = verify(run, train=Trainer(), epochs=2)
    assert found.identical
    assert found.changes == ()
    assert (found.numbers, found.largest, found.cause) == ((), 0.0, "")
    assert found.compared == 2 * 2 + 1  # two numbers of two epochs, one tensor
    assert verify(run, train=Trainer()).compared == 2  # the weights are of another epoch


def test_what_differs_and_why(run, tmp_path) -> None:
    (tmp_path / "data" / "train" / "dark").rename(tmp_path / "data" / "train" / "dim")
    (tmp_path / "data" / "test" / "dark").rename(tmp_path / "data" / "test" / "dim")
    told = read_manifest(run)
    told["environment"]["torch"] = "1.0"
    (run / "manifest.json").write_text(json.dumps(told))
    found = verify(run, train=Trainer(shift=0.25), epochs=2)
    assert not found.identical
    assert [one.name for one in found.numbers] == [
        *("epoch 1 train_loss", "epoch 2 train_loss", "w")
    ]
    assert found.numbers[0] == Difference("epoch 1 train_loss", "1.0", "1.25")
    assert found.largest == pytest.approx(0.25)
    assert {change.name for change in found.changes} == {
        *("data (train)", "data (val)", "data (test)", "torch")
    }
    assert found.cause == "the pictures are others than the run's"
    assert found.to_dict()["identical"] is False


def test_causes() -> None:
    config = TrainConfig()
    cause = likely_cause([Difference("threads", "1", "2"), Difference("numpy", "1", "2")], config)
    assert cause == "another number of threads adds up in another order"
    assert "numpy" in likely_cause([Difference("numpy", "1", "2")], config)
    assert "not deterministic" in likely_cause([], config)
    assert "please report" in likely_cause([], TrainConfig(deterministic=True))


def test_errors(run, tmp_path) -> None:
    with pytest.raises(ConfigError, match="1 to 2 epochs, as the run has done, got 3"):
        verify(run, train=Trainer(), epochs=3)
    with pytest.raises(DataError, match="the manifest of a run"):
        verify(tmp_path, train=Trainer())
    (run / "metrics.jsonl").unlink()
    with pytest.raises(DataError, match="the diary of a run"):
        verify(run, train=Trainer())


@pytest.mark.slow
def test_a_real_run(tmp_path) -> None:
    dark_and_light(tmp_path / "data")
    config = TrainConfig(epochs=2, out=str(tmp_path / "runs"), threads=1, val_fraction=0.3)
    run = train(str(tmp_path / "data"), config)
    assert verify(run.folder, train=train).identical
    found = verify(run.folder, train=train, epochs=2)
    assert found.identical
    assert found.compared > 20  # the weights too
