"""Files of the schema before, and descriptions of choices that do not fit."""

import json
import zipfile
from pathlib import Path

import jsonschema
import pytest

from saccade.errors import TraceError
from saccade.inspection import Trace
from saccade.layers import TokenLayout
from tests.inspection.test_trace import SCHEMA, rewrite
from tests.inspection.test_trace_chosen import PAIRS, recorded, same


def test_a_file_of_the_schema_before(normal, tmp_path: Path) -> None:
    path, made = tmp_path / "trace.npz", Trace(TokenLayout(("cls",), (2, 3), (4, 5)), model="tiny")
    made.add("a", PAIRS, normal(1, 2, 7, 7))
    made.save(path)
    layer = {"name": "a", "axes": ["image", "head", "query", "key"], "shape": [1, 2, 7, 7]}
    old = {"schema": "saccade.trace/1", "saccade": "0.1.0", "model": "tiny", "images": []}
    old |= {"layout": made.layout.to_dict(), "geometries": [], "size": [8, 15]}
    old |= {"layers": [{**layer, "array": "layer_0", "place": None}]}
    jsonschema.validate(old, SCHEMA)
    with zipfile.ZipFile(path) as archive:
        array = archive.read("layer_0.npy")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("trace.json", json.dumps(old))
        archive.writestr("layer_0.npy", array)
    same(made, Trace.load(path))


@pytest.mark.parametrize(
    "change",
    [
        {"errors": [1]},
        {"errors": {"a": "much"}},
        {"reduced": [1]},
        {"reduced": {"mean": 1}},
        {"reduced": {"mean": {"a": {"array": "layer_0"}}}},
        {"reduced": {"mean": {"a": {"array": "layer_0", "shape": [3]}}}},
        {"dtype": "float8"},
        {"dtype": "float16"},
        {"queries": [0]},
        {"queries": 3},
        {"heads": ["0"]},
        {"heads": [0, 1, 2]},
    ],
    ids=str,
)
def test_damaged_choices_are_explained(change, normal, tmp_path: Path) -> None:
    path = tmp_path / "trace.npz"
    recorded(normal, queries=[(1, 1), (2, 2)], heads=[0, 1]).save(path)
    with zipfile.ZipFile(path) as archive:
        layer = json.loads(archive.read("trace.json"))["layers"][0]
    whole = {"errors", "reduced"} & change.keys()
    rewrite(path, **(change if whole else {"layers": [{**layer, **change}]}))
    with pytest.raises(TraceError, match=r"^expected .*, got .*; try "):
        Trace.load(path)
