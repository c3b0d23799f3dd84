"""Which label map belongs to which picture, in the layouts that people use."""

from pathlib import Path

import pytest
from PIL import Image

from saccade.data.segmentation.pairing import find_pairs
from saccade.errors import DataError

LAYOUTS = {
    "beside": (("train/a.jpg", "trainannot/a.png"), ("val/b.jpg", "valannot/b.png")),
    "masks": (("train/a.jpg", "train_masks/a_mask.png"), ("val/b.jpg", "val_masks/b_mask.png")),
    "inside": (
        ("images/train/a.jpg", "labels/train/a.png"),
        ("images/val/b.jpg", "labels/val/b.png"),
    ),
    "around": (
        ("train/images/a.jpg", "train/masks/a.png"),
        ("val/images/b.jpg", "val/masks/b.png"),
    ),
    "city": (
        ("leftImg8bit/train/x/a_leftImg8bit.png", "gtFine/train/x/a_gtFine_labelTrainIds.png"),
        ("leftImg8bit/val/x/b_leftImg8bit.png", "gtFine/val/x/b_gtFine_labelTrainIds.png"),
    ),
}


def touch(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", (2, 2)).save(path)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts(layout: str, tmp_path) -> None:
    for pair in LAYOUTS[layout]:
        for name in pair:
            touch(tmp_path / name)
    found, problems = find_pairs(tmp_path)
    assert problems == []
    assert [(pair.part, *map(str, pair[1:])) for pair in found] == [
        (part, *(str(tmp_path / name) for name in pair))
        for part, pair in zip(("train", "val"), LAYOUTS[layout], strict=True)
    ]


def test_a_table(tmp_path) -> None:
    for name in ("x/a.jpg", "y/a.png", "x/b.jpg"):
        touch(tmp_path / name)
    rows = "image,label,split\nx/a.jpg,y/a.png,dev\nx/b.jpg,y/none.png,train\nx/b.jpg\n"
    (tmp_path / "index.csv").write_text(rows)
    found, problems = find_pairs(tmp_path)
    assert [(pair.part, pair.picture.name) for pair in found] == [("val", "a.jpg")]
    assert [one.reason for one in problems] == ["no file none.png", "too few cells"]


def test_files_without_a_partner_are_named(tmp_path) -> None:
    for name in ("images/a.jpg", "labels/a.png", "images/b.jpg", "labels/c.png"):
        touch(tmp_path / name)
    found, problems = find_pairs(tmp_path)
    assert [pair.picture.stem for pair in found] == ["a"]
    assert {(Path(one.name).name, one.reason) for one in problems} == {
        ("b.jpg", "no label map in labels"),
        ("c.png", "a label map without a picture"),
    }


def test_errors(tmp_path) -> None:
    with pytest.raises(DataError, match=r"pictures with label maps in .*, got none"):
        find_pairs(tmp_path)
    (tmp_path / "set.zip").write_bytes(b"PK")
    with pytest.raises(DataError, match=r"got a zip file; try unpacking"):
        find_pairs(tmp_path / "set.zip")
    (tmp_path / "index.csv").write_text("photo,kind\n1,2\n")
    with pytest.raises(DataError, match=r"columns image and label in .*, got photo, kind"):
        find_pairs(tmp_path)
