import numpy as np
import pytest
from PIL import ExifTags, Image

from saccade.data.geometry import Geometry
from saccade.data.orientation import TURNS, as_stored, geometry_of, noted


@pytest.mark.parametrize("orientation", range(1, 9))
def test_turning_upright_and_back_is_nothing(picture, orientation):
    stored = picture(7, 5)
    upright = stored.transpose(TURNS[orientation]) if orientation in TURNS else stored
    geometry = geometry_of(upright, orientation)
    assert (geometry.stored, geometry.upright) == ((7, 5), upright.size)
    back, after = as_stored(upright, geometry)
    assert np.array_equal(back, stored)
    assert after == Geometry.of((7, 5))


def test_what_is_no_orientation_is_upright(picture):
    image = picture(2, 2)
    for value in (0, 9, 77):
        image.getexif()[ExifTags.Base.Orientation] = value
        assert noted(image) == 1
    image.getexif()[ExifTags.Base.Orientation] = 6
    assert noted(image) == 6
    assert noted(Image.new("RGB", (1, 1))) == 1
