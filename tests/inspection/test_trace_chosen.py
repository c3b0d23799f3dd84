"""What a request chose: kept in files, carried over, and refused where it differs."""

import json
import zipfile
from pathlib import Path

import jsonschema
import pytest
import torch

from saccade.attention.place import Place
from saccade.errors import TraceError
from saccade.inspection import Trace, record
from saccade.layers import TokenLayout
from saccade.layers.neighbours import neighbour_index
from tests.inspection.test_trace import SCHEMA
from tests.samples import drawn_model

PAIRS = ("b", "heads", "i", "j")
LOCAL = Place((2, 3), (2, 3), neighbour_index((2, 3), 3, boundary="mask"))
CHOICES = [
    {"queries": "cls"},
    {"queries": [(1, 1), (6, 3)], "heads": [3, 0]},
    {"layers": [-1], "heads": [-2]},
    {"dtype": torch.bfloat16},
    {"dtype": torch.float16},
    {"dtype": torch.float64},
    {"reduce": "entropy"},
    {"reduce": ("rollout", "mean", "sinks", "distance")},
]


def recorded(normal, count: int = 2, **options: object) -> Trace:
    model = drawn_model()
    with torch.no_grad(), record(model, **options) as trace:
        for image in normal(count, 3, 8, 8).split(1):
            model(image)
    return trace


def same(one: Trace, other: Trace) -> None:
    """Everything that a trace holds is equal."""
    for name in ("layout", "size", "model", "names", "geometries", "errors", "bytes"):
        assert getattr(one, name) == getattr(other, name), name
    layers = [trace.layers if trace.bytes else () for trace in (one, other)]
    for own, back in zip(*layers, strict=True):
        assert (own.name, own.axes, own.queries) == (back.name, back.axes, back.queries)
        assert (own.heads, own.weights.dtype) == (back.heads, back.weights.dtype)
        assert torch.equal(own.weights, back.weights)
    assert one.numbers.keys() == other.numbers.keys()
    for reducer, own in one.numbers.items():
        assert own.keys() == other.numbers[reducer].keys()
        assert all(torch.equal(x, other.numbers[reducer][name]) for name, x in own.items())


@pytest.mark.parametrize("options", CHOICES, ids=str)
def test_a_file_brings_back_what_was_chosen(options, normal, tmp_path: Path) -> None:
    trace = recorded(normal, **options)
    trace.save(tmp_path / "trace.npz")
    with zipfile.ZipFile(tmp_path / "trace.npz") as archive:
        about = json.loads(archive.read("trace.json"))
        jsonschema.validate(about, SCHEMA)
        assert len(archive.namelist()) > 1
    same(trace, Trace.load(tmp_path / "trace.npz"))
    assert trace.errors


@pytest.mark.parametrize("options", CHOICES, ids=str)
def test_traces_are_joined_with_what_was_chosen(options, normal) -> None:
    trace = recorded(normal, 4, **options)
    whole, part = Trace(model=trace.model), recorded(normal, 4, **options)
    whole.extend(trace)
    same(whole, trace)
    if "reduce" not in options:
        before = trace.layers[0].weights
    whole.extend(part)
    if "reduce" in options:
        assert {len(x) for one in whole.numbers.values() for x in one.values()} == {8}
        assert {len(x) for one in trace.numbers.values() for x in one.values()} == {4}
        return
    assert torch.equal(whole.layers[0].weights, torch.cat([before, part.layers[0].weights]))
    assert trace.layers[0].weights.shape == before.shape
    assert whole.layers[0].queries == trace.layers[0].queries
    assert whole.errors == {k: max(v, part.errors[k]) for k, v in trace.errors.items()}


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"queries": [(6, 6)]}, r"the same queries of blocks.0.attn.*got \[16\] after \[1\]"),
        ({"queries": [(1, 1)], "heads": [1]}, r"the same heads of .*got \[1\] after all"),
        ({}, r"the same queries of blocks.0.attn in all recordings, got all after \[1\]"),
        ({"queries": [(1, 1)], "layers": [0]}, r"the layers blocks.0.attn, blocks.1.attn, got"),
        ({"reduce": "entropy"}, "the layers .*, got no maps; try recording both"),
    ],
)
def test_what_was_chosen_otherwise_is_refused(options, sentence, normal) -> None:
    trace = recorded(normal, queries=[(1, 1)])
    before = (trace.bytes, trace.errors.copy(), len(trace.layers[0].weights))
    with pytest.raises(TraceError, match=sentence):
        trace.extend(recorded(normal, **options))
    assert before == (trace.bytes, trace.errors, len(trace.layers[0].weights))


def test_numbers_of_others_and_other_tokens_are_refused(normal) -> None:
    trace = recorded(normal, reduce="entropy")
    with pytest.raises(TraceError, match=r"numbers of entropy in 2 layers.*got sinks in 2 layers"):
        trace.extend(recorded(normal, reduce="sinks"))
    one, two = (Trace(TokenLayout((), grid, (4, 4))) for grid in ((2, 3), (3, 2)))
    for made in (one, two):
        made.add("a", PAIRS, normal(1, 1, 6, 6))
    with pytest.raises(TraceError, match="tokens as in TokenLayout"):
        one.extend(two)


def test_only_numbers(normal) -> None:
    trace = recorded(normal, reduce=("entropy", "sinks"))
    sentence = r"maps, got only numbers, of reduce=\('entropy', 'sinks'\); try trace.reduced\['entr"
    for read in (lambda: trace.layers, lambda: trace.attention, trace.as_tuple):
        with pytest.raises(TraceError, match=sentence):
            read()
    assert trace.numbers["entropy"]["blocks.0.attn"].shape == (2, 4)


def test_rows_of_a_place_come_back(normal, tmp_path: Path) -> None:
    made = Trace(size=(4, 6))
    made.add("local", PAIRS, normal(1, 2, 2, 9).softmax(-1), LOCAL, queries=(5, 0), heads=(1, 0))
    made.save(tmp_path / "trace.npz")
    same(made, Trace.load(tmp_path / "trace.npz"))
    for queries, rows in (((6, 0), 2), ((0,), 2)):
        with pytest.raises(TraceError, match=r"expected .*, got .*; try"):
            made.add("other", PAIRS, normal(1, 2, rows, 9), LOCAL, queries=queries)
    made.add("gate", ("b", "c"), normal(1, 4), heads=(0,))
    assert made.layers[1].heads is None


def test_one_geometry_for_all_images_is_one_for_each_when_joined(normal) -> None:
    one, two = recorded(normal, 2), recorded(normal, 1)
    one.geometries = ({"x": 1},)
    whole = Trace()
    whole.extend(one)
    whole.extend(two)
    assert whole.geometries == ({"x": 1}, {"x": 1}, {})
