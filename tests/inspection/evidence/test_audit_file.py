"""The array of a file, and files that hold none."""

import numpy as np
import pytest
import torch

from saccade.errors import DataError
from saccade.inspection.evidence.audit_file import read_map


@pytest.mark.parametrize(
    ("saved", "read"),
    [(np.float16, torch.float16), (np.float32, torch.float32), (np.uint8, torch.float64)],
)
def test_numbers_of_any_type(tmp_path, saved, read):
    np.save(tmp_path / "a.npy", np.arange(6, dtype=saved).reshape(2, 3))
    found = read_map(tmp_path / "a.npy")
    assert found.dtype == read
    assert found.tolist() == [[0, 1, 2], [3, 4, 5]]


def test_the_only_array_or_the_one_that_is_named(tmp_path):
    np.savez(tmp_path / "a.npz", one=np.ones((2, 2)), count=np.array(3))
    assert read_map(tmp_path / "a.npz").tolist() == [[1, 1], [1, 1]]
    np.savez(tmp_path / "b.npz", one=np.ones((2, 2)), two=np.zeros((2, 2)))
    assert read_map(tmp_path / "b.npz", array="two").sum() == 0
    with pytest.raises(DataError, match=r"one array in b\.npz, got one, two; try --array NAME"):
        read_map(tmp_path / "b.npz")
    with pytest.raises(DataError, match=r"an array 'three' in b\.npz, got only one, two"):
        read_map(tmp_path / "b.npz", array="three")


def test_files_that_hold_no_numbers(tmp_path):
    np.save(tmp_path / "words.npy", np.array([["a", "b"]]))
    np.save(tmp_path / "objects.npy", np.array([{}, None]), allow_pickle=True)
    (tmp_path / "text.npy").write_text("attention")
    (tmp_path / "empty.npy").write_bytes(b"")
    (tmp_path / "broken.npz").write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(DataError, match=r"numbers in words\.npy, got entries of type <U1"):
        read_map(tmp_path / "words.npy")
    for name in ("objects.npy", "text.npy", "empty.npy", "broken.npz"):
        with pytest.raises(DataError, match=f"an array of numbers in {name}, got a file that is"):
            read_map(tmp_path / name)
    with pytest.raises(DataError, match=r"a file at .*none\.npy, got No such file"):
        read_map(tmp_path / "none.npy")
