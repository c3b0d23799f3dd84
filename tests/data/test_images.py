import subprocess
import sys

import pytest

from saccade.data.images import find_pictures, open_images, open_unlabelled, picture_files
from saccade.errors import ConfigError, DataError


def test_digits_in_three_parts():
    splits = open_images("digits")
    assert [len(part) for part in splits.parts().values()] == [1293, 144, 360]
    other = open_images("digits", seed=1)
    assert other.test.rows == splits.test.rows
    assert other.val.rows != splits.val.rows
    assert len(open_images("digits", val_fraction=0.0).train) == 1437
    assert open_images("digits", classes=splits.classes).classes == splits.classes
    with pytest.raises(DataError, match="0 to 9"):
        open_images("digits", classes=("cat", "dog"))


def test_a_folder_named_digits_is_opened_by_its_path(tree, monkeypatch):
    monkeypatch.chdir(tree({"digits/a": 2, "digits/b": 2}))
    assert open_images("./digits").classes == ("a", "b")


def test_bad_files_are_skipped_or_fail(tree):
    root = tree({"a": 3, "b": 3})
    (root / "a" / "0.png").write_bytes(b"")
    assert len(open_images(str(root)).problems) == 1
    with pytest.raises(DataError, match=r"1 bad, first a/0\.png: an empty file"):
        open_images(str(root), on_bad="fail")


def test_sources_that_cannot_be_opened(tmp_path):
    (tmp_path / "x.zip").write_text("x")
    (tmp_path / "loop").symlink_to("loop")
    for name, words in (("none", "no such folder"), ("x.zip", "unpacking"), ("loop", "folder")):
        with pytest.raises(DataError, match=words):
            open_images(str(tmp_path / name))
    with pytest.raises(ConfigError, match="val_fraction"):
        open_images("digits", val_fraction=1.0)


def test_files_without_labels(tree):
    root = tree({"a": 2})
    images = picture_files(find_pictures([str(root)])[0])
    assert len(images) == 2
    picture = images.load(1)
    assert (picture.label, picture.name) == (None, str(root / "a" / "1.png"))


def test_opening_folders_imports_neither_torch_nor_scikit_learn():
    code = "import sys, saccade.data.doctor; print({'torch', 'sklearn'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


@pytest.mark.shared_data
@pytest.mark.parametrize(("name", "sizes"), [("fashion_mnist", (9000, 1000)), ("mnist", None)])
def test_the_real_idx_files(shared_data, name, sizes):
    splits = open_images(str(shared_data / name))
    assert (len(splits.train), len(splits.val)) == (sizes or (54_000, 6_000))
    assert splits.classes == tuple("0123456789")
    assert splits.train.load(0).image.size == (28, 28)


def test_loose_pictures_have_no_labels(tree, tmp_path):
    root = tree({"deep/er": 3, "val": 2})
    (root / "broken.png").write_bytes(b"no")
    splits = open_unlabelled(str(root))
    assert {name: len(part) for name, part in splits.parts().items()} == {"train": 3, "val": 2}
    assert (splits.classes, splits.train.labels) == ((), [-1] * 3)
    assert splits.train.load(0).label is None
    assert [bad.name for bad in splits.problems] == ["broken.png"]
    with pytest.raises(DataError, match="1 bad, first broken"):
        open_unlabelled(str(root), on_bad="fail")
    assert len(open_unlabelled(str(root / "deep"), val_fraction=0.34).val) == 1
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match=r"pictures to train on in .*, got none"):
        open_unlabelled(str(tmp_path / "empty"))
