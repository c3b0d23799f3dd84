"""Trace files that are cut, altered, foreign or hostile end in one sentence."""

import io
import json
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch

from saccade.errors import TraceError
from saccade.inspection import Trace
from saccade.layers import TokenLayout
from tests.inspection.test_trace import rewrite


@pytest.fixture
def path(tmp_path: Path, normal) -> Path:
    """A small trace file."""
    made = Trace(TokenLayout((), (1, 2), (4, 4)), model="tiny")
    made.add("attention", ("b", "i", "j"), normal(1, 2, 2))
    made.save(tmp_path / "trace.npz")
    return tmp_path / "trace.npz"


def refused(path: Path) -> None:
    with pytest.raises(TraceError, match=r"^expected .*, got .*; try "):
        Trace.load(path)


def test_every_cut_is_explained(path: Path) -> None:
    whole = path.read_bytes()
    for length in range(0, len(whole) - 1, 23):
        path.write_bytes(whole[:length])
        refused(path)


def test_every_altered_byte_is_explained_or_harmless(path: Path) -> None:
    whole, first = path.read_bytes(), Trace.load(path)
    for place in range(0, len(whole), 3):
        for flip in (0x01, 0xFF):
            path.write_bytes(whole[:place] + bytes([whole[place] ^ flip]) + whole[place + 1 :])
            try:
                back = Trace.load(path)
            except TraceError:
                continue
            assert torch.equal(back.layers[0].weights, first.layers[0].weights)


@pytest.mark.parametrize(
    "changes",
    [
        {"layout": [1, 2, 3]},
        {"layout": {"prefix": [], "grid": [1, 2]}},
        {"layers": {"a": 1}},
        {"layers": [{"name": "attention"}]},
        {"images": 3},
        {"schema": None},
        {"layers": [{"name": "a", "axes": ["image"], "shape": [1, 2, 2], "array": "layer_0"}]},
        {
            "layers": [
                {"name": "a", "axes": ["image", "query", "key"], "shape": [4], "array": "layer_0"}
            ]
        },
        {
            "layers": [
                {"name": "a", "axes": ["image", "query", "key"], "shape": [1, 2, 2], "array": "no"}
            ]
        },
    ],
    ids=str,
)
def test_a_description_that_does_not_fit(path: Path, changes: dict[str, object]) -> None:
    rewrite(path, **changes)
    refused(path)


def test_files_that_are_something_else(tmp_path: Path) -> None:
    path = tmp_path / "trace.npz"
    refused(path)
    refused(tmp_path)
    np.savez(path, a=np.zeros(3))
    refused(path)
    torch.save({"a": torch.zeros(3)}, path)
    refused(path)
    path.write_text('{"schema": "saccade.trace/1"}')
    refused(path)


class Touch:
    """Makes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return Path.touch, (self.path,)


@pytest.mark.parametrize("wrapped", [False, True])
def test_no_pickle_is_read(path: Path, tmp_path: Path, wrapped: bool) -> None:
    hostile = io.BytesIO()
    if wrapped:
        array = np.array([Touch(tmp_path / "touched")], dtype=object)
        np.lib.format.write_array(hostile, array, allow_pickle=True)
    else:
        hostile.write(pickle.dumps(Touch(tmp_path / "touched")))
    with zipfile.ZipFile(path) as archive:
        about = json.loads(archive.read("trace.json"))
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("trace.json", json.dumps(about))
        archive.writestr("layer_0.npy", hostile.getvalue())
    refused(path)
    assert not (tmp_path / "touched").exists()


def test_an_array_larger_than_memory_is_refused(path: Path) -> None:
    header = io.BytesIO()
    about = {"descr": "<f4", "fortran_order": False, "shape": (1, 2**31, 2**21)}
    np.lib.format.write_array_header_1_0(header, about)
    with zipfile.ZipFile(path) as archive:
        text = json.loads(archive.read("trace.json"))
    text["layers"][0]["shape"] = [1, 2**31, 2**21]
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("trace.json", json.dumps(text))
        archive.writestr("layer_0.npy", header.getvalue())
    refused(path)
