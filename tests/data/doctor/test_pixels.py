import numpy as np
from PIL import Image

from saccade.data.doctor.pixels import Pixels
from saccade.data.doctor.remark import Spot

HERE = Spot("train", 0, "here")


def test_mean_and_spread_are_numpys(picture):
    pixels, arrays = Pixels(), [np.asarray(picture(9, 7, seed)) / 255 for seed in range(3)]
    for seed in range(3):
        pixels.add(picture(9, 7, seed), HERE)
    whole = np.stack(arrays)
    np.testing.assert_allclose(pixels.mean, whole.mean((0, 1, 2)), atol=1e-4)
    np.testing.assert_allclose(pixels.std, whole.std((0, 1, 2)), atol=1e-4)
    assert pixels.black == pixels.constant == []


def test_black_and_constant():
    pixels = Pixels()
    assert pixels.mean == pixels.std == ()
    pixels.add(Image.new("RGB", (4, 4), (3, 0, 0)), HERE)
    pixels.add(Image.new("RGB", (4, 4), (90, 0, 0)), Spot("train", 1, "red"))
    assert pixels.black == [HERE]
    assert [spot.name for spot in pixels.constant] == ["red"]
