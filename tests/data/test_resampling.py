import numpy as np
import pytest
from PIL import Image

from saccade.data.geometry import Geometry
from saccade.data.resampling import resample
from saccade.data.transforms import FILTERS, Preprocessing, to_array


def smooth(width: int, height: int) -> Image.Image:
    """A picture as photographs are: mostly smooth, with a few edges."""
    rows, columns = np.indices((height, width))
    bands = [rows * 255 / height, columns * 255 / width, 255 * ((rows // 9 + columns // 7) % 2)]
    return Image.fromarray(np.stack(bands, -1).astype(np.uint8))


@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic"])
@pytest.mark.parametrize("size", [(24, 24), (40, 25), (90, 100)])
def test_few_pixels_are_one_level_off_pillow(interpolation, size):
    image, box = smooth(80, 60), (5, 7, 71, 58)
    part, kind = image.crop(box), FILTERS[interpolation]
    # Width first, then height, is torch's order; some releases of Pillow choose theirs.
    want = np.asarray(part.resize((size[0], part.height), kind).resize(size, kind)).astype(int)
    for raw in (image, np.array(image)):
        got = resample(raw, box, size, interpolation).transpose(1, 2, 0)
        off = np.abs(got.astype(int) - want)
        assert off.max() <= 1
        assert (off > 0).mean() < 0.05  # of a ramp, where many values lie near a half


def test_nothing_outside_the_box_is_seen():
    pixels = np.zeros((40, 40, 3), np.uint8)
    pixels[10:30, 10:30] = 200
    got = resample(pixels, (10, 10, 30, 30), (12, 9), "bicubic")
    assert got.shape == (3, 9, 12)
    assert (got == 200).all()


def test_the_same_size_and_nearest_are_pillow_s(picture):
    image = picture(20, 16)
    box = (2, 3, 12, 9)
    same = resample(image, box, (10, 6), "bilinear")
    assert np.array_equal(same, to_array(image.crop(box)))
    want = image.crop(box).resize((5, 5), Image.Resampling.NEAREST)
    assert np.array_equal(resample(np.array(image), box, (5, 5), "nearest"), to_array(want))


@pytest.mark.parametrize("mode", ["center", "squash", "pad"])
def test_not_exact_is_nearly_the_same(mode):
    image = smooth(120, 90)
    preprocessing = Preprocessing(
        img_size=(48, 48), crop_pct=0.875, crop_mode=mode, interpolation="bilinear"
    )
    want, place = preprocessing.apply(image, Geometry.of(image.size))
    for raw in (image, np.array(image)):
        got, geometry = preprocessing.apply(raw, Geometry.of(image.size), exact=False)
        assert geometry == place
        assert np.abs(got.astype(int) - want).max() <= 1
    grey = Preprocessing(img_size=(48, 48), in_chans=1)
    assert grey.apply(image, Geometry.of(image.size), exact=False)[0].shape == (1, 48, 48)
    assert grey.cut(np.array(image), (3, 4, 90, 80)).shape == (1, 48, 48)
