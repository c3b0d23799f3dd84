import random

import pytest
from PIL import Image

from saccade.data.sets import split_off
from saccade.data.tables import find_table, many_hot, open_table
from saccade.errors import ConfigError, DataError


@pytest.fixture
def folder(tmp_path):
    """Twelve pictures, 0.png to 11.png, in pictures/."""
    for index in range(12):
        path = tmp_path / "pictures" / f"{index}.png"
        path.parent.mkdir(exist_ok=True)
        Image.new("RGB", (4, 4), (index * 20, 0, 0)).save(path)
    return tmp_path


def write(folder, lines, name="labels.csv"):
    path = folder / name
    path.write_text("\n".join(lines) + "\n")
    return path


def test_one_label(folder):
    lines = [f"pictures/{i}.png,{'cat' if i % 2 else 'ape'}" for i in range(12)]
    splits = open_table(write(folder, ["image,label", *lines]), seed=0, val_fraction=0.34)
    assert splits.classes == ("ape", "cat")
    assert splits.train.multi is None
    assert (len(splits.train), sorted(splits.val.labels)) == (8, [0, 0, 1, 1])
    picture = splits.train.load(0)
    assert (picture.image.size, picture.label) == ((4, 4), splits.train.labels[0])


def test_parts_and_several_labels(folder):
    rows = ["train,a;b", "train,b", "train,a", "val,a", "test,b;a"]
    lines = [f"pictures/{i}.png,{row}" for i, row in enumerate(rows)]
    path = write(folder, ["image,split,labels", *lines, "pictures/99.png,train,a"])
    splits = open_table(path, seed=0, val_fraction=0.5)
    assert [len(images) for images in splits.parts().values()] == [3, 1, 1]
    assert splits.train.multi == [(0, 1), (1,), (0,)]
    assert many_hot(splits.train, [0, 2]).tolist() == [[1, 1], [1, 0]]
    assert splits.train.subset("some", [2, 0]).multi == [(0,), (0, 1)]
    assert [bad.name for bad in splits.problems] == ["labels.csv line 7"]
    assert splits.problems[0].reason.startswith("pictures/99.png: ")
    known = open_table(path, seed=0, val_fraction=0.5, classes=("b", "x", "a"))
    assert known.train.multi == [(0, 2), (0,), (2,)]


def test_a_split_keeps_the_shares_of_rare_labels(folder):
    draws = random.Random(0)
    shares = {"rare": 0.04, "some": 0.2, "many": 0.7}
    table = [[str(int(draws.random() < share)) for share in shares.values()] for _ in range(200)]
    lines = [f"pictures/0.png?{i},{','.join(row)}" for i, row in enumerate(table)]
    path = write(folder, [f"image,{','.join(shares)}", *lines])
    for index in range(200):
        (folder / "pictures" / f"0.png?{index}").symlink_to(folder / "pictures" / "0.png")
    splits = open_table(path, seed=0, val_fraction=0.25)
    assert splits.classes == ("rare", "some", "many")
    assert -1 in splits.train.labels
    for place in range(3):
        own = [sum(place in m for m in images.multi) for images in (splits.train, splits.val)]
        assert own[1] / sum(own) == pytest.approx(0.25, abs=0.1)
    again = open_table(path, seed=0, val_fraction=0.25)
    assert again.val.files == splits.val.files
    assert split_off(splits.train, 0.5, seed=1)[1].multi is not None


def test_a_table_is_found(folder):
    assert find_table(folder) is None
    path = write(folder, ["image,label"], "metadata.csv")
    assert find_table(folder) == find_table(path) == path
    assert find_table(folder / "pictures" / "0.png") is None


def test_errors(folder):
    path = write(folder, ["image,label", "none.png,a", "pictures/0.png,"])
    with pytest.raises(DataError, match=r"got 2 that cannot be used, first labels\.csv line 3: an"):
        open_table(path, seed=0, val_fraction=0)
    lines = ["image,label,split", "pictures/0.png,a,train", "pictures/1.png,b,train"]
    path = write(folder, [*lines, "pictures/2.png,c,val"])
    with pytest.raises(DataError, match=r"classes a, b in labels\.csv, got c in line 4; try"):
        open_table(path, seed=0, val_fraction=0)
    with pytest.raises(DataError, match=r"two or more classes in labels\.csv, got only a"):
        open_table(write(folder, lines[:2]), seed=0, val_fraction=0)
    with pytest.raises(DataError, match=r"rows of the split train in labels\.csv, got only val"):
        open_table(
            write(folder, [lines[0], lines[1].replace("train", "val")]), seed=0, val_fraction=0
        )
    with pytest.raises(ConfigError, match="val_fraction from 0 to below 1"):
        open_table(path, seed=0, val_fraction=1)
    splits = open_table(write(folder, lines), seed=0, val_fraction=0)
    with pytest.raises(DataError, match="any number of labels in train, got one label for each"):
        many_hot(splits.train, [0])
