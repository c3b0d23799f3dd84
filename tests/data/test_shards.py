import pickle

import numpy as np
import pytest

from saccade.data.batches import Batches
from saccade.data.images import open_images, open_unlabelled
from saccade.data.shards import part_of
from saccade.data.transforms import Preprocessing
from saccade.errors import DataError
from tests.data.tars import painted, shard, write_tar

SMALL = Preprocessing(img_size=(6, 6))


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("SACCADE_CACHE", str(tmp_path / "cache"))


def test_every_picture_is_read_at_random(tmp_path, picture):
    shard(tmp_path / "s-0.tar", 3)
    shard(tmp_path / "s-1.tar", 2, first=3)
    splits = open_images(f"{tmp_path}/s-*.tar", val_fraction=0.0)
    assert (len(splits.train), splits.classes, splits.val) == (5, ("0", "1"), None)
    images = pickle.loads(pickle.dumps(splits.train))
    for index in (4, 0, 3):
        read = images.load(index)
        assert np.array_equal(read.image, picture(6, 6, seed=index))
        assert read.label == index % 2
    assert images.load(4).name == "s-1.tar/0004.png"
    assert images.subset("x", [3]).load(0).name == "s-1.tar/0003.png"


def test_parts_and_names(tmp_path):
    shard(tmp_path / "train" / "0.tar", 10)
    shard(tmp_path / "val" / "0.tar", 4)
    (tmp_path / "val" / "test-0.tar").symlink_to(tmp_path / "val" / "0.tar")
    assert part_of(tmp_path / "train" / "0.tar") == "train"
    splits = open_images(str(tmp_path))
    assert {name: len(part) for name, part in splits.parts().items()} == {"train": 10, "val": 8}
    (tmp_path / "train" / "classes.txt").write_text("cat\ndog\n")
    assert open_images(f"{tmp_path}/train/0.tar", val_fraction=0.2).classes == ("cat", "dog")
    told = open_images(f"{tmp_path}/train/0.tar", classes=("a", "b", "c"))
    assert told.classes == ("a", "b", "c")


def test_labels_by_name_are_sorted(tmp_path):
    members = {}
    for number, name in enumerate(("dog", "cat", "dog", "bee")):
        members |= {f"{number}.jpg": painted(number, "JPEG"), f"{number}.json": {"label": name}}
    write_tar(tmp_path / "a.tar", members)
    splits = open_images(f"{tmp_path}/a.tar", val_fraction=0.0)
    assert splits.classes == ("bee", "cat", "dog")
    assert splits.train.labels == [2, 1, 2, 0]
    with pytest.raises(DataError, match=r"of the 2 classes at a\.tar/0\.jpg, got dog"):
        open_images(f"{tmp_path}/a.tar", classes=("bee", "cat"))


def test_what_is_broken_is_named(tmp_path):
    members = {"0.png": painted(0), "0.cls": "0", "1.png": b"broken", "1.cls": "1"}
    tar = write_tar(tmp_path / "a.tar", {**members, "2.png": painted(2), "3.png": painted(3)})
    splits = open_images(str(tar), val_fraction=0.0)
    assert [bad.name for bad in splits.problems] == ["a.tar/2.png", "a.tar/3.png"]
    with pytest.raises(DataError, match="2 bad, first"):
        open_images(str(tar), on_bad="fail")
    batches = Batches(splits.train, SMALL, batch_size=2)
    (batch,) = batches.epoch()
    assert len(batch) == 1
    assert [bad.name for bad in batches.bad] == ["a.tar/1.png"]
    tar.write_bytes(tar.read_bytes()[:600])
    with pytest.raises(DataError, match="a shard that ends before it"):
        splits.train.load(0)
    tar.unlink()
    with pytest.raises(DataError, match="No such file"):
        splits.train.load(0)


def test_without_labels(tmp_path):
    tar = write_tar(tmp_path / "a.tar", {"0.png": painted(0), "1.png": painted(1), "1.cls": "7"})
    splits = open_unlabelled(str(tar))
    assert (splits.train.labels, splits.classes, splits.problems) == ([-1, -1], (), ())
    with pytest.raises(DataError, match="pictures to train on in the shards, got none"):
        open_unlabelled(str(write_tar(tmp_path / "b.tar", {"0.txt": "no"})))
