"""Each kind of file as rows."""

import sys

import numpy as np
import pytest

from saccade.data.fixation_tables import read_csv, read_json, read_matlab, read_npz
from saccade.errors import DataError, MissingExtra


def test_headings_in_any_case_and_with_other_words(tmp_path):
    (tmp_path / "t.csv").write_text("\ufeffFile, X ,y,Participant,duration_ms\np,1.5,2,4,9\n")
    assert read_csv(tmp_path / "t.csv") == [("p", "4", 1.5, 2.0, 9.0)]


def test_json_of_points(tmp_path):
    (tmp_path / "t.json").write_text('{"p": [[1, 2], [3, 4]]}')
    rows = read_json(tmp_path / "t.json")
    assert [row[:4] for row in rows] == [("p", "0", 1, 2), ("p", "0", 3, 4)]


def arrays(**changes):
    found = {
        "names": np.array(["a", "b"]),
        "offset": np.array([0, 1, 3]),
        "x": np.array([1.0, 2, 3], dtype=np.float32),
        "y": np.array([4.0, 5, 6], dtype=np.float32),
        "subject": np.array([0, 0, 1], dtype=np.uint8),
        "duration_ms": np.array([7.0, 8, 9]),
    }
    return {**found, **changes}


def test_arrays_with_offsets(tmp_path):
    np.savez(tmp_path / "t.npz", **arrays())
    assert read_npz(tmp_path / "t.npz") == [
        ("a", "0", 1, 4, 7),
        ("b", "0", 2, 5, 8),
        ("b", "1", 3, 6, 9),
    ]
    np.savez(tmp_path / "bad.npz", **arrays(offset=np.array([0, 3])))
    with pytest.raises(DataError, match="an offset for each picture and the end, got 2 for 2"):
        read_npz(tmp_path / "bad.npz")


def test_matlab_as_osie_lays_it_out(tmp_path):
    io = pytest.importorskip("scipy.io")
    viewers = np.empty(2, dtype=object)
    for number, (x, y, time) in enumerate([([1.0, 2.0], [3.0, 4.0], [5, 6]), ([7.0], [8.0], [9])]):
        viewers[number] = {"fix_x": x, "fix_y": y, "fix_duration": time}
    pictures = np.empty(1, dtype=object)
    pictures[0] = {"img": "1001.jpg", "subjects": viewers}
    io.savemat(tmp_path / "fixations.mat", {"fixations": pictures})
    assert read_matlab(tmp_path / "fixations.mat") == [
        ("1001.jpg", "0", 1, 3, 5),
        ("1001.jpg", "0", 2, 4, 6),
        ("1001.jpg", "1", 7, 8, 9),
    ]


def test_without_scipy_one_sentence_says_so(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy.io", None)
    with pytest.raises(MissingExtra, match="scipy, to read MATLAB files, got no scipy; try pip"):
        read_matlab(tmp_path / "fixations.mat")
