import numpy as np
import torch
from PIL import Image

from saccade.data.folders import FolderImages
from saccade.data.sets import ArrayImages, Splits
from saccade.training.hashes import code_hash, data_hash, weights_hash


def test_weights_that_differ_by_a_bit_differ() -> None:
    state = {"a": torch.tensor([1.0, 2.0]), "b": torch.tensor(3, dtype=torch.bfloat16)}
    turned = dict(reversed(state.items()))
    assert weights_hash(state) == weights_hash(turned)
    near = {**state, "a": torch.nextafter(state["a"], torch.tensor(9.0))}
    others = [near, {**state, "a": state["a"][None]}, {"c": state["a"], "b": state["b"]}]
    assert len({weights_hash(own) for own in [state, *others]}) == 4
    assert weights_hash({"a": torch.zeros(4)[::2]}) == weights_hash({"a": torch.zeros(2)})


def test_files(tmp_path) -> None:
    files = [f"{i}.bmp" for i in range(4)]
    for index, name in enumerate(files):
        Image.new("L", (8, 8), index).save(tmp_path / name)

    def found(budget: int = 10**6) -> dict:
        images = FolderImages("train", ("a", "b"), [0, 1, 0, 1], root=tmp_path, files=files)
        return data_hash(Splits(images, None, None, ("a", "b")), budget=budget)["train"]

    whole, half, none = found(), found(2 * (tmp_path / files[0]).stat().st_size), found(1)
    assert [own["read"] for own in (whole, half, none)] == [4, 2, 1]
    Image.new("L", (8, 8), 77).save(tmp_path / files[1])  # of the same size
    assert found()["hash"] != whole["hash"]
    assert found(1) == none  # not read: too little is allowed
    (tmp_path / files[1]).unlink()
    assert len({own["hash"] for own in (found(), whole, none)}) == 3


def test_arrays() -> None:
    pixels = np.zeros((3, 4, 4), np.uint8)

    def found(labels=(0, 1, 0)) -> dict:
        images = ArrayImages("train", ("a", "b"), labels, pixels=pixels)
        return data_hash(Splits(images, None, None, ("a", "b")))["train"]

    first = found()
    assert found((0, 1, 1))["hash"] != first["hash"]
    pixels[2, 3, 3] = 1
    assert found()["hash"] != first["hash"]


def test_code() -> None:
    assert len(code_hash()) == 16
    assert code_hash() == code_hash()
