"""Layers with places: added, joined, saved, and refused when they do not fit."""

import json
import zipfile
from pathlib import Path

import jsonschema
import numpy as np
import pytest
import torch

from saccade.attention.place import Place
from saccade.errors import TraceError
from saccade.inspection import Trace
from saccade.inspection.layer_map import check_place, same_place
from saccade.layers import TokenLayout
from saccade.layers.neighbours import neighbour_index
from tests.inspection.test_trace import SCHEMA, rewrite

PAIRS = ("b", "heads", "i", "j")
LOCAL = Place((2, 3), (2, 3), neighbour_index((2, 3), 3, boundary="mask"))


@pytest.fixture
def placed(normal) -> Trace:
    """A window of 3x3, reduced keys, a gate and boxes in two calls, of three images."""
    made = Trace(model="toy", size=(4, 6))
    for batch in (2, 1):
        made.add("local", PAIRS, normal(batch, 2, 6, 9).softmax(-1), LOCAL)
        made.add("reduced", PAIRS, normal(batch, 2, 6, 2), Place((2, 3), (1, 2)))
        made.add("gate", ("b", "c"), normal(batch, 4))
        for call in range(2):
            made.add("eye", ("b", "s", "box"), normal(batch, 1, 4), call=call)
    return made


def test_places_come_back_from_the_file(placed: Trace, tmp_path: Path) -> None:
    path = tmp_path / "trace.npz"
    placed.save(path)
    with zipfile.ZipFile(path) as archive:
        jsonschema.validate(json.loads(archive.read("trace.json")), SCHEMA)
    with np.load(path, allow_pickle=False) as arrays:
        assert arrays["layer_0_index"].dtype == np.int32
        np.testing.assert_array_equal(arrays["layer_0_index"], LOCAL.index)
    back = Trace.load(path)
    assert back.size == (4, 6)
    for layer, own in zip(back.layers, placed.layers, strict=True):
        assert (layer.name, layer.axes, layer.size) == (own.name, own.axes, own.size)
        assert torch.equal(layer.weights, own.weights)
        assert same_place(layer.place, own.place)
    assert back.layers[0].place.index.dtype == torch.int64
    assert back.layers[3].weights.shape == (3, 2, 1, 4)


def test_traces_are_joined_with_their_places(placed: Trace) -> None:
    whole = Trace(model="toy")
    whole.extend(placed)
    assert whole.size == (4, 6)
    assert same_place(whole.layers[0].place, LOCAL)
    index = LOCAL.index.numel() * 8
    assert whole.bytes == index + 4 * sum(layer.weights.numel() for layer in whole.layers)


def test_a_layer_keeps_its_place_and_its_size(placed: Trace, normal) -> None:
    others = (None, Place((2, 3), (2, 3)), Place((2, 3), (2, 3), LOCAL.index.flip(1)))
    for other in others:
        keys = 6 if other is not None and other.index is None else 9
        with pytest.raises(TraceError, match="expected maps of one size and place in local"):
            placed.add("local", PAIRS, normal(1, 2, 6, keys), other)
    placed.add("gate", ("b", "c"), normal(1, 5))
    with pytest.raises(TraceError, match=r"in gate, got \(1, 5\) after \(2, 4\); try one record"):
        _ = placed.layers


@pytest.mark.parametrize(
    ("axes", "shape", "place"),
    [
        (PAIRS, (1, 2, 6, 8), LOCAL),
        (PAIRS, (1, 2, 5, 9), LOCAL),
        (("b", "c"), (6, 9), LOCAL),
        (PAIRS, (1, 2, 6, 6), Place((2, 3), (2, 4))),
        (PAIRS, (1, 2, 6, 1), Place((2, 3), (2, 3), torch.full((6, 1), 6))),
    ],
    ids=["keys", "queries", "axes", "dense", "beyond"],
)
def test_a_place_of_another_map_is_refused(axes, shape, place) -> None:
    with pytest.raises(TraceError, match="as its place says, got"):
        Trace().add("layer", axes, torch.zeros(shape), place)


def test_further_calls_are_layers_of_their_own(normal) -> None:
    made = Trace()
    for call in range(3):
        made.add("gate", ("b", "c"), normal(2, 4), call=call)
    assert [layer.name for layer in made.layers] == ["gate", "gate (call 2)", "gate (call 3)"]


def test_the_same_place_is_told_from_another() -> None:
    again = Place((2, 3), (2, 3), LOCAL.index.clone())
    assert same_place(LOCAL, again)
    assert same_place(None, None)
    assert not same_place(LOCAL, None)
    assert not same_place(LOCAL, Place((2, 3), (2, 3)))
    assert not same_place(LOCAL, Place((3, 2), (2, 3), LOCAL.index))
    check_place("gate", ("image", "channel"), torch.zeros(1, 3), None)


def test_maps_over_tokens_are_known(normal) -> None:
    made = Trace(TokenLayout(("cls",), (2, 3), (4, 5)))
    made.add("tokens", PAIRS, normal(1, 2, 7, 7))
    made.add("cross", PAIRS, normal(1, 2, 7, 5))
    made.add("map", PAIRS, normal(1, 2, 6, 9), LOCAL)
    assert [layer.over_tokens for layer in made.layers] == [True, False, False]
    assert made.size == (8, 15)


@pytest.mark.parametrize(
    "place",
    [
        {"queries": [2, 3], "keys": [2, 3]},
        {"queries": [2, 3], "keys": [2, 3], "index": None},
        {"queries": [2, 4], "keys": [2, 3], "index": "layer_0_index"},
        {"queries": [2, 3], "keys": [1, 3], "index": "layer_0_index"},
        {"queries": [2, 3], "keys": [2, 3], "index": "layer_0"},
        {"queries": [], "keys": [2, 3], "index": "layer_0_index"},
        {"queries": [-2, -3], "keys": [2, 3], "index": "layer_0_index"},
        [1],
    ],
    ids=str,
)
def test_a_damaged_place_is_explained(placed: Trace, tmp_path: Path, place: object) -> None:
    path = tmp_path / "trace.npz"
    placed.save(path)
    with zipfile.ZipFile(path) as archive:
        layers = json.loads(archive.read("trace.json"))["layers"]
    rewrite(path, layers=[{**layers[0], "place": place}])
    with pytest.raises(TraceError, match=r"^expected .*, got .*; try "):
        Trace.load(path)
