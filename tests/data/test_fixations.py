"""Fixations from tables, arrays and folders, and the points of a picture."""

import numpy as np
import pytest

from saccade.data.fixations import read_fixations
from saccade.errors import ConfigError, DataError

CSV = "image,subject,x,y,duration\na.jpg,s10,1,2,100\nb.jpg,s2,3,4,\na.jpg,s2,5,6,50\n"


@pytest.fixture
def table(tmp_path):
    (tmp_path / "fixations.csv").write_text(CSV)
    return tmp_path / "fixations.csv"


def test_a_table_by_hand(table):
    found = read_fixations(table)
    assert found.names == ("a.jpg", "b.jpg")
    assert found.picture.tolist() == [0, 1, 0]
    assert found.subject.tolist() == [0, 1, 1]  # by the alphabet: s10, s2
    assert found.points.tolist() == [[1, 2], [3, 4], [5, 6]]
    np.testing.assert_array_equal(found.duration, [100, np.nan, 50])


def test_points_are_told_in_pixels_that_cover_their_number(table):
    # MATLAB's first pixel has its middle at 1, ours at 0.5.
    assert read_fixations(table, first=1).points[0].tolist() == [0.5, 1.5]
    assert read_fixations(table, first=0).points[0].tolist() == [1.5, 2.5]


def test_a_picture_is_found_by_its_file(table, tmp_path):
    found = read_fixations(table)
    assert found.name_of("else/where/a.jpg") == "a.jpg"
    assert found.name_of("a.png") is None
    table.write_text(CSV.replace(".jpg", ""))
    assert read_fixations(table).name_of(tmp_path / "a.png") == "a"


def test_the_points_of_a_picture(table):
    found = read_fixations(table)
    assert found.subjects == (0, 1)
    assert found.of("a.jpg").tolist() == [[1, 2], [5, 6]]
    assert found.of("a.jpg", subject=1).tolist() == [[5, 6]]
    assert found.of("a.jpg", without=1).tolist() == [[1, 2]]
    assert found.of("b.jpg", subject=0).shape == (0, 2)
    with pytest.raises(DataError, match=r"a picture with fixations, such as a\.jpg, b\.jpg"):
        found.of("c.jpg")


def test_subjects_that_are_numbers_go_by_their_size(tmp_path):
    (tmp_path / "t.csv").write_text("image,subject,x,y\na,10,0,0\na,9,0,0\n")
    assert read_fixations(tmp_path / "t.csv").subject.tolist() == [1, 0]


def test_a_folder_of_tables_named_like_pictures(tmp_path):
    (tmp_path / "one.csv").write_text("x,y\n1,2\n")
    (tmp_path / "two.json").write_text('[{"x": 3, "y": 4, "viewer": 7}]')
    (tmp_path / "notes.txt").write_text("left out")
    found = read_fixations(tmp_path)
    assert found.names == ("one", "two")
    assert found.points.tolist() == [[1, 2], [3, 4]]


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("a.txt", "", r"fixations as \.csv, \.json, \.npz, \.mat or a folder, got a\.txt"),
        ("a.csv", "image,x\na,1\n", r"fixations with image, x and y in a\.csv, got 'y'"),
        ("a.csv", "image,x,y\n", r"fixations in a\.csv, got none"),
        ("a.csv", "image,x,y\na,left,2\n", "could not convert string to float: 'left'"),
        ("a.json", "{", "fixations with image, x and y"),
        ("a.npz", "no zip", "fixations with image, x and y"),
    ],
)
def test_files_that_are_none(tmp_path, name, text, sentence):
    (tmp_path / name).write_text(text)
    with pytest.raises(DataError, match=sentence):
        read_fixations(tmp_path / name)


def test_no_file_and_no_number(tmp_path, table):
    with pytest.raises(DataError, match=r"a file none\.csv, got No such file"):
        read_fixations(tmp_path / "none.csv")
    with pytest.raises(ConfigError, match="a coordinate for the first pixel, got nan"):
        read_fixations(table, first=float("nan"))
