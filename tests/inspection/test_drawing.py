"""Layers drawn on their pictures."""

import pytest
from PIL import Image

from saccade.data.geometry import Geometry
from saccade.errors import TraceError
from saccade.inspection import Trace, draw, record
from tests import toys


@pytest.fixture
def layers(normal) -> dict:
    model = toys.Toy(grid=(6, 8))
    with record(model) as trace:
        model(normal(1, 3, 48, 64))
    return {layer.name.removeprefix("parts."): layer for layer in trace.layers}


def bright(picture: Image.Image, x: int, y: int) -> float:
    return sum(picture.getpixel((x, y)))


def test_every_kind_is_drawn(layers: dict) -> None:
    ground = Image.new("RGB", (64, 48), "white")
    drawn = {name: draw(layer, ground) for name, layer in layers.items()}
    for name, picture in drawn.items():
        assert picture.size == ((480, 240) if name in ("gate", "both") else (480, 360))
        assert len(picture.getcolors(1 << 20)) > 2, name
    assert draw(layers["both"], ground, kind="heat", part=2).size == (480, 360)
    assert ground.getcolors() == [(64 * 48, (255, 255, 255))]


def test_the_heat_lies_on_the_crop_and_the_query_is_framed(layers: dict) -> None:
    # The model saw the right half of a black picture of 128x48; it is drawn 7.5 times as large.
    ground = Image.new("RGB", (128, 48))
    geometry = Geometry.of((128, 48)).cropped(64, 0, (64, 48))
    # Query (17, 30) is row 3, column 2; its window of 3x3 cells of 8 pixels is x 8-32, y 16-40.
    seen = draw(layers["local"], ground, geometry, at=(17, 30), part=0, side=960)

    def at(x: float, y: float) -> float:
        return bright(seen, int(7.5 * (64 + x)), int(7.5 * y))

    assert at(31, 39) > at(9, 17) > at(33, 41) > 0  # the last key weighs most, outside of it none
    assert at(-20, 20) == 0
    frame = [seen.getpixel((int(7.5 * (64 + 16)) + away, int(7.5 * 28))) for away in range(-4, 5)]
    assert (255, 255, 255) in frame


def test_parts_and_kinds_that_do_not_exist(layers: dict, normal) -> None:
    ground = Image.new("RGB", (64, 48))
    with pytest.raises(TraceError, match="a part from 0 to 2, got 3; try part=None for all"):
        draw(layers["dense"], ground, part=3)
    with pytest.raises(TraceError, match=r"that can be drawn as mesh, got \(image channel\)"):
        draw(layers["gate"], ground, kind="mesh")
    made = Trace()
    made.add("text", ("b", "i", "j"), normal(1, 2, 3))
    with pytest.raises(TraceError, match=r"text that can be drawn, got .* without a place"):
        draw(made.layers[0], ground)
