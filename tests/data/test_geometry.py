import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ExifTags, Image, ImageOps

from saccade.data.geometry import Geometry
from saccade.errors import DataError

sides = st.integers(1, 400)
sizes = st.tuples(sides, sides)
steps = st.one_of(
    st.tuples(st.just("resized"), sizes.map(lambda size: (size,))),
    st.tuples(st.just("cropped"), st.tuples(st.integers(-50, 50), st.integers(-50, 50), sizes)),
    st.tuples(st.just("padded"), st.tuples(*[st.integers(0, 50)] * 4)),
    st.tuples(st.just("mirrored"), st.just(())),
)
turns = st.tuples(
    st.just("warped"),
    st.tuples(st.floats(-180, 180), st.floats(-0.5, 0.5), st.floats(-30, 30)).map(
        lambda drawn: (warp(*drawn),)
    ),
)


def warp(degrees, shear, step):
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return cos, sin + shear * cos, step, -sin, cos - shear * sin, -step


def chained(geometry, chain):
    for name, arguments in chain:
        geometry = getattr(geometry, name)(*arguments)
    return geometry


@given(
    sizes,
    st.integers(1, 8),
    st.lists(st.one_of(steps, turns), max_size=6),
    st.tuples(*[st.floats(0, 1)] * 2),
)
def test_to_source_undoes_to_model(stored, orientation, chain, at):
    geometry = chained(Geometry.of(stored, orientation), chain)
    point = at[0] * stored[0], at[1] * stored[1]
    assert geometry.to_source(*geometry.to_model(*point)) == pytest.approx(point, abs=1e-4)
    upright = geometry.model_to_upright(*geometry.to_model(*point))
    assert geometry.upright_to_model(*upright) == pytest.approx(
        geometry.to_model(*point), rel=1e-6, abs=1e-4
    )


@given(sizes, st.integers(1, 8), st.lists(st.one_of(steps, turns), max_size=4))
def test_json_keeps_everything(stored, orientation, chain):
    geometry = chained(Geometry.of(stored, orientation), chain)
    assert Geometry.from_dict(json.loads(json.dumps(geometry.to_dict()))) == geometry


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_pixel_follows_pillow_through_each_orientation(orientation):
    pixels = np.arange(3 * 5, dtype=np.uint8).reshape(3, 5)
    image = Image.fromarray(pixels)
    image.getexif()[ExifTags.Base.Orientation] = orientation
    upright = np.asarray(ImageOps.exif_transpose(image))
    geometry = Geometry.of((5, 3), orientation)
    assert geometry.upright == upright.shape[::-1]
    for row in range(3):
        for column in range(5):
            x, y = geometry.to_model(column + 0.5, row + 0.5)
            assert upright[int(y), int(x)] == pixels[row, column]
            assert geometry.to_source(x, y) == (column + 0.5, row + 0.5)


def test_each_step_by_hand():
    geometry = Geometry.of((10, 20)).resized((20, 10))
    assert geometry.to_model(5, 10) == (10, 5)
    assert geometry.cropped(4, 1, (8, 8)).to_model(5, 10) == (6, 4)
    assert geometry.padded(1, 2, 3, 4).to_model(5, 10) == (11, 7)
    assert geometry.padded(1, 2, 3, 4).size == (24, 16)
    assert geometry.mirrored().to_model(1, 10) == (18, 5)


def test_warps_by_hand():
    geometry = Geometry.of((4, 4)).warped((0, -1, 4, 1, 0, 0))  # new (x, y) comes from (4 - y, x)
    assert geometry.to_model(3, 1) == (1, 1)
    assert geometry.to_model(4, 0) == (0, 0)
    assert geometry.to_source(2, 0) == (4, 2)
    assert (geometry.scale, geometry.skew) == ((0, 0), (1, -1))
    sheared = Geometry.of((10, 20)).warped((1, 0.5, 0, 0, 1, 0)).resized((5, 20))
    assert sheared.to_model(6, 2) == (2.5, 2)
    assert "skew" in sheared.to_dict()
    assert "skew" not in Geometry.of((10, 20)).mirrored().to_dict()


def test_what_lays_boxes_refuses_a_turned_geometry():
    geometry = Geometry.of((4, 4)).resized((8, 8)).mirrored()
    assert geometry.box == (4, 0, 0, 4)
    with pytest.raises(DataError, match="neither turned nor sheared"):
        _ = geometry.warped((1, 0.1, 0, 0, 1, 0)).box
    with pytest.raises(DataError, match="undone"):
        geometry.warped((1, 1, 0, 1, 1, 0))


@given(sizes, st.lists(steps, max_size=4))
def test_mirroring_twice_changes_nothing(stored, chain):
    geometry = chained(Geometry.of(stored), chain)
    again = geometry.mirrored().mirrored()
    assert again.to_model(1, 1) == pytest.approx(geometry.to_model(1, 1), rel=1e-6, abs=1e-4)


def test_impossible_values_are_refused():
    with pytest.raises(DataError, match="orientation 9"):
        Geometry.of((2, 2), 9)
    with pytest.raises(DataError, match="positive sizes"):
        Geometry.of((0, 2))
    with pytest.raises(DataError, match="stored, orientation, size"):
        Geometry.from_dict({"stored": [1, 2]})
    with pytest.raises(DataError, match="stored, orientation, size"):
        Geometry.from_dict({**Geometry.of((1, 1)).to_dict(), "size": ["a", "b"]})
