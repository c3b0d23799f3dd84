"""Pictures that are read and cut for a model, and those that are not."""

from functools import partial

import numpy as np
import torch

from saccade.data.decode import open_picture
from saccade.data.ready import as_images, prepared, ready_pictures
from saccade.data.transforms import Preprocessing
from saccade.layers.canvas import Canvas
from tests.samples import write_bad, write_good

SETTINGS = Preprocessing(img_size=(8, 8))


def test_batches_hold_what_can_be_read_in_order(tmp_path):
    good, bad = write_good(tmp_path, 5), write_bad(tmp_path)
    named = []
    prepare = partial(prepared, preprocessing=SETTINGS)
    batches = list(ready_pictures([*good[:3], *bad, *good[3:], bad[0]], prepare, 2, named))
    assert [len(batch) for batch in batches] == [2, 2, 1]
    assert [one.name for batch in batches for one in batch] == [str(path) for path in good]
    assert [file.name for file in named] == [str(path) for path in bad]


def test_pixels_and_geometry_are_those_of_the_preprocessing(tmp_path):
    (path,) = write_good(tmp_path, 1)
    picture, geometry = open_picture(path)
    one = prepared(picture, geometry, "x", preprocessing=SETTINGS)
    pixels, cut = SETTINGS.apply(picture, geometry)
    assert np.array_equal(one.pixels, pixels)
    assert (one.geometry, one.name, one.picture.size) == (cut, "x", picture.size)
    images = as_images([one, one], SETTINGS)
    torch.testing.assert_close(images[1], torch.from_numpy(pixels) / 127.5 - 1)


def test_a_canvas_moves_the_geometry_only(tmp_path):
    (path,) = write_good(tmp_path, 1)
    picture, geometry = open_picture(path)
    plain = prepared(picture, geometry, "x", preprocessing=SETTINGS)
    canvas = Canvas((6, 4), (1, 2))
    cut = prepared(picture, geometry, "x", preprocessing=SETTINGS, canvas=canvas)
    assert np.array_equal(cut.pixels, plain.pixels)
    assert cut.geometry == plain.geometry.cropped(2, 1, (4, 6))
