"""Maps as pictures, by their axes and places alone."""

import math

import pytest
import torch

from saccade.attention.place import Place
from saccade.errors import TraceError
from saccade.inspection import (
    Bars,
    Boxes,
    Heat,
    Mesh,
    QueryHeat,
    Trace,
    heat,
    pictures,
    record,
    row_entropy,
)
from saccade.layers import TokenLayout
from saccade.models import build
from tests import toys

GRID = (6, 8)


@pytest.fixture
def layers(normal) -> dict:
    model = toys.Toy(grid=GRID)
    with record(model) as trace:
        model(normal(2, 3, 48, 64))
    return {layer.name.removeprefix("parts."): layer for layer in trace.layers}


def test_each_kind_of_map_is_a_kind_of_picture(layers: dict) -> None:
    kinds = {name: tuple(type(kind) for kind in pictures(one)) for name, one in layers.items()}
    assert kinds == {
        "gate": (Bars,),
        "spatial": (Heat,),
        "both": (Bars, Heat),
        "dense": (QueryHeat,),
        "reduced": (QueryHeat,),
        "local": (QueryHeat,),
        "cross": (QueryHeat,),
        "warp": (Mesh,),
        "glance": (Boxes,),
    }
    (boxes,) = pictures(layers["glance"])
    assert boxes.edges.shape == (4, 2, 4)
    bars, grids = pictures(layers["both"], 1)
    torch.testing.assert_close(bars.values, layers["both"].weights[1].mean(dim=(1, 2)))
    assert (grids.grids.shape, grids.part) == ((12, *GRID), "channel")


def test_a_point_finds_its_query_and_its_keys(layers: dict) -> None:
    # The image is 48x64 pixels under 6x8 cells of 8x8: (17, 30) is row 3, column 2, query 26.
    dense = layers["dense"]
    seen = heat(dense, at=(17, 30))
    torch.testing.assert_close(seen, dense.weights[0, :, 26].reshape(3, *GRID))
    assert [divmod(int(head.argmax()), 8) for head in seen] == [(3, 2)] * 3
    assert heat(layers["reduced"], 1, at=(17, 30)).shape == (2, 3, 4)
    assert heat(layers["spatial"], at=(0, 0)).shape == (1, *GRID)


def test_windows_lie_where_they_belong(layers: dict) -> None:
    group, other = heat(layers["local"], at=(17, 30))
    expected = torch.zeros(GRID)
    expected[2:5, 1:4] = torch.arange(1.0, 10.0).reshape(3, 3) / 45
    torch.testing.assert_close(group, expected)
    torch.testing.assert_close(other[2:5, 1:4], expected[2:5, 1:4].flip(0, 1))
    corner = heat(layers["local"], at=(63.9, 47.9))[0]
    expected = torch.zeros(GRID)
    expected[4:, 6:] = torch.tensor([[1.0, 2.0], [4.0, 5.0]]) / 12
    torch.testing.assert_close(corner, expected)


def test_tokens_lose_their_prefix(normal) -> None:
    made = Trace(TokenLayout(("cls", "reg"), (2, 3), (4, 5)))
    made.add("blocks.0", ("b", "heads", "i", "j"), normal(1, 2, 8, 8))
    (layer,) = made.layers
    torch.testing.assert_close(
        heat(layer, at=(6, 5)), layer.weights[0, :, 2 + 3 + 1, 2:].reshape(2, 2, 3)
    )


def test_what_lies_on_no_picture_has_none(normal) -> None:
    made = Trace()
    made.add("text", ("b", "heads", "i", "j"), normal(1, 2, 3, 4))
    made.add("video", ("b", "i", "j"), normal(1, 8, 8), Place((2, 2, 2), (2, 2, 2)))
    made.add("volume", ("b", "t", "h", "w", "xy"), normal(1, 2, 2, 2, 3))
    for layer in made.layers:
        assert pictures(layer) == ()
    with pytest.raises(TraceError, match=r"a map in text of positions.* without a place; try"):
        heat(made.layers[0], at=(0, 0))


def test_points_and_images_that_do_not_exist(layers: dict, normal) -> None:
    with pytest.raises(TraceError, match=r"inside the model's 64x48 image, got \(64, 3\)"):
        heat(layers["dense"], at=(64, 3))
    with pytest.raises(TraceError, match="an image from 0 to 1, got 2; try image=0"):
        pictures(layers["gate"], 2)
    made = Trace()
    made.add("a", ("b", "i", "j"), normal(1, 4, 4), Place((2, 2), (2, 2)))
    with pytest.raises(TraceError, match=r"try trace\.size = \(height, width\)"):
        heat(made.layers[0], at=(0, 0))


def test_entropy_is_of_distributions_only(layers: dict, normal) -> None:
    cross = row_entropy(layers["cross"])
    torch.testing.assert_close(cross, torch.full((2, 2), math.log(13)))
    assert row_entropy(layers["gate"]) is None
    made = Trace()
    made.add("signed", ("b", "i", "j"), normal(1, 4, 4))
    assert row_entropy(made.layers[0]) is None
    model = build("vit_pico_patch2_8", depth=1).eval()
    with record(model) as trace:
        model(normal(2, 3, 8, 8))
    assert row_entropy(trace.layers[0]).shape == (2, 4)
