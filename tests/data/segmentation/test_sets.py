"""Sets of pictures with label maps: their parts, their classes."""

import shutil

import numpy as np
import pytest

from saccade.data.segmentation.sets import open_label_maps
from saccade.errors import ConfigError, DataError
from tests.pixel_scenes import write_scenes


def test_parts_and_classes(tmp_path) -> None:
    sets = open_label_maps(write_scenes(tmp_path, {"train": 3, "val": 2, "test": 1}))
    assert {name: len(own) for name, own in sets.items()} == {"train": 3, "val": 2, "test": 1}
    train = sets["train"]
    assert train.classes.names == ("ground", "box", "disc")
    assert train.picture_name(0) == "train/00.png"
    picture = train.load(0)
    labels = train.load_labels(0, picture.geometry.upright)
    assert labels.shape == (24, 32)
    assert set(np.unique(labels)) == {0, 1, 2, 255}
    with pytest.raises(DataError, match=r"of 32 x 25 pixels, as train/00.png, at .*trainannot"):
        train.load_labels(0, (32, 25))


def test_a_share_is_split_off_by_names(tmp_path) -> None:
    root = write_scenes(tmp_path, {"train": 10})
    first, again = (open_label_maps(root, val_fraction=0.2, seed=3) for _ in range(2))
    assert (len(first["train"]), len(first["val"])) == (8, 2)
    assert first["val"].paths == again["val"].paths
    assert not set(first["train"].paths) & set(first["val"].paths)
    assert set(open_label_maps(root, val_fraction=0.0)) == {"train"}


def test_void_by_name(tmp_path) -> None:
    root = write_scenes(tmp_path, {"train": 2})
    assert open_label_maps(root, void=("disc",))["train"].classes.names == ("ground", "box")


def test_classes_without_names_are_counted(tmp_path) -> None:
    root = write_scenes(tmp_path, {"train": 2})
    (root / "classes.txt").unlink()
    assert open_label_maps(root)["train"].classes.names == ("0", "1", "2", "3")


def test_files_without_a_partner_are_problems_of_the_first_part(tmp_path) -> None:
    root = write_scenes(tmp_path, {"train": 2, "val": 1})
    shutil.copy(root / "train/00.png", root / "train/alone.png")
    sets = open_label_maps(root)
    assert [one.reason for one in sets["train"].problems] == ["no label map in trainannot"]


def test_a_picture_of_two_parts_stays_in_the_judged_one(tmp_path) -> None:
    root = write_scenes(tmp_path, {"train": 2})
    rows = "image,label,split\ntrain/00.png,trainannot/00.png,train\n"
    rows += "train/01.png,trainannot/01.png,train\ntrain/00.png,trainannot/00.png,test\n"
    (root / "index.csv").write_text(rows)
    sets = open_label_maps(root, val_fraction=0.0)
    assert {name: len(own) for name, own in sets.items()} == {"train": 1, "test": 1}
    assert "left out of train" in sets["train"].problems[0].reason


def test_a_share_that_cannot_be(tmp_path) -> None:
    with pytest.raises(ConfigError, match=r"val_fraction from 0 to below 1, got 1"):
        open_label_maps(tmp_path, val_fraction=1.0)
