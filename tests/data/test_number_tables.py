"""Tables of numbers: what is read, and one sentence for each thing that cannot be."""

import numpy as np
import pytest

from saccade.data.number_tables import NumberTable, read_numbers, table_text
from saccade.errors import DataError

GOOD = "id,width,height,y\n1,0.5,2,a\n2,1.5,NA,b\n3,-1e3,4,a\n"


@pytest.fixture
def write(tmp_path):
    def call(text, name="parts.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        return path

    return call


def test_a_table(write):
    table = read_numbers(write(GOOD), leave_out=["id"])
    assert (table.name, table.names, table.target) == ("parts.csv", ("width", "height"), "y")
    assert table.labels.tolist() == ["a", "b", "a"]
    np.testing.assert_array_equal(table.values, [[0.5, 2], [1.5, np.nan], [-1000, 4]])


@pytest.mark.parametrize(
    ("name", "mark", "told"),
    [
        ("a.csv", ";", None),
        ("a.tsv", "\t", None),
        ("a.txt", "|", None),
        ("a.csv", "\t", None),
        ("a.csv", ":", ":"),
    ],
)
def test_what_stands_between_the_cells(write, name, mark, told):
    text = GOOD.replace(",", mark).replace("\n", "\r\n")
    table = read_numbers(write(text, name, "utf-8-sig"), delimiter=told)
    assert table.names == ("id", "width", "height")
    assert table.values[2].tolist() == [3, -1000, 4]


def test_the_target_is_found_or_told(write):
    assert read_numbers(write("class,a\n1,2\n")).target == "class"
    table = read_numbers(write("grade,a\nx,2\n"), target="grade")
    assert (table.target, table.names) == ("grade", ("a",))


@pytest.mark.parametrize(
    ("text", "options", "sentence"),
    [
        ("", {}, "an empty file"),
        (" \n\n", {}, "an empty file"),
        ("a,y\n", {}, "expected lines below the names in parts.csv, got none"),
        ("1,2,3\n4,5,6\n", {}, "names of the columns in line 1 of parts.csv, got numbers"),
        ("a b y\n1 2 x\n", {}, "columns with ',' between them in parts.csv, got only 'a b y'"),
        (GOOD, {"target": "heigth"}, "a column 'heigth' in parts.csv, got id, width"),
        (GOOD, {"target": "heigth"}, "try --target height"),
        ("a,b\n1,2\n", {}, "expected a column of classes in parts.csv: y, target"),
        ("a,y\n1,x\nred,x\n", {}, "a number in column 'a' of parts.csv, got 'red' in line 3"),
        ("a,y\n1,x\nred,x\n", {}, "--leave-out 'a'"),
        ("a;y\n1,5;x\n", {}, "a point in place of the comma: 1.5"),
        ("a,y\n1,x\n\n1,2,3\n", {}, "2 cells a line in parts.csv, got 3 in line 4"),
        ("a,y\n1,\n", {}, "a class in column 'y' of parts.csv, got none in line 2"),
        ("a,a,y\n1,2,x\n", {}, "'a' twice"),
        ("a,y\n1,x\n", {"leave_out": ["b"]}, "a column 'b' to leave out of parts.csv, got a, y"),
        ("a,y\n1,x\n", {"leave_out": ["a"]}, "a column of numbers beside y in parts.csv, got none"),
    ],
)
def test_one_sentence_for_what_cannot_be_read(write, text, options, sentence):
    with pytest.raises(DataError) as caught:
        read_numbers(write(text), **options)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


def test_files_that_are_no_text(tmp_path, write):
    with pytest.raises(DataError, match="No such file"):
        read_numbers(tmp_path / "none.csv")
    path = tmp_path / "latin.csv"
    path.write_bytes(b"a,y\n1,caf\xe9\n")
    with pytest.raises(DataError, match="no UTF-8 text"):
        read_numbers(path)
    with pytest.raises(DataError, match="an npz file of plain arrays"):
        read_numbers(write("nothing", "a.npz"))


def test_npz(tmp_path):
    x, y = np.arange(6.0).reshape(3, 2), np.array([0.0, 1.0, 1.0])
    np.savez(tmp_path / "a.npz", X=x, y=y)
    table = read_numbers(tmp_path / "a.npz")
    assert (table.names, table.labels.tolist()) == (("x1", "x2"), ["0", "1", "1"])
    names = np.array(["p", "q"])
    np.savez(tmp_path / "b.npz", pixels=x.astype(np.int8), kind=["u", "v", "v"], names=names)
    table = read_numbers(tmp_path / "b.npz", target="kind", leave_out=["p"])
    assert (table.names, table.values.tolist()) == (("q",), [[1], [3], [5]])
    assert table.labels.tolist() == ["u", "v", "v"]


@pytest.mark.parametrize(
    ("arrays", "sentence"),
    [
        ({"a": [[1.0]], "b": [[2.0]], "y": [1]}, "one matrix of features in a.npz, got 2"),
        ({"X": [[1.0], [2.0]], "y": [1]}, "a class for each of 2 rows in y of a.npz"),
        ({"X": [["u"]], "y": [1]}, "numbers in X of a.npz"),
        ({"X": [[1.0]], "y": [1], "names": ["a", "b"]}, "1 names of features in a.npz, got 2"),
        ({"X": np.array([[None]]), "y": [1]}, "an npz file of plain arrays"),
    ],
)
def test_npz_that_cannot_be_read(tmp_path, arrays, sentence):
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(DataError) as caught:
        read_numbers(tmp_path / "a.npz")
    assert sentence in str(caught.value)


def test_a_table_is_written_and_read_again(write):
    values = np.array([[0.1, 1 / 3, np.nan], [2.0, -5e-30, 1e300]])
    table = NumberTable("t", ("a", "b", "c"), values, np.array(["x, y", "z"]), "kind")
    again = read_numbers(write(table_text(table, [1, 2])), target="kind")
    assert again.names == ("b", "c")
    np.testing.assert_array_equal(again.values, values[:, 1:])
    assert again.labels.tolist() == ["x, y", "z"]
