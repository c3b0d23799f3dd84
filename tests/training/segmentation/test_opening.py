"""What a run that labels pixels learns from."""

import pytest

from saccade.errors import DataError
from saccade.training.segmentation.opening import open_pixels
from tests.pixel_scenes import small, write_scenes


def test_parts(tmp_path) -> None:
    told: list[tuple[str, int, int]] = []
    root = write_scenes(tmp_path, {"train": 3, "val": 2, "test": 1})
    parts = open_pixels(str(root), small(), tell=lambda *one: told.append(one))
    assert parts.counts() == {"train": 3, "val": 2}
    assert parts.classes.names == ("ground", "box", "disc")
    assert len(parts.fingerprint().split("-")) == 2
    assert set(parts.hashes()) == {"train", "val", "test"}
    assert told[0] == ("the label maps of train", 1, 3)
    assert parts.part("other") is None


def test_broken_pictures(tmp_path) -> None:
    root = write_scenes(tmp_path, {"train": 3, "val": 1})
    (root / "train/00.png").write_bytes(b"x")
    assert [one.name for one in open_pixels(str(root), small()).bad] == ["train/00.png"]
    with pytest.raises(DataError, match=r"only good pictures and label maps in .*train/00.png"):
        open_pixels(str(root), small(on_bad="fail"))


def test_nothing_to_learn_from(tmp_path) -> None:
    with pytest.raises(DataError, match=r"a part to learn from in .*, got test"):
        open_pixels(str(write_scenes(tmp_path, {"test": 1})), small())
