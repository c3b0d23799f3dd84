import os

import pytest

from saccade.data import finding
from saccade.data.finding import find_pictures, walk_pictures
from saccade.data.sets import BadFile


def names(paths, root):
    return [path.relative_to(root).as_posix() for path in paths]


def test_only_pictures_that_can_be_seen(tree):
    root = tree({"b": 2, "a/deep": 1, ".hidden": 1})
    for name in ("README.txt", ".DS_Store", "Thumbs.db", "index.csv", "._0.png"):
        (root / "b" / name).write_text("x")
    found, problems = walk_pictures(root)
    assert names(found, root) == ["a/deep/0.png", "b/0.png", "b/1.png"]
    assert problems == []


def test_what_is_no_picture_is_named(tree):
    root = tree({"a": 1})
    (root / "a" / "x.jpg").mkdir()
    (root / "a" / "x.jpg" / "inner.png").write_text("x")
    (root / "a" / "text.PNG").write_text("x")
    (root / "a" / "phone.heic").write_text("x")
    (root / "a" / "gone.png").symlink_to("nowhere")
    (root / "a" / "loop.png").symlink_to("loop.png")
    os.mkfifo(root / "a" / "pipe.jpeg")
    found, problems = find_pictures([str(root)])
    assert names(found, root) == ["a/0.png"]
    reasons = {bad.name.rsplit("/", 1)[1]: bad.reason for bad in problems}
    assert reasons.pop("loop.png").startswith("a file that cannot be opened")
    assert reasons == {
        "x.jpg": "a folder, not a file",
        "text.PNG": "a file that is not a picture of a known format",
        "phone.heic": "a file that is not a picture of a known format",
        "gone.png": "a link to a file that does not exist",
        "pipe.jpeg": "a named pipe, not a file",
    }


def test_links_in_a_circle_end(tree):
    root = tree({"a/b": 1})
    (root / "a" / "b" / "up").symlink_to(root)
    (root / "a" / "again").symlink_to(root / "a")
    (root / "a" / "self").symlink_to("self")
    found, problems = walk_pictures(root)
    assert [path.name for path in found] == ["0.png"]
    assert problems == []
    assert len(find_pictures([f"{root}/**/*.png"])[0]) == 1


def test_sources_of_all_kinds_give_each_file_once(tree, monkeypatch):
    root = tree({"a": 2, "b": 1, "[odd]": 1})
    (root / "plain").write_bytes((root / "a" / "0.png").read_bytes())
    monkeypatch.chdir(root)
    assert names(find_pictures(["b/0.png", "a/*.png", "a", "a/1.png"])[0], ".") == [
        "a/0.png",
        "a/1.png",
        "b/0.png",
    ]
    assert names(find_pictures(["?"])[0], ".") == ["a/0.png", "a/1.png", "b/0.png"]
    assert names(find_pictures(["[odd]/0.png"])[0], ".") == ["[odd]/0.png"]
    assert names(find_pictures(["plain"])[0], ".") == ["plain"]
    assert names(find_pictures([f"../{root.name}/?/0.png"])[0], "..") == [
        f"{root.name}/a/0.png",
        f"{root.name}/b/0.png",
    ]


def test_what_is_not_there_is_named_and_nothing_is_raised(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    found, problems = find_pictures(["", "none.jpg", "no*.jpg", "empty"])
    assert found == []
    assert problems == [
        BadFile("''", "an empty name"),
        BadFile("no*.jpg", "a pattern that matches no file"),
        BadFile("none.jpg", "no such file"),
    ]


def test_a_folder_that_cannot_be_read_is_named(tree, monkeypatch):
    root = tree({"a": 1, "b": 1})
    scan = os.scandir

    def refuse(path):
        if str(path).endswith("/a"):
            raise PermissionError(13, "Permission denied")
        return scan(path)

    monkeypatch.setattr(finding.os, "scandir", refuse)
    found, problems = walk_pictures(root)
    assert names(found, root) == ["b/0.png"]
    assert problems[0].reason == "a folder that cannot be read (Permission denied)"


@pytest.mark.skipif(os.name != "posix", reason="names are bytes on POSIX only")
def test_names_that_are_not_utf8_can_be_printed(tmp_path):
    (tmp_path / os.fsdecode(b"\xff.jpg")).write_text("x")
    _, problems = find_pictures([str(tmp_path)])
    assert problems[0].name.encode("utf-8").endswith(b".jpg")
