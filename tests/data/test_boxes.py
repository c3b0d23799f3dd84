"""Boxes from the files people have."""

import json

import numpy as np
import pytest

from saccade.data.boxes import boxes_of, read_boxes
from saccade.errors import DataError


def test_tables_with_and_without_headings(tmp_path) -> None:
    file = tmp_path / "boxes.csv"
    file.write_text("a.jpg,1,2,3,4\nb.jpg, 0, 0, 5.5, 6\na.jpg,7,7,9,9\n")
    bare = read_boxes(file)
    np.testing.assert_array_equal(bare["a.jpg"], [[1, 2, 3, 4], [7, 7, 9, 9]])
    file.write_text("class,image,x1,y1,x0,y0\ncat,a.jpg,3,4,1,2\n")
    np.testing.assert_array_equal(read_boxes(file)["a.jpg"], [[1, 2, 3, 4]])


def test_coco(tmp_path) -> None:
    images = [{"id": 7, "file_name": "a.jpg"}]
    annotations = [{"image_id": 7, "bbox": [1, 2, 10, 20], "category_id": 3}]
    file = tmp_path / "instances.json"
    file.write_text(json.dumps({"images": images, "annotations": annotations}))
    np.testing.assert_array_equal(read_boxes(file)["a.jpg"], [[1, 2, 11, 22]])


def test_pictures_are_found_by_path_name_and_stem() -> None:
    one = np.zeros((1, 4))
    assert boxes_of({"a.jpg": one}, "folder/a.jpg") is one
    assert boxes_of({"a": one}, "folder/a.jpg") is one
    assert boxes_of({"folder/a.jpg": one}, "folder/a.jpg") is one
    assert boxes_of({"b.jpg": one}, "folder/a.jpg") is None


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("b.txt", "", "expected boxes as .csv or COCO's .json, got b.txt"),
        ("b.csv", "", "expected boxes in b.csv, got none; try lines name, x0, y0, x1, y1"),
        ("b.csv", "a,1,2,3\n", "expected boxes with four numbers in b.csv"),
        ("b.csv", "a,3,2,1,4\n", "expected boxes x0 y0 x1 y1 with x0 < x1"),
        ("b.csv", "a,1,2,nan,4\n", "expected boxes x0 y0 x1 y1 with x0 < x1"),
        ("b.json", "[1]", "expected boxes with four numbers in b.json"),
        ("b.json", "{", "expected boxes with four numbers in b.json"),
    ],
)
def test_errors(tmp_path, name, text, sentence) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(DataError) as error:
        read_boxes(tmp_path / name)
    assert str(error.value).startswith(sentence)


def test_a_missing_file_is_named(tmp_path) -> None:
    with pytest.raises(DataError, match=r"expected a file none\.csv"):
        read_boxes(tmp_path / "none.csv")
