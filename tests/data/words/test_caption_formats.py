import json
from pathlib import Path

import pytest

from saccade.data.words.caption_formats import CaptionRow, read_captions
from saccade.errors import DataError


@pytest.fixture
def read(tmp_path: Path):
    """Write a file of captions and read it: (image, captions, part) of each row, and problems."""

    def write(name: str, text: str | object):
        path = tmp_path / name
        path.write_text(text if isinstance(text, str) else json.dumps(text), "utf-8")
        rows, problems = read_captions(path)
        found = [(row.image, row.captions, row.part) for row in rows]
        return found, [f"{bad.name}: {bad.reason}" for bad in problems]

    return write


TWO = [("a.jpg", ("a red dog",), ""), ("한글.jpg", ("빨간 개, 앉다",), "")]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("c.tsv", "a.jpg\ta red dog\n한글.jpg\t빨간 개, 앉다\n"),
        ("c.txt", "image\tcaption\r\na.jpg\ta red dog\r\n한글.jpg\t빨간 개, 앉다"),
        ("c.csv", 'a.jpg,a red dog\n한글.jpg,"빨간 개, 앉다"\n'),
        ("c.csv", "image,caption\na.jpg,a red dog\n한글.jpg,빨간 개, 앉다\n"),
        ("c.csv", 'id,caption,file_name\n1,a red dog,a.jpg\n2,"빨간 개, 앉다",한글.jpg\n'),
        ("c.jsonl", '{"image":"a.jpg","caption":"a red dog"}\n{"file_name":"한글.jpg",'
         '"text":"빨간 개, 앉다"}\n'),
        ("c.json", [{"file": "a.jpg", "captions": ["a red dog"]},
                    {"file": "한글.jpg", "captions": ["빨간 개, 앉다"]}]),
        ("c.json", {"a.jpg": "a red dog", "한글.jpg": ["빨간 개, 앉다"]}),
        ("c.token", "a.jpg#0\ta red dog\n한글.jpg#0\t빨간 개, 앉다\n"),
    ],
)  # fmt: skip
def test_plain_formats(read, name: str, text: str | object) -> None:
    assert read(name, text) == (TWO, [])


def test_coco(read) -> None:
    images = [{"id": 7, "file_name": "a.jpg"}, {"id": 8, "file_name": "b.jpg"}, {"no": 1}]
    notes = [
        {"image_id": 7, "caption": "one"},
        {"image_id": 7, "caption": "two"},
        {"image_id": 9, "caption": "lost"},
        {"image_id": 8},
    ]
    found, problems = read("captions_val2017.json", {"images": images, "annotations": notes})
    assert found == [("a.jpg", ("one", "two"), ""), ("b.jpg", (), "")]
    assert problems == [
        "captions_val2017.json annotation 3: a caption of the picture 9, which is not there",
        "captions_val2017.json annotation 4: no caption",
    ]


def test_karpathy(read) -> None:
    def one(name: str, split: str, **rest: object) -> dict[str, object]:
        sentence = {"tokens": ["a", "dog"], **rest}
        return {"filename": name, "filepath": "val2014", "split": split, "sentences": [sentence]}

    images = [one("a.jpg", "restval"), one("b.jpg", "val", raw="A dog."), one("c.jpg", "odd")]
    assert read("dataset_coco.json", {"images": images}) == (
        [("val2014/a.jpg", ("a dog",), "train"), ("val2014/b.jpg", ("A dog.",), "val")],
        ["dataset_coco.json entry 3: 'odd' as the split, not train, val or test"],
    )


def test_flickr8k_with_its_lists(read, tmp_path: Path) -> None:
    for part, name in (("train", "a.jpg"), ("dev", "b.jpg"), ("test", "c.jpg")):
        (tmp_path / f"Flickr_8k.{part}Images.txt").write_text(f"{name}\n", "utf-8")
    lines = [f"{name}.jpg#{n}\t{name} {n} .\n" for name in "abcd" for n in range(2)]
    found, problems = read("Flickr8k.token.txt", "".join(lines))
    assert found[0] == ("a.jpg", ("a 0 .",), "train")
    assert [row[2] for row in found] == ["train"] * 2 + ["val"] * 2 + ["test"] * 2
    assert problems == []


def test_lines_that_cannot_be_used(read) -> None:
    assert read("c.csv", "image,caption,split\na.jpg,x,train\nb.jpg,y\nc.jpg,z,left\n") == (
        [("a.jpg", ("x",), "train")],
        [
            "c.csv line 3: 2 cells below 3 columns",
            "c.csv line 4: 'left' as the split, not train, val or test",
        ],
    )
    found, problems = read("c.json", [3, {"image": 4}, {"image": "a", "caption": 5}, {"text": "x"}])
    assert found == [("", ("x",), "")]
    assert problems == [
        "c.json entry 1: no JSON object",
        "c.json entry 2: no name of a picture",
        "c.json entry 3: captions that are not text",
    ]


def test_files_that_are_none(read, tmp_path: Path) -> None:
    with pytest.raises(DataError) as error:
        read("c.json", {"pictures": 3})
    assert error.value.got == "JSON without a list of pictures"
    with pytest.raises(DataError) as error:
        read("c.pdf", "")
    assert str(error.value) == (
        "expected captions in one of .json, .jsonl, .csv, .tsv, .txt, .token, got c.pdf; "
        "try another file"
    )
    assert read("c.csv", "") == ([], [])
    rows, _ = read_captions(tmp_path / "c.csv")
    assert rows == []
    assert CaptionRow("c.csv line 1", "a", ()).part == ""
