"""Traces and their files."""

import json
import zipfile
from pathlib import Path

import jsonschema
import numpy as np
import pytest
import torch

import saccade
from saccade.errors import OutputError, TraceError
from saccade.inspection import Trace, trace
from saccade.layers import TokenLayout

LAYOUT = TokenLayout(("cls",), (2, 3), (4, 5))
SCHEMA = json.loads(Path(trace.__file__).with_name("trace.schema.json").read_text())


@pytest.fixture
def filled(normal) -> Trace:
    """Two layers of three images in two batches."""
    made = Trace(
        LAYOUT, model="tiny", names=("a.png", "b.png", "ü.png"), geometries=({"x": 1},) * 3
    )
    for batch in (2, 1):
        for layer in range(2):
            made.add(
                f"blocks.{layer}", ("b", "heads", "i", "j"), normal(batch, 2, 7, 7).softmax(-1)
            )
    return made


def rewrite(path: Path, **changes: object) -> None:
    """Change entries of a file's description."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    about = json.loads(parts["trace.json"])
    parts["trace.json"] = json.dumps({**about, **changes}).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)


def test_batches_are_joined_and_layers_stacked(filled: Trace) -> None:
    assert [layer.name for layer in filled.layers] == ["blocks.0", "blocks.1"]
    assert filled.layers[0].axes == ("image", "head", "query", "key")
    assert filled.attention.shape == (3, 2, 2, 7, 7)
    assert torch.equal(filled.attention[:, 1], filled.layers[1].weights)
    assert filled.bytes == 3 * 2 * 2 * 7 * 7 * 4
    assert filled.grid == LAYOUT


def test_asking_in_between_changes_nothing(filled: Trace, normal) -> None:
    before = filled.attention
    for layer in range(2):
        filled.add(f"blocks.{layer}", ("b", "heads", "i", "j"), normal(2, 2, 7, 7))
    assert filled.attention.shape[0] == 5
    assert torch.equal(filled.attention[:3], before)


def test_traces_can_be_put_together(filled: Trace) -> None:
    whole = Trace(LAYOUT, model="tiny")
    whole.extend(filled)
    whole.extend(filled)
    assert torch.equal(whole.attention, torch.cat([filled.attention] * 2))
    assert (whole.names, len(whole.geometries)) == (filled.names * 2, 6)
    assert whole.bytes == 2 * filled.bytes
    with pytest.raises(TraceError, match="maps of at most"):
        whole.extend(filled, limit=whole.bytes)


def test_a_file_brings_everything_back(filled: Trace, tmp_path: Path) -> None:
    filled.save(tmp_path / "deep" / "trace.npz")
    back = Trace.load(tmp_path / "deep" / "trace.npz")
    assert torch.equal(back.attention, filled.attention)
    for name in ("layout", "model", "names", "geometries", "bytes"):
        assert getattr(back, name) == getattr(filled, name), name
    assert [(a.name, a.axes) for a in back.layers] == [(b.name, b.axes) for b in filled.layers]
    assert list((tmp_path / "deep").iterdir()) == [tmp_path / "deep" / "trace.npz"]


def test_a_file_follows_the_schema_and_opens_in_numpy(filled: Trace, tmp_path: Path) -> None:
    path = tmp_path / "trace.npz"
    filled.save(path)
    with zipfile.ZipFile(path) as archive:
        about = json.loads(archive.read("trace.json"))
    jsonschema.validate(about, SCHEMA)
    assert about["saccade"] == saccade.__version__
    with np.load(path, allow_pickle=False) as arrays:
        for layer in about["layers"]:
            assert arrays[layer["array"]].dtype == np.float32
            assert list(arrays[layer["array"]].shape) == layer["shape"]


def test_a_trace_without_a_grid(normal, tmp_path: Path) -> None:
    made = Trace()
    made.add("attention", ("b", "i", "j"), normal(1, 2, 3))
    made.save(tmp_path / "trace.npz")
    back = Trace.load(tmp_path / "trace.npz")
    with pytest.raises(TraceError, match="a model with an attribute `layout`"):
        _ = back.grid
    with pytest.raises(TraceError, match=r"map \(image head query key\) alike, got \(1, 2, 3\)"):
        _ = back.attention


def test_layers_of_different_shape(filled: Trace, normal) -> None:
    filled.add("cross", ("b", "heads", "i", "j"), normal(3, 2, 7, 5))
    with pytest.raises(TraceError, match=r"try reading trace\.layers one by one"):
        _ = filled.attention


def test_nothing_recorded(tmp_path: Path) -> None:
    for read in (lambda t: t.layers, lambda t: t.attention, lambda t: t.save(tmp_path / "x.npz")):
        with pytest.raises(TraceError, match="a forward pass inside `with record"):
            read(Trace(LAYOUT))
    assert list(tmp_path.iterdir()) == []


def test_a_pass_that_stopped_in_the_middle(filled: Trace, normal) -> None:
    filled.add("blocks.0", ("b", "heads", "i", "j"), normal(1, 2, 7, 7))
    with pytest.raises(TraceError, match="as many images in each layer, got 3 to 4"):
        _ = filled.layers


def test_parts_in_another_order_are_read_by_name(filled: Trace, tmp_path: Path) -> None:
    filled.save(tmp_path / "trace.npz")
    rewrite(tmp_path / "trace.npz", layout={"patch": [4, 5], "grid": [2, 3], "prefix": ["cls"]})
    assert Trace.load(tmp_path / "trace.npz").layout == LAYOUT


def test_a_newer_file(filled: Trace, tmp_path: Path) -> None:
    filled.save(tmp_path / "trace.npz")
    rewrite(tmp_path / "trace.npz", schema="saccade.trace/3")
    with pytest.raises(TraceError, match=r"the schema saccade.trace/2, got saccade.trace/3; try a"):
        Trace.load(tmp_path / "trace.npz")


def test_a_folder_that_cannot_be_written_to(filled: Trace, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="expected to write"):
        filled.save(tmp_path / "file" / "trace.npz")
