"""What can be asked for, and the sentences for what cannot."""

import pytest
import torch

from saccade.attention.place import Place
from saccade.errors import ConfigError, ShapeError, TraceError
from saccade.inspection.recognition import cells_of
from saccade.inspection.request import REDUCTIONS, Request, size_of
from saccade.layers import TokenLayout

LAYOUT = TokenLayout(("cls", "reg0"), (2, 3), (4, 5))
NAMES = ["blocks.0.attn", "blocks.1.attn", "blocks.10.attn", "head"]


@pytest.mark.parametrize(
    ("layers", "wanted"),
    [
        (None, [0, 1, 2, 3]),
        ([0], [0]),
        ([-1], [3]),
        ([1, -2], [1, 2]),
        ([-4, -5, 9], [0]),
        (["blocks.1*"], [1, 2]),
        (["*.1.*"], [1]),
        (["head"], [3]),
        (["Head", "blocks"], []),
        ([0, "head", -2], [0, 2, 3]),
        (("blocks.?.attn",), [0, 1]),
    ],
)
def test_layers(layers, wanted: list[int]) -> None:
    request = Request(layers=layers)
    found = [n for n, name in enumerate(NAMES) if request.wants(n, name, len(NAMES))]
    assert found == wanted
    negative = any(isinstance(layer, int) and layer < 0 for layer in layers or ())
    assert request.backwards == negative
    # While the model runs nobody knows which layer is the last.
    sure = [n for n, name in enumerate(NAMES) if request.wants(n, name, None)]
    assert set(sure) <= set(found)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"layers": "blocks.1*"}, r"a list of layers, got 'blocks\.1\*'; try layers=\['blocks"),
        ({"layers": 3}, r"a list of layers, got 3; try layers=\[3\]"),
        ({"layers": [0.5]}, r"layers that are numbers or patterns of names, got 0\.5; try"),
        ({"layers": []}, r"layers that are numbers or patterns of names, got none; try"),
        ({"heads": []}, r"heads that are numbers, got none; try"),
        ({"heads": 1}, r"a list of heads, got 1; try heads=\[1\]"),
        ({"heads": ["a"]}, r"heads that are numbers, got 'a'; try"),
        ({"queries": "class"}, r"queries 'all', 'cls' or points \[\(x, y\)\], got 'class'; try"),
        ({"queries": (3, 4)}, r"points \[\(x, y\)\], got \(3, 4\); try queries=\[\(3, 4\)\]"),
        ({"queries": [(1, 2, 3)]}, r"points \[\(x, y\)\], got \[\(1, 2, 3\)\]; try"),
        ({"queries": []}, r"points \[\(x, y\)\], got \[\]; try"),
        ({"reduce": ("entropy", "median")}, f"reductions out of {', '.join(REDUCTIONS)}, got 'med"),
        ({"reduce": ("mean",), "heads": [0]}, r"reduce= over all heads and queries, got heads="),
        ({"reduce": ("mean",), "queries": "cls"}, r"reduce= over all.*queries='cls'; try one of"),
        ({"dtype": torch.int8}, r"a dtype of floats, got torch\.int8; try torch\.float16"),
        ({"dtype": "float16"}, r"a dtype of floats, got 'float16'; try torch\.float16"),
        ({"limit": -1}, r"a limit of at least 0 bytes, got -1"),
    ],
)
def test_what_cannot_be_asked_for(options, sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence) as error:
        Request(**options)
    assert "\n" not in str(error.value)


def test_the_class_token() -> None:
    request = Request(queries="cls")
    assert request.rows("a", 8, None, LAYOUT) == [0]
    assert request.rows("a", 1, None, LAYOUT) is None  # one question is all there is
    assert Request().rows("a", 8, None, LAYOUT) is None
    for count, layout in ((6, LAYOUT), (6, TokenLayout((), (2, 3), (4, 5))), (6, None)):
        sentence = r"a class token among the queries, got 6 queries without one in a; try queries="
        with pytest.raises(TraceError, match=sentence):
            request.rows("a", count, None, layout)


@pytest.mark.parametrize(
    ("point", "token"),
    [
        ((0, 0), 2),
        ((4.99, 3.99), 2),
        ((5, 0), 3),
        ((14.999, 0), 4),
        ((0, 4), 5),
        ((14.999, 7.999), 7),
        ((9.999, 4), 6),
    ],
)
def test_the_token_of_a_pixel(point: tuple[float, float], token: int) -> None:
    request = Request(queries=[point])
    assert request.rows("a", 8, None, LAYOUT) == [token]
    place = Place((2, 3), (2, 3))
    assert request.rows("a", 6, place, LAYOUT) == [token - 2]
    assert cells_of([point], (2, 3), (8, 15)) == [token - 2]


@pytest.mark.parametrize(
    "point", [(15, 0), (0, 8), (-1e-9, 0), (0, -1), (float("nan"), 0), (float("inf"), 0)]
)
def test_a_point_outside(point: tuple[float, float]) -> None:
    request, place = Request(queries=[(1, 1), point]), Place((2, 3), (2, 3))
    for count, where in ((8, None), (6, place)):
        with pytest.raises((ShapeError, TraceError), match="inside the model's 15x8 image, got"):
            request.rows("a", count, where, LAYOUT)
    with pytest.raises(TraceError, match="queries that lie on a grid, got 9 of unknown places in"):
        request.rows("a", 9, None, LAYOUT)


def test_the_last_pixel_of_every_size_is_in_the_last_cell() -> None:
    below = 1 - 2**-52  # the largest number below a size
    for side in range(1, 200):
        for cells in range(1, 24):
            last = cells_of([(side * below, side * below)], (cells, cells), (side, side))
            assert last == [cells * cells - 1]


def test_a_limit_names_what_costs_less() -> None:
    request = Request(limit=1000, dtype=torch.float16)
    request.spend("a", (1, 2, 8, 8), 256, 744)
    sentence = (
        r"^expected maps of at most 1e\+03 B|^expected maps of at most 1000 B, got 1001 B with a, "
        r"256 B in each layer like it; try queries='cls' \(32 B a layer\), reduce='entropy', "
    )
    with pytest.raises(TraceError, match=sentence):
        request.spend("a", (1, 2, 8, 8), 256, 745)
    with pytest.raises(TraceError, match=r"; try layers=\[-1\], fewer images, or a larger limit=$"):
        request.spend("a", (1, 2, 1, 8), 16, 1000)
    assert [size_of(n) for n in (0, 999, 1536, 5 << 20, 9 << 30)] == [
        "0 B",
        "999 B",
        "1.5 KiB",
        "5 MiB",
        "9 GiB",
    ]
