import dataclasses
import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from saccade.checkpoints.card import Card
from saccade.checkpoints.native import save
from saccade.data.batches import Batches
from saccade.data.sets import ArrayImages
from saccade.errors import ConfigError, DataError
from saccade.training.config import TrainConfig
from saccade.training.evaluate import evaluate
from saccade.training.folders import new_folder
from saccade.training.folding import cross_validate, folds
from tests.training.conftest import PIXELS, small_model, stripes


class Trainer:
    """Saves the same untrained model as each run; breaks off in the fold that is named."""

    def __init__(self, breaks: int = 0) -> None:
        self.breaks, self.calls = breaks, []

    def __call__(self, source, config, *, resume=None, progress=None, splits=None):
        self.calls.append((source, config, resume, splits))
        folder = resume or new_folder(Path(config.out))
        model = small_model()
        training = {"place": {}, "config": {}, "data": {}}
        fields = dataclasses.asdict(model.config)
        card = Card(
            model=model.name,
            config=fields,
            classes=splits.classes,
            preprocessing=PIXELS.to_dict(),
            training=training,
        )
        save(folder / "last.safetensors", model, card)
        if len(self.calls) == self.breaks:
            raise KeyboardInterrupt
        return SimpleNamespace(folder=folder, metrics={"val_accuracy": 1.0, "best_epoch": 3})


def test_each_picture_is_measured_on_once_and_classes_are_spread() -> None:
    labels = [0] * 13 + [1] * 7 + [2] * 3
    images = ArrayImages("all", ("a", "b", "c"), labels, pixels=stripes(23).pixels)
    pairs = folds(images, 5, seed=0)
    seen = sorted(name for _, val in pairs for name in map(val.picture_name, range(len(val))))
    assert seen == sorted(images.picture_name(i) for i in range(23))
    for train, val in pairs:
        assert len(val) in (4, 5)
        assert not set(train.rows) & set(val.rows)
        assert len(train) + len(val) == 23
    for label in range(3):
        counts = [val.labels.count(label) for _, val in pairs]
        assert max(counts) - min(counts) <= 1
    again, other = (folds(images, 5, seed=seed)[0][1].rows for seed in (0, 1))
    assert again == pairs[0][1].rows != other


def test_all_folds_together_are_the_whole_set(tmp_path) -> None:
    images, trainer = stripes(11), Trainer()
    told = []
    config = TrainConfig(out=str(tmp_path), epochs=2)
    found = cross_validate(
        "here", config, images, 3, train=trainer, progress=lambda record: told.append(record)
    )
    whole = evaluate(small_model(), Batches(images, PIXELS, batch_size=64))
    assert found.scores.accuracy == whole.accuracy
    assert found.scores.loss == pytest.approx(whole.loss, rel=1e-5)
    assert [one["pictures"] for one in found.folds] == [4, 4, 3]
    assert found.mean == pytest.approx(sum(one["accuracy"] for one in found.folds) / 3)
    assert found.folds[0]["best"] == 1.0
    assert [record["fold"] for record in told] == [1, 2, 3]
    assert sorted(path.name for path in found.folder.iterdir()) == [
        *("confusion.csv", "confusion.png", "fold1", "fold2", "fold3", "folds.json"),
        *("per_class.csv", "predictions.csv", "summary.json"),
    ]
    lines = (found.folder / "predictions.csv").read_text().splitlines()
    assert [line.split(",")[0] for line in lines[1:]] == [f"train/{i}" for i in range(11)]
    assert json.loads((found.folder / "summary.json").read_text())["mean"] == found.mean


def test_what_was_broken_off_goes_on(tmp_path) -> None:
    images, config = stripes(9), TrainConfig(out=str(tmp_path))
    with pytest.raises(KeyboardInterrupt):
        cross_validate("here", config, images, 3, train=Trainer(breaks=2))
    trainer = Trainer()
    found = cross_validate("here", config, images, 3, train=trainer, resume=tmp_path / "1")
    assert [call[2] for call in trainer.calls] == [tmp_path / "1" / "fold2" / "1", None]
    assert found.scores.count == 9
    trainer = Trainer()
    again = cross_validate("here", config, images, 3, train=trainer, resume=tmp_path / "1")
    assert trainer.calls == []
    assert again.to_dict() == found.to_dict()


def test_errors(tmp_path, monkeypatch) -> None:
    with pytest.raises(ConfigError, match="2 to 9 folds, got 10"):
        folds(stripes(9), 10, seed=0)
    config, trainer = TrainConfig(out=str(tmp_path)), Trainer()
    cross_validate("here", config, stripes(9), 3, train=trainer)
    with pytest.raises(DataError, match=r"expected k 3 as in .*, got 4; try a new folder"):
        cross_validate("here", config, stripes(9), 4, train=trainer, resume=tmp_path / "1")
    with pytest.raises(DataError, match="a cross-validation at"):
        cross_validate("here", config, stripes(9), 3, train=trainer, resume=tmp_path)
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(ConfigError, match="one process for folds, got several"):
        cross_validate("here", config, stripes(9), 3, train=trainer)
