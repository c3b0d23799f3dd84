"""Numpy archives of weights."""

import re

import numpy as np
import pytest
import torch

from saccade.checkpoints.card import Card
from saccade.checkpoints.npz import read_npz, write_npz
from saccade.errors import CheckpointError


def test_there_and_back(tmp_path, normal) -> None:
    state = {"a/kernel": normal(3, 4).T, "a/bias": normal(4), "step": torch.tensor(7)}
    write_npz(tmp_path / "x.npz", state)
    found = read_npz(tmp_path / "x.npz")
    assert found.card is None
    assert found.state.keys() == state.keys()
    assert all(torch.equal(found.state[name], state[name]) for name in state)


def test_numpy_reads_it(tmp_path, normal) -> None:
    weights = normal(2, 3)
    write_npz(tmp_path / "x.npz", {"a/b": weights, "half": weights.bfloat16()})
    with np.load(tmp_path / "x.npz", allow_pickle=False) as archive:
        assert sorted(archive.files) == ["a/b", "half"]
        np.testing.assert_array_equal(archive["a/b"], weights.numpy())
        assert archive["half"].dtype == np.float32


def test_bfloat16_is_two_bytes_without_a_meaning(tmp_path, normal) -> None:
    weights = normal(2, 3).bfloat16()
    stored = weights.view(torch.int16).numpy().view("V2")
    np.savez(tmp_path / "x.npz", **{"params/kernel": stored})
    assert torch.equal(read_npz(tmp_path / "x.npz").state["params/kernel"], weights)


def test_numbers_of_other_machines(tmp_path) -> None:
    np.savez(tmp_path / "x.npz", big=np.array([1.5, 2.5], dtype=">f4"), text=np.array(["a", "b"]))
    found = read_npz(tmp_path / "x.npz")
    assert found.state["big"].tolist() == [1.5, 2.5]
    assert found.left_out == ("text",)


def test_the_card_travels(tmp_path, normal) -> None:
    card = Card(model="vit_pico_patch2_8", config={"img_size": (8, 8)}, classes=("고양이", "dog"))
    write_npz(tmp_path / "x.npz", {"a": normal(2)}, card)
    found = read_npz(tmp_path / "x.npz")
    assert (found.card, list(found.state)) == (card, ["a"])


def test_a_pickle_is_refused(tmp_path) -> None:
    path = tmp_path / "x.npz"
    np.savez(path, thing=np.array([{"a": 1}], dtype=object))
    with pytest.raises(CheckpointError, match="asks to run code"):
        read_npz(path)


@pytest.mark.parametrize("damage", ["cut", "flipped", "text", "empty"])
def test_damage(tmp_path, normal, damage: str) -> None:
    path = tmp_path / "x.npz"
    write_npz(path, {"a": normal(50, 50), "b": normal(50, 50)})
    data = bytearray(path.read_bytes())
    data[5000] ^= 0xFF
    broken = {"cut": data[:9000], "flipped": data, "text": b"hello there", "empty": b""}
    path.write_bytes(broken[damage])
    with pytest.raises(CheckpointError, match="a damaged or other one; try another copy"):
        read_npz(path)


def test_a_single_array_is_no_archive(tmp_path) -> None:
    np.save(tmp_path / "x.npy", np.zeros(3))
    with pytest.raises(CheckpointError, match="a damaged or other one"):
        read_npz(tmp_path / "x.npy")


def test_missing_and_empty_files(tmp_path) -> None:
    with pytest.raises(CheckpointError, match="no such file"):
        read_npz(tmp_path / "x.npz")
    np.savez(tmp_path / "y.npz", text=np.array("a"))
    expected = f"expected named arrays of numbers in {tmp_path / 'y.npz'}, got none"
    with pytest.raises(CheckpointError, match=re.escape(expected)):
        read_npz(tmp_path / "y.npz")
