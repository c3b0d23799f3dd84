"""What is known of pictures is found where it lies."""

import numpy as np
import pytest

from saccade.cli.truths import Truths, read_truths
from saccade.errors import DataError


def test_a_folder_with_arrays(tmp_path) -> None:
    arrays = {"names": np.array(["a.jpg"]), "offset": np.array([0, 2])}
    np.savez(tmp_path / "fixations.npz", **arrays, x=np.array([1.0, 2]), y=np.array([3.0, 4]))
    (tmp_path / "index.csv").write_text("picture,width\na.jpg,8\n")  # is not of fixations
    people = read_truths(None, tmp_path, 1.0).fixations
    np.testing.assert_array_equal(people.of("a.jpg"), [[0.5, 2.5], [1.5, 3.5]])


def test_nothing_given_tells_nothing(tmp_path) -> None:
    truths = read_truths(None, None, 0.5)
    assert truths == Truths()
    assert truths.summary([{"picture": "a"}]) == {}
    with pytest.raises(DataError, match=r"a file none\.csv"):
        read_truths(tmp_path / "none.csv", None, 0.5)


def test_a_summary_counts_what_was_compared() -> None:
    box = {"a": np.array([[0.0, 0, 1, 1]])}
    rows = [{"pointing": {"hit": True, "inside": 0.5, "area": 0.1}}, {"pointing": None}]
    found = Truths(box).summary(rows)["pointing"]
    assert (found["pictures"], found["hits"], found["inside"]["mean"]) == (1, 1, 0.5)
