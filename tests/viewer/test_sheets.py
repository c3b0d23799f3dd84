"""What a report stores of each kind of picture, decoded and compared."""

import base64

import numpy as np
import pytest
import torch

from saccade.inspection import LayerMap, heat, pictures, record
from saccade.inspection.summary import whole
from saccade.viewer.sheets import SHEETS, sheet
from tests import toys

GRID = (24, 40)


@pytest.fixture(scope="module")
def layers() -> dict:
    model = toys.Toy(grid=GRID)
    with record(model) as trace:
        model(torch.rand(2, 3, 48, 80, generator=torch.Generator().manual_seed(0)))
    return {layer.name.removeprefix("parts."): layer for layer in trace.layers}


def read(text: str, kind: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), kind)


def decoded(block: dict) -> np.ndarray:
    """All rows of a block (rows values)."""
    if block["encoding"] == "f4":
        return read(block["data"], "<f4")[None]
    assert block["encoding"] == "u16span"
    low, high = (read(block[end], "<f4").astype("f8")[:, None] for end in ("low", "high"))
    shares = read(block["data"], "<u2").reshape(len(low), -1)
    return low + shares / 65535 * (high - low)


def made(layer, image=1, number=0, stored=0):
    """The description, the numbers, and the bytes that were announced."""
    one = sheet(layer, number, pictures(layer, 0)[number])
    one.stored = stored
    return one.describe(), one.numbers(pictures(layer, image)[number]), one.bytes


def test_plain_kinds_are_stored_as_they_are(layers):
    about, numbers, size = made(layers["gate"])
    assert (about["kind"], about["shape"], about["parts"]) == ("bars", [12], 0)
    np.testing.assert_allclose(decoded(numbers["whole"])[0], layers["gate"].weights[1])
    about, numbers, size = made(layers["glance"])
    assert (about["kind"], about["grid"], size) == ("boxes", [4, 2], 4 * 32)
    np.testing.assert_allclose(decoded(numbers["whole"])[0], layers["glance"].weights[1].flatten())
    assert numbers["parts"] is None


def test_a_grid_keeps_its_corners(layers):
    about, numbers, size = made(layers["warp"])
    assert (about["kind"], about["grid"], size) == ("mesh", [24, 33], 8 * 24 * 33)
    assert about["whole"] is None
    points = decoded(numbers["whole"]).reshape(24, 33, 2)
    own = layers["warp"].weights[1]
    for row, column in ((0, 0), (0, -1), (-1, 0), (-1, -1)):
        np.testing.assert_allclose(points[row, column], own[row, column], rtol=1e-6)


def test_several_grids_are_all_stored(layers):
    layer = layers["warp"]
    axes = ("image", "channel group", *layer.axes[1:])
    weights = torch.stack([layer.weights, -layer.weights], dim=1)
    about, numbers, size = made(LayerMap("warp", axes, weights))
    assert (about["part"], about["parts"], about["stored"]) == ("channel group", 2, 2)
    assert (about["whole"], size) == ("all", 2 * 8 * 24 * 33)
    first, second = decoded(numbers["whole"]).reshape(2, -1)
    np.testing.assert_array_equal(first, -second)


def test_a_gate_of_channels_and_positions(layers):
    own = layers["both"].weights[1]
    assert made(layers["both"])[0]["kind"] == "bars"
    about, numbers, size = made(layers["both"], number=1, stored=3)
    assert (about["kind"], about["part"], about["parts"]) == ("heat", "channel", 12)
    assert size == 4 * 2 * 24 * 40
    whole_map, parts = decoded(numbers["whole"]), decoded(numbers["parts"])
    np.testing.assert_allclose(whole_map[0], own.mean(dim=0).flatten(), atol=1e-5)
    np.testing.assert_allclose(parts, own[:3].flatten(1), atol=1e-5)


@pytest.mark.parametrize("name", ["dense", "reduced", "local", "cross"])
def test_some_queries_are_stored_with_their_keys(layers, name):
    layer = layers[name]
    about, numbers, size = made(layer, stored=2)
    rows, columns = about["queries"]["rows"], about["queries"]["columns"]
    assert about["queries"]["grid"] == list(GRID)
    assert (len(rows), rows[0], rows[-1], columns[-1]) == (16, 0, 23, 38)
    together, parts = decoded(numbers["whole"]), decoded(numbers["parts"])
    assert size == 2 * (together.size + parts.size)
    index = about["index"] and read(about["index"], "<i4").reshape(256, -1)
    (picture,) = pictures(layer, 1)
    for row, column in ((0, 0), (7, 3), (15, 15)):
        query = row * 16 + column
        at = (2 * columns[column] + 1, 2 * rows[row] + 1)
        for part, expected in enumerate(heat(layer, 1, at=at)[:2]):
            got = laid(parts[part * 256 + query], index, query, expected.numel())
            np.testing.assert_allclose(got, expected.flatten(), atol=1e-5)
        expected = whole(picture, [rows[row]], [columns[column]]).at(0, 0)[0]
        keys = None if about["whole"] == "composed" else index
        got = laid(together[query], keys, query, expected.numel())
        np.testing.assert_allclose(got, expected.flatten(), atol=1e-5)
    assert about["whole"] == ("composed" if name == "cross" else "mean")


def laid(values, index, query, count):
    """What the page does with the keys of a query."""
    if index is None:
        return values
    grid = np.zeros(count)
    for value, place in zip(values, index[query], strict=True):
        if place >= 0:
            grid[place] += value
    return grid


def test_every_kind_of_picture_has_a_sheet(layers):
    seen = {type(one) for layer in layers.values() for one in pictures(layer)}
    assert seen == set(SHEETS)
