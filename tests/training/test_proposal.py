"""What a run will be, before anything is built."""

from pathlib import Path

import pytest

from saccade.errors import DataError
from saccade.training.config import TrainConfig
from saccade.training.proposal import open_pictures, propose
from tests.training.conftest import stripes


def test_everything_is_chosen_and_nothing_is_made(tmp_path: Path) -> None:
    found = propose("digits", TrainConfig(lr=0.5, out=str(tmp_path / "runs")))
    assert not (tmp_path / "runs").exists()
    assert [(choice.name, choice.value) for choice in found.asked] == [
        ("lr", 0.5),
        ("out", str(tmp_path / "runs")),
    ]
    assert found.config.lr == 0.5
    assert "lr" not in [choice.name for choice in found.choices]
    assert any("0.5" in caution.sentence for caution in found.cautions)
    assert found.config.preset == "scratch-small"


def test_only_labels_need_class_folders(tmp_path: Path) -> None:
    for index in range(6):
        stripes(6).load(index).image.save(tmp_path / f"{index}.png")
    with pytest.raises(DataError):
        open_pictures(str(tmp_path), TrainConfig())
    splits = open_pictures(str(tmp_path), TrainConfig(objective="mae", val_fraction=0.0))
    assert (splits.classes, splits.part("train").labels) == ((), [-1] * 6)
