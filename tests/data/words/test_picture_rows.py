import os
import unicodedata
from pathlib import Path

from saccade.data.words.picture_rows import (
    Leak,
    PictureFinder,
    find_picture,
    held_out,
    leaks,
    name_below,
    part_of_file,
    picture_root,
)


def test_pictures_are_found_however_they_are_written(tmp_path: Path, paint) -> None:
    paint("in/b.png", unicodedata.normalize("NFD", "in/사진.png"))
    folders = [tmp_path, tmp_path / "in"]
    assert find_picture("b.png", folders) == tmp_path / "in" / "b.png"
    assert find_picture("in\\b.png", folders) == tmp_path / "in" / "b.png"
    assert find_picture("사진.png", folders).is_file()
    assert find_picture("no.png", folders) == tmp_path / "no.png"
    assert find_picture("a\0b", folders) == tmp_path / "a\0b"
    assert find_picture("\ud800.png", folders) == tmp_path / "\ud800.png"


def test_a_header_is_opened_once_for_the_same_names(tmp_path: Path, paint) -> None:
    paint("images/b.png")
    (tmp_path / "broken.png").write_bytes(b"no picture")
    finder = PictureFinder(tmp_path / "words.tsv")
    assert finder.look("no.png", "b.png") == (tmp_path / "images" / "b.png", None, True)
    assert finder.look("no.png", "b.png")[2] is False
    where, reason, first = finder.look("no.png")
    assert (where, reason, first) == (tmp_path / "no.png", "no such file", True)
    assert finder.look("\ud800.png")[1] is not None
    assert "not a picture" in str(finder.look("broken.png")[1])


def test_names_and_parts() -> None:
    assert name_below(Path("/a/b/c.png"), Path("/a")) == "b/c.png"
    assert name_below(Path("/a/c.png"), Path("/b")) == name_below(Path("/a/c.png"), None)
    assert part_of_file(Path("captions_val2017.json")) == "val"
    assert part_of_file(Path("questions.dev.tsv")) == "val"
    assert part_of_file(Path("questions.ko.jsonl")) is None
    assert picture_root(Path("coco/annotations/a.json")) == Path("coco")
    assert picture_root(Path("vqa/Questions/a.json")) == Path("vqa")
    assert picture_root(Path("mine/a.json")) == Path("mine")


def test_a_picture_stays_in_the_part_that_is_judged_by(tmp_path: Path, paint) -> None:
    paint("a.png", "b.png")
    a, b, link = tmp_path / "a.png", tmp_path / "b.png", tmp_path / "link.png"
    os.symlink(a, link)
    found = leaks({"train": [link, b], "val": [a, b], "test": [b]})
    assert found == [Leak("val", b, "test"), Leak("train", link, "val"), Leak("train", b, "test")]
    assert leaks({"train": [a, link], "val": [b]}) == []


def test_what_is_held_out_depends_on_names_alone() -> None:
    names = [f"{number}.png" for number in range(10)]
    taken = held_out(names, 0.3, "0")
    assert len(taken) == 3
    assert held_out([*reversed(names), *names], 0.3, "0") == taken
    assert len({held_out(names, 0.3, str(seed)) for seed in range(5)}) > 1
    assert held_out(["a"], 0.9, "0") == held_out([], 0.5, "0") == frozenset()
