import json
import shutil
import unicodedata
import zipfile
from pathlib import Path

import pytest

from saccade.data.words.captions import CaptionSet, open_captions
from saccade.errors import ConfigError, DataError


def reasons(sets: dict[str, CaptionSet]) -> list[str]:
    return [f"{bad.name}: {bad.reason}" for own in sets.values() for bad in own.problems]


def test_captions_of_a_picture_are_grouped(tmp_path: Path, paint) -> None:
    paint("a.png", "in/b.png")
    lines = "a.png\tone\nin/b.png\ttwo\na.png\t  three  words \n"
    (tmp_path / "c.tsv").write_text(lines, "utf-8")
    train = open_captions(tmp_path / "c.tsv", val_fraction=0)["train"]
    assert train.captions == (("one", "three words"), ("two",))
    assert [train.picture_name(i) for i in range(2)] == ["a.png", "in/b.png"]
    assert train.texts() == ["one", "three words", "two"]
    assert (len(train), train.problems) == (2, ())
    assert train.load(1).image.size == (8, 6)


def test_everything_bad_is_named(tmp_path: Path, paint) -> None:
    paint("a.png", "b.png")
    (tmp_path / "broken.png").write_bytes(b"no picture")
    lines = (
        "a.png\tx",
        "lost.png\ty",
        "broken.png\tz",
        "b.png\t  ",
        "a.png\tx",
        "\tq",
        "lost.png\tw",
    )
    (tmp_path / "captions.tsv").write_text("\n".join(lines), "utf-8")
    sets = open_captions(tmp_path, val_fraction=0)
    assert sets["train"].captions == (("x",),)
    assert reasons(sets) == [
        "captions.tsv line 2: lost.png: no such file",
        "captions.tsv line 3: broken.png: a file that is not a picture of a known format",
        "captions.tsv line 4: b.png: an empty caption",
        "captions.tsv line 5: a.png: a caption it has already",
        "captions.tsv line 6: a caption without a picture",
    ]
    with pytest.raises(DataError) as error:
        open_captions(tmp_path, on_bad="fail")
    assert error.value.got == "5 bad, first captions.tsv line 2: lost.png: no such file"


def test_a_picture_of_two_parts_is_a_leak(tmp_path: Path, paint) -> None:
    paint("a.png", "b.png", "c.png")
    rows = [("a", "train"), ("b", "train"), ("b", "val"), ("c", "test"), ("c", "val")]
    found = [{"image": f"{name}.png", "caption": part, "split": part} for name, part in rows]
    (tmp_path / "c.json").write_text(json.dumps(found), "utf-8")
    sets = open_captions(tmp_path / "c.json")
    assert {part: own.captions for part, own in sets.items()} == {
        "train": (("train",),),
        "val": (("val",),),
        "test": (("test",),),
    }
    assert reasons(sets) == [
        "c.json entry 5: c.png: in val and in test, left out of val",
        "c.json entry 2: b.png: in train and in val, left out of train",
    ]


def test_val_is_split_off_by_picture(tmp_path: Path, paint) -> None:
    names = [f"{number}.png" for number in range(10)]
    paint(*names)
    lines = [f"{name}\tcaption {turn}" for turn in range(3) for name in names]
    (tmp_path / "c.tsv").write_text("\n".join(lines), "utf-8")
    sets = open_captions(tmp_path / "c.tsv", val_fraction=0.2, seed=1)
    assert (len(sets["train"]), len(sets["val"])) == (8, 2)
    assert not set(sets["train"].paths) & set(sets["val"].paths)
    assert all(len(own) == 3 for part in sets.values() for own in part.captions)
    (tmp_path / "c.tsv").write_text("\n".join(reversed(lines)), "utf-8")
    again = open_captions(tmp_path / "c.tsv", val_fraction=0.2, seed=1)
    assert set(again["val"].paths) == set(sets["val"].paths)
    others = {open_captions(tmp_path / "c.tsv", seed=seed)["val"].paths for seed in range(5)}
    assert len(others) > 1


def test_folders_of_the_usual_sets(tmp_path: Path, paint) -> None:
    paint("train2017/1.png", "val2017/2.png", "Flicker8k_Dataset/3.png")
    for part, number in (("train", 1), ("val", 2)):
        path = tmp_path / "annotations" / f"captions_{part}2017.json"
        path.parent.mkdir(exist_ok=True)
        images = [{"id": number, "file_name": f"{number}.png"}]
        notes = [{"image_id": number, "caption": part}]
        path.write_text(json.dumps({"images": images, "annotations": notes}), "utf-8")
    sets = open_captions(tmp_path)
    assert [(part, own.picture_name(0)) for part, own in sets.items()] == [
        ("train", "train2017/1.png"),
        ("val", "val2017/2.png"),
    ]
    shutil.rmtree(tmp_path / "annotations")
    (tmp_path / "Flickr8k.token.txt").write_text("3.png#0\tx\n3.png#1\ty\n", "utf-8")
    assert open_captions(tmp_path)["train"].captions == (("x", "y"),)


def test_hangul_names_however_they_are_composed(tmp_path: Path, paint) -> None:
    paint(unicodedata.normalize("NFD", "사진.png"))
    lines = unicodedata.normalize("NFC", "사진.png") + "\t빨간 원\n"
    (tmp_path / "c.tsv").write_text(lines, "utf-8")
    assert open_captions(tmp_path / "c.tsv")["train"].captions == (("빨간 원",),)


def test_sources_that_are_none(tmp_path: Path) -> None:
    def sentence(source: Path) -> str:
        with pytest.raises(DataError) as error:
            open_captions(source)
        return f"{error.value.got}; {error.value.hint}"

    assert sentence(tmp_path / "no") == "no such file or folder; another path"
    assert sentence(tmp_path).startswith("none; captions.tsv with lines")
    with zipfile.ZipFile(tmp_path / "a.zip", "w"):
        pass
    assert sentence(tmp_path / "a.zip") == "a zip file; unpacking it into a folder"
    (tmp_path / "c.tsv").write_text("a.png\tx\n", "utf-8")
    assert sentence(tmp_path / "c.tsv").startswith(
        "none that can be used, first c.tsv line 1: a.png: no such file; lines such as"
    )
    with pytest.raises(ConfigError, match=r"val_fraction from 0 to below 1, got 1\.5; try 0\.1"):
        open_captions(tmp_path, val_fraction=1.5)


@pytest.mark.shared_data
@pytest.mark.slow
def test_flickr8k_as_it_lies(shared_data: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(shared_data / "flickr8k" / "flickr8k160_share.zip") as archive:
        archive.extractall(tmp_path)
    sets = open_captions(tmp_path)
    assert {part: (len(own), len(own.texts())) for part, own in sets.items()} == {
        "train": (2500, 12495),
        "val": (250, 1250),
    }
    assert len(reasons(sets)) == 5
    assert all("a caption it has already" in reason for reason in reasons(sets))
