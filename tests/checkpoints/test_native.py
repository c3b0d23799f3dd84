"""The weight file: what goes in comes out, and what is no weight file is refused in a sentence."""

import json
import pickle
import random
import struct
import zipfile
from pathlib import Path

import pytest
import torch
from torch import nn

from saccade.checkpoints.native import Card, read, read_card, save
from saccade.errors import CheckpointError, OutputError

CARD = Card(
    model="vit_tiny_patch16_224",
    config={"img_size": (28, 32), "depth": 2},
    classes=("a", "고양이"),
    preprocessing={"mean": [0.5]},
    metrics={"accuracy": 0.1 + 0.2},
    epoch=3,
    step=7,
)


def safetensors(header: object, data: bytes = b"") -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def tensor(dtype: str = "F32", shape: tuple[int, ...] = (1,), offsets: tuple[int, int] = (0, 4)):
    return {"a": {"dtype": dtype, "shape": list(shape), "data_offsets": list(offsets)}}


def test_everything_comes_back_exactly(tmp_path: Path) -> None:
    kinds = (torch.float32, torch.float64, torch.bfloat16, torch.float16, torch.int64, torch.bool)
    state = {str(kind): torch.tensor([[0.0, 1.5, 3.0]]).to(kind) for kind in kinds}
    state["empty"], state["one"] = torch.empty(0, 3), torch.tensor(float("nan"))
    shared = torch.arange(6.0).view(2, 3)
    state["rows"], state["columns"] = shared, shared.T
    path = tmp_path / "new" / "w.safetensors"
    save(path, state, CARD, resume={"random/cpu": torch.arange(3, dtype=torch.uint8)})
    found = read(path)
    assert found.card == CARD
    assert found.resume["random/cpu"].tolist() == [0, 1, 2]
    assert list(found.state) == sorted(state)
    for name, value in state.items():
        assert found.state[name].dtype == value.dtype
        assert torch.equal(found.state[name].nan_to_num(9), value.nan_to_num(9))
    assert json.loads(path.with_suffix(".json").read_text())["classes"] == ["a", "고양이"]
    assert sorted(p.name for p in path.parent.iterdir()) == ["w.json", "w.safetensors"]


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    save(path, nn.Linear(2, 2), CARD)
    old = path.read_bytes()
    with pytest.raises(OutputError, match="to write"):
        save(path / "below" / "w.safetensors", nn.Linear(2, 2), CARD)
    assert path.read_bytes() == old


def test_cut_short_anywhere_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    save(path, nn.Linear(2, 1), Card(model="m", config={}))
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(CheckpointError):
            read(path)


def test_changed_bytes_read_or_refuse_but_never_crash(tmp_path: Path) -> None:
    chances = random.Random(0)
    path = tmp_path / "w"
    torch.save({"model": nn.Linear(2, 1).state_dict()}, tmp_path / "torch")
    save(tmp_path / "own.safetensors", nn.Linear(2, 1), CARD)
    for whole in ((tmp_path / "torch").read_bytes(), (tmp_path / "own.safetensors").read_bytes()):
        for _ in range(150):
            changed = bytearray(whole)
            for _ in range(chances.randint(1, 6)):
                changed[chances.randrange(min(len(changed), 600))] = chances.randrange(256)
            path.write_bytes(changed)
            try:
                read(path)
            except CheckpointError:
                continue


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "got an empty file"),
        (b"hello, these are no weights", "neither whole safetensors nor a whole torch file"),
        (b"\x93\x11\xfe" + b"\x00" * 40, "expected a weight file at"),
        (safetensors(tensor(offsets=(0, 4_000_000_000)), b"1234"), "a damaged one"),
        (safetensors(tensor(shape=(3,)), b"1234"), "a damaged one"),
        (safetensors(tensor(dtype="X9"), b"1234"), "a damaged one"),
        (safetensors(tensor(shape=(2**40, 2**40)), b"1234"), "a damaged one"),
        (safetensors(b"{" * 1000), "a damaged one"),
        (struct.pack("<Q", 2**62) + b"{}", "a damaged one"),
        (pickle.dumps([1, 2]), "a pickle or other file that torch.save did not write"),
        (safetensors({"__metadata__": {"saccade": '{"format": 2}'}}), "got format 2"),
        (safetensors({"__metadata__": {"saccade": "[]"}}), "a whole card"),
        (safetensors({"__metadata__": {"saccade": "[" * 10**5}}), "a whole card"),
        (safetensors({"__metadata__": {"saccade": '{"format": 1, "model": 3}'}}), "got no config"),
    ],
)
def test_what_is_no_weight_file_is_refused(data: bytes, sentence: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(data)
    with pytest.raises(CheckpointError, match=r"expected .*, got .*; try") as caught:
        read(tmp_path / "file")
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_files_and_folders_are_named(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="got no such file"):
        read(tmp_path / "nothing")
    with pytest.raises(CheckpointError, match="got a folder"):
        read(tmp_path)
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.txt", "hi")
    with pytest.raises(CheckpointError, match="neither whole safetensors"):
        read(tmp_path / "a.zip")


def test_the_card_is_read_without_the_weights(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    save(path, {"a": torch.zeros(2)}, CARD)
    assert read_card(path) == CARD
    path.write_bytes(safetensors(tensor(), b"1234"))
    assert read_card(path) is None
    path.write_bytes(b"no weights")
    assert read_card(path) is None
    assert read_card(tmp_path / "none") is None
