import os
from pathlib import Path

import pytest

from saccade.data import tar_index
from saccade.data.tar_index import find_shards, has_shard_name, read_index
from saccade.errors import DataError
from tests.data.tars import painted, shard, write_tar


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("SACCADE_CACHE", str(tmp_path / "cache"))


def test_what_lies_where_by_hand(tmp_path):
    picture = painted(1)
    tar = write_tar(
        tmp_path / "a.tar",
        {
            "d/1.png": picture,
            "d/1.cls": "3\n",
            "d/2.json": {"label": "cat"},
            "d/2.left.JPG": b"second",
            "d/2.webp": b"not the first",
            "d/.3.png": b"hidden",
            "d/4.png": b"bare",
            "d/5.txt": "no picture",
            "d/6.png": b"x",
            "d/6.json": {"label": True, "cls": 1},
            "d/7.png": b"x",
            "d/7.json": "{",
        },
    )
    index = read_index(tar)
    named = [(entry.name, entry.label) for entry in index.entries]
    assert named == [
        ("d/1.png", 3),
        ("d/2.left.JPG", "cat"),
        ("d/4.png", None),
        ("d/6.png", None),
        ("d/7.png", None),
    ]
    first = index.entries[0]
    assert tar.read_bytes()[first.offset : first.offset + first.size] == picture


def test_it_is_kept_until_the_tar_changes(tmp_path, monkeypatch):
    tar = shard(tmp_path / "a.tar", 3)
    index = read_index(tar)
    looked = []
    look = tar_index._look
    monkeypatch.setattr(tar_index, "_look", lambda tar: looked.append(tar) or look(tar))
    assert read_index(tar) == index
    assert not looked
    shard(tar, 2)
    assert len(read_index(tar).entries) == 2
    os.utime(tar, ns=(0, 0))
    read_index(tar)
    assert looked == [tar, tar]
    for file in (tmp_path / "cache" / "shards").iterdir():
        file.write_text("damaged")
    assert len(read_index(tar).entries) == 2
    monkeypatch.setenv("SACCADE_CACHE", "/dev/null/nowhere")  # what cannot be kept is no error
    assert len(read_index(tar).entries) == 2


def test_a_damaged_tar_gives_what_comes_before_and_says_so(tmp_path):
    tar = shard(tmp_path / "a.tar", 4)
    whole = tar.read_bytes()
    second = read_index(tar).entries[1].offset
    for damaged in (
        whole[: second + 20],  # cut in a picture
        whole[: second - 200],  # cut in a header
        whole[: second - 512] + b"x" * 512 + whole[second:],  # no header
    ):
        tar.write_bytes(damaged)
        index = read_index(tar)
        assert [entry.name for entry in index.entries] == ["0000.png"]
        assert index.problem.startswith("a damaged or cut tar file (")
    tar.write_bytes(b"")
    assert "empty file" in read_index(tar).problem
    with pytest.raises(DataError, match="No such file"):
        read_index(tmp_path / "none.tar")


def test_shards_are_found_by_ranges_patterns_and_folders(tmp_path):
    names = [f"s-{number:02}.tar" for number in range(8, 12)]
    for name in names:
        shard(tmp_path / "all" / name, 1)
    folder = tmp_path / "all"
    for source, count in (
        (f"{folder}/s-{{08..11}}.tar", 4),
        (f"{folder}/s-{{09..10}}.tar", 2),
        (f"{folder}/s-0*.tar", 2),
        (str(folder), 4),
        (str(tmp_path), 4),
        (f"{folder}/s-08.tar", 1),
    ):
        assert has_shard_name(source)
        assert len(find_shards(source)) == count
    assert [tar.name for tar in find_shards(str(folder))] == names
    assert not has_shard_name(str(tmp_path / "cache"))
    assert not has_shard_name("digits")
    with pytest.raises(DataError, match=r"s-12\.tar, got no such file"):
        find_shards(f"{folder}/s-{{08..12}}.tar")
    with pytest.raises(DataError, match=r"tar files at .*, got none"):
        find_shards(f"{Path(folder)}/t-*.tar")
