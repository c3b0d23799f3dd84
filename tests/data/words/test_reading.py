import gzip
from pathlib import Path

import pytest

from saccade.data.sets import BadFile
from saccade.data.words.reading import (
    lines_of,
    part_of,
    read_json,
    read_json_lines,
    read_rows,
    read_text,
)
from saccade.errors import DataError


def test_parts_by_hand() -> None:
    words = ("train", "restval", "Dev", " valid ", "testing", "other", "")
    assert [part_of(word) for word in words] == ["train"] * 2 + ["val"] * 2 + ["test", None, None]


def test_lines_end_at_line_feeds_only() -> None:
    assert lines_of("a\r\nb\u2028c\x0bd\n\ne\n") == ["a", "b\u2028c\x0bd", "", "e"]
    assert lines_of("") == []


def test_text_packed_or_not(tmp_path: Path) -> None:
    plain, packed = tmp_path / "a.txt", tmp_path / "a.txt.gz"
    plain.write_bytes("\ufeff한글\n".encode())
    packed.write_bytes(gzip.compress("한글\n".encode()))
    assert read_text(plain, "a text") == read_text(packed, "a text") == "한글\n"


def test_texts_that_cannot_be_read(tmp_path: Path) -> None:
    for name, data, got in (
        ("korean.txt", "a\n한글".encode("cp949"), "bytes in line 2 that are not UTF-8; try sav"),
        ("cut.gz", gzip.compress(b"abc" * 99)[:20], "Compressed file ended before"),
        ("none.gz", b"abc", "Not a gzipped file"),
    ):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(DataError, match=got):
            read_text(tmp_path / name, "a text")
    with pytest.raises(DataError, match="got a folder; try another path"):
        read_text(tmp_path, "a text")
    with pytest.raises(DataError, match="No such file"):
        read_text(tmp_path / "missing", "a text")


def rows(text: str) -> tuple[list[tuple[int, list[str]]], list[BadFile]]:
    problems: list[BadFile] = []
    return read_rows(Path("a/t.csv"), text, problems), problems


def test_cells_between_tabs() -> None:
    found, problems = rows('a.jpg\tsays "hi", 5" long\n\nb.jpg\t"x, ""y"""\nc.jpg\t"so"\n')
    assert found == [
        (1, ["a.jpg", 'says "hi", 5" long']),
        (3, ["b.jpg", 'x, "y"']),
        (4, ["c.jpg", '"so"']),
    ]
    assert problems == []


def test_cells_between_commas() -> None:
    found, problems = rows('a.jpg,"one, two"\nb.jpg,"over\ntwo lines"\n\nc.jpg,x\n')
    assert found == [
        (1, ["a.jpg", "one, two"]),
        (3, ["b.jpg", "over\ntwo lines"]),
        (5, ["c.jpg", "x"]),
    ]
    assert problems == []


def test_quotes_that_do_not_match_cost_one_line() -> None:
    found, problems = rows('a.jpg,x\nb.jpg,"red" dog\nc.jpg,"open\nd.jpg,y\n')
    assert [cells[0] for _, cells in found] == ["a.jpg", "d.jpg"]
    assert [bad.name for bad in problems] == ["t.csv line 2", "t.csv line 3"]
    assert all(bad.reason.startswith("quotes that do not match") for bad in problems)


def test_json(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"a": 1}\n\n[1]\n{"b"\n{"c": 2}\n', "utf-8")
    problems: list[BadFile] = []
    assert list(read_json_lines(path, "objects", problems)) == [(1, {"a": 1}), (5, {"c": 2})]
    assert problems == [
        BadFile("a.jsonl line 3", "no JSON object"),
        BadFile("a.jsonl line 4", "no JSON object"),
    ]
    for text in ("{", "[" * 100_000):
        path.write_text(text, "utf-8")
        with pytest.raises(DataError, match="got no JSON "):
            read_json(path, "objects")
