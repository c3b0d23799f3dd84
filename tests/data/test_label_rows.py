import json

import pytest

from saccade.data.label_rows import read_label_table
from saccade.errors import DataError


@pytest.fixture
def read(tmp_path):
    """Write a table and read it: `read("image,label\\n...", "labels.csv")`."""

    def call(text: str, name: str = "labels.csv"):
        path = tmp_path / name
        path.write_bytes(text.encode())
        return read_label_table(path)

    return call


def told(table) -> list[tuple]:
    return [(row.line, row.image, row.labels, row.part) for row in table.rows]


def reasons(table) -> dict[str, str]:
    return {bad.name: bad.reason for bad in table.problems}


def test_one_label(read):
    table = read('\ufeffImage,Label,split\r\na.png,"cat, big",train\r\nb.png, dog ,VALID\r\n')
    assert not table.multi
    assert told(table) == [(2, "a.png", ("cat, big",), "train"), (3, "b.png", ("dog",), "val")]
    assert read("file_name\tclass\na.png\tx\n", "t.tsv").rows == read("file;label\na.png;x\n").rows


def test_several_labels(read):
    table = read("image,labels\na.png,cat; dog|cat\nb.png,fish\n")
    assert table.multi
    assert [row.labels for row in table.rows] == [("cat", "dog"), ("fish",)]
    lines = [{"file_name": "a.png", "labels": ["x", "y"]}, {"file_name": "b.png", "labels": "x|y"}]
    table = read("\n\n".join(map(json.dumps, lines)), "metadata.jsonl")
    assert told(table) == [(1, "a.png", ("x", "y"), ""), (3, "b.png", ("x", "y"), "")]


def test_a_column_for_each_class(read):
    table = read("image,cat,width,dog\na.png,1,640,0\nb.png,0,480,0\nc.png,1,31,2\nd.png,,9,1\n")
    assert table.multi
    assert table.columns == ("cat", "dog")
    assert [row.labels for row in table.rows] == [("cat",), ()]
    assert reasons(table) == {
        "labels.csv column width": "no column of labels, not read",
        "labels.csv line 4": "'2' for dog, not 0 or 1",
        "labels.csv line 5": "an empty cell for cat",
    }
    lines = [{"image": "a", "x": True, "y": False}, {"image": "b", "x": 0, "y": 1}]
    table = read("\n".join(map(json.dumps, lines)), "t.jsonl")
    assert [row.labels for row in table.rows] == [("x",), ("y",)]


def test_lines_that_cannot_be_used_are_named(read):
    table = read(
        "image,label,split,note\n"
        "a.png,cat,train,x\n"
        "b.png,,train,x\n"
        ",cat,train,x\n"
        "a.png,cat,train,x\n"
        "a.png,dog,train,x\n"
        "c.png,cat\n"
        "d.png,cat,later,x\n"
        "\n"
        'e.png,"two\nlines",test,x\n'
    )
    assert [row.line for row in table.rows] == [2, 11]
    assert reasons(table) == {
        "labels.csv column note": "no column of labels, not read",
        "labels.csv line 3": "an empty label",
        "labels.csv line 4": "no name of a picture",
        "labels.csv line 5": "a.png a second time, the same as in line 2",
        "labels.csv line 6": "a.png a second time, another label or split than in line 2",
        "labels.csv line 7": "2 cells below 4 columns",
        "labels.csv line 8": "'later' as the split, not train, val or test",
    }
    table = read('{"image": "a", "label": ["x", "y"]}\nnothing\n[1]\n', "t.jsonl")
    assert reasons(table) == {
        "t.jsonl line 1": "2 labels where one is expected",
        "t.jsonl line 2": "no JSON object",
        "t.jsonl line 3": "no JSON object",
    }


@pytest.mark.parametrize(
    ("text", "got"),
    [
        ("", "the columns of an empty file"),
        ("a,b\n1,2\n", "the columns a, b"),
        ("image,height\na.png,640\n", "the columns image, height"),
        ("image,label,label\n", "two columns that are called label"),
    ],
)
def test_no_table(read, text, got):
    with pytest.raises(DataError, match=f"the columns image and label in labels.csv, got {got}"):
        read(text)


def test_no_text(read, tmp_path):
    (tmp_path / "x.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match="got no UTF-8 text"):
        read_label_table(tmp_path / "x.csv")
    with pytest.raises(DataError, match="got No such file"):
        read_label_table(tmp_path / "none.csv")
