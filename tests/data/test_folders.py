import os

import pytest

from saccade.data.folders import open_class_folders
from saccade.data.sets import BadFile
from saccade.errors import DataError


def opened(root, **options):
    return open_class_folders(root, **{"seed": 0, "val_fraction": 0.25, **options})


def test_one_folder_of_class_folders_is_split(tree):
    root = tree({"dog": 8, "cat/deep": 4})
    splits = opened(root)
    assert splits.classes == ("cat", "dog")
    assert (len(splits.train), len(splits.val), splits.test) == (9, 3, None)
    every = sorted(splits.train.files + splits.val.files)
    assert every == sorted(f"cat/deep/{i}.png" for i in range(4)) + [
        f"dog/{i}.png" for i in range(8)
    ]
    for images in (splits.train, splits.val):
        for index in range(len(images)):
            picture = images.load(index)
            assert splits.classes[picture.label] == picture.name.split("/")[0]
            assert picture.image.size == (9, 7)
    assert opened(root).val.files == splits.val.files
    assert opened(root, val_fraction=0.0).val is None


@pytest.mark.parametrize("name", ["val", "valid", "Validation", "dev"])
def test_parts_are_matched_by_name(tree, name):
    root = tree({"train/a": 2, "train/b": 2, "train/c": 1, f"{name}/c": 1, "test/b": 2, "extra": 1})
    splits = opened(root)
    assert splits.classes == ("a", "b", "c")
    assert splits.train.labels == [0, 0, 1, 1, 2]
    assert (splits.val.labels, splits.test.labels) == ([2], [1, 1])
    assert splits.val.load(0).name == f"{name}/c/0.png"
    assert splits.problems == ()


def test_without_a_validation_folder_the_test_pictures_stay_aside(tree):
    splits = opened(tree({"train/a": 8, "train/b": 8, "test/a": 3}))
    assert [len(part) for part in splits.parts().values()] == [12, 4, 3]


def test_bad_files_are_left_out_and_named(tree):
    root = tree({"a": 3, "b": 3, "only": 1, ".hidden": 1, "notes": 0})
    (root / "a" / "1.png").write_bytes(b"")
    (root / "only" / "0.png").write_text("x")
    (root / "loose.jpg").write_text("x")
    (root / "index.csv").write_text("x")
    (root / "b" / "Thumbs.db").write_text("x")
    (root / "b" / "x.jpg").mkdir()
    os.mkfifo(root / "b" / "pipe.jpg")
    splits = opened(root, val_fraction=0.0)
    assert splits.classes == ("a", "b", "only")  # a class keeps its place
    assert splits.train.files == ["a/0.png", "a/2.png", *(f"b/{i}.png" for i in range(3))]
    assert sorted(splits.problems, key=lambda bad: bad.name) == [
        BadFile("a/1.png", "an empty file"),
        BadFile("b/pipe.jpg", "a named pipe, not a file"),
        BadFile("b/x.jpg", "a folder, not a file"),
        BadFile("loose.jpg", "a picture outside the class folders"),
        BadFile("notes", "a folder without pictures, not taken as a class"),
        BadFile("only", "a class folder whose pictures are all bad"),
        BadFile("only/0.png", "a file that is not a picture of a known format"),
    ]
    assert splits.train.problems == list(splits.problems)


def test_scanning_reads_headers_only(tree):
    root = tree({"a": 2, "b": 2})
    whole = (root / "a" / "0.png").read_bytes()
    (root / "a" / "0.png").write_bytes(whole[:60])
    splits = opened(root, val_fraction=0.0)
    assert splits.problems == ()
    with pytest.raises(DataError, match="cut"):
        splits.train.load(0)


def test_unknown_classes_are_named(tree):
    root = tree({"train/a": 1, "train/b": 1, "val/a": 1, "val/zebra": 1, "val/ant": 1})
    with pytest.raises(DataError, match="in val only the classes a, b, got ant, zebra"):
        opened(root)


def test_what_cannot_be_trained_on(tree, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match=r"pictures in class folders .* got none"):
        opened(tmp_path / "empty")
    root = tree({"one": 2, "two": 1})
    (root / "two" / "0.png").write_text("x")
    with pytest.raises(DataError, match=r"two or more classes .* only one"):
        opened(root)
    (root / "one" / "0.png").write_text("x")
    (root / "one" / "1.png").write_text("x")
    with pytest.raises(DataError, match=r"got 6 that cannot be used, first"):
        opened(root)


def test_a_validation_folder_must_hold_pictures(tree):
    root = tree({"train/a": 1, "train/b": 1, "val": 0, "test": 1})
    with pytest.raises(DataError, match="readable pictures in val"):
        opened(root)
    (root / "val").rmdir()
    splits = opened(root)  # a test folder without classes is named, not used
    assert splits.test is None
    assert splits.problems == (BadFile("test/0.png", "a picture outside the class folders"),)


def test_two_folders_for_one_part(tree):
    with pytest.raises(DataError, match="dev and val"):
        opened(tree({"train/a": 1, "train/b": 1, "val/a": 1, "dev/a": 1}))


def test_a_class_may_be_called_test(tree):
    assert opened(tree({"test": 4, "valid": 4, "other": 4})).classes == ("other", "test", "valid")


def test_a_trained_model_sets_the_classes(tree):
    root = tree({"test/b": 2, "test/a": 1})
    with pytest.raises(DataError, match="a folder train"):
        opened(root)
    splits = opened(root, classes=("c", "b", "a"))
    assert splits.train is None
    assert splits.test.labels == [2, 1, 1]
    with pytest.raises(DataError, match="got a"):
        opened(root, classes=("b", "c"))


def test_links_are_followed_and_circles_end(tree):
    root = tree({"data/a": 2, "b": 2})
    (root / "a").symlink_to(root / "data" / "a")
    (root / "b" / "up").symlink_to(root / "b")
    (root / "data" / "a" / "up").symlink_to(root / "a")
    splits = opened(root, val_fraction=0.0)
    assert splits.classes == ("a", "b", "data")
    assert len(splits.train) == 6
