import numpy as np
import pytest
from PIL import Image

from saccade.data.augment.colours import Colours
from saccade.data.transforms import Preprocessing
from tests.data.test_augmentation import change


@pytest.mark.parametrize("auto", ["rand-m6-p1-n3-inc1", "trivial"])
def test_a_mark_lands_where_the_geometry_says_behind_every_policy(auto):
    # Grey stays grey, so what is far from it is the mark, whatever the colours became.
    pixels = np.full((64, 64, 3), 128, np.uint8)
    pixels[28:34, 30:36] = (255, 0, 90)
    grey = Preprocessing(img_size=(64, 64), interpolation="bilinear")
    turned = 0
    for seed in range(60):
        options = {"auto": auto, "flip": True, "rotate": 20.0}
        got, geometry = change(Image.fromarray(pixels), seed, grey, **options)
        x, y = geometry.to_model(33, 31)
        colourful = np.ptp(got, axis=0).astype(float)
        coloured = np.ptp(np.median(got, axis=(1, 2))) > 0  # Equalize may colour what is grey
        if coloured or colourful.max() < 20 or not (6 < x < 58 and 6 < y < 58):
            continue
        rows, columns = np.indices(colourful.shape) + 0.5
        total = colourful.sum()
        seen = (columns * colourful).sum() / total, (rows * colourful).sum() / total
        assert seen == pytest.approx((x, y), abs=0.6), seed
        turned += geometry.turned
    assert turned > 25


def test_policies_are_cut_from_the_models_colours(picture):
    image = picture(28, 28)
    mean = Preprocessing(img_size=(28, 28), mean=(0.2, 0.4, 0.6), interpolation="bilinear")
    for seed in range(40):
        got, geometry = change(image, seed, mean, auto="rand-m10-p1-n1")
        if geometry.offset[0] > 5 and not geometry.turned:
            assert got[:, 5, 1].tolist() == [51, 102, 153]
            return
    raise AssertionError("no translation was drawn")


def test_jitter_follows_3_augment_alone(picture):
    image = picture(28, 28)
    for options, same in [
        ({"auto": "three"}, {"auto": "three", "jitter": 0.3}),
        ({"auto": "trivial"}, {"auto": "trivial", "jitter": 0.3}),
        ({"jitter": 0.0}, {"auto": "none"}),
        ({"jitter": 0.4}, {"colours": Colours(brightness=0.4, contrast=0.4, saturation=0.4)}),
    ]:
        for seed in range(5):
            one, other = change(image, seed, **options), change(image, seed, **same)
            assert np.array_equal(one[0], other[0])
    plain = change(image, auto="three", jitter=0.0)[0]
    assert not np.array_equal(plain, change(image, auto="three")[0])
