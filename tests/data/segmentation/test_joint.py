"""Pictures and label maps change together; answers come back in the picture's own pixels."""

import random

import numpy as np
import pytest
import torch

from saccade.data.geometry import Geometry
from saccade.data.segmentation.classes import VOID
from saccade.data.segmentation.joint import JointChange, labels_of
from saccade.data.transforms import Preprocessing
from saccade.errors import ConfigError

TO = Preprocessing(img_size=(12, 16), crop_mode="pad", interpolation="nearest", mean=(0.0,))


def coded(high: int, wide: int) -> tuple[np.ndarray, np.ndarray]:
    """A picture whose red is the label of each pixel, so that both can be compared."""
    labels = np.random.default_rng(0).integers(1, 100, (high, wide)).astype(np.uint8)
    return np.repeat(labels[..., None], 3, axis=2), labels


@pytest.mark.parametrize("size", [(12, 16), (24, 32), (9, 40), (40, 9), (1, 7)])
@pytest.mark.parametrize("seed", range(4))
def test_both_move_alike(size: tuple[int, int], seed: int) -> None:
    picture, labels = coded(*size)
    change = JointChange(zoom=0.5, flip=True)
    pixels, found = change.apply(picture, labels, TO, random.Random(seed))
    assert pixels.shape == (3, 12, 16)
    inside = found != VOID
    assert inside.any()
    assert np.array_equal(pixels[0][inside], found[inside])
    assert not pixels[:, ~inside].any()  # the border is the mean colour, black here


def test_nothing_asked_changes_nothing() -> None:
    picture, labels = coded(12, 16)
    pixels, found = JointChange().apply(picture, labels, TO, random.Random(0))
    assert np.array_equal(found, labels)
    assert np.array_equal(pixels[0], labels)


def test_the_mirror() -> None:
    picture, labels = coded(12, 16)
    drawn = [
        JointChange(flip=True).apply(picture, labels, TO, random.Random(s))[1] for s in range(9)
    ]
    assert any(np.array_equal(one, labels) for one in drawn)
    assert any(np.array_equal(one, labels[:, ::-1]) for one in drawn)


def test_the_same_chance_gives_the_same() -> None:
    picture, labels = coded(20, 20)
    change = JointChange(zoom=0.5, flip=True, jitter=0.4)
    first, again = (change.apply(picture, labels, TO, random.Random(5)) for _ in range(2))
    assert np.array_equal(first[0], again[0])
    assert np.array_equal(first[1], again[1])


def test_answers_by_hand() -> None:
    # A picture of 4 x 2 pixels in the middle of a 4 x 4 image: rows 1 and 2 are it.
    logits = torch.zeros(3, 4, 4)
    logits[1, 1], logits[2, 2], logits[0, 0] = 5.0, 5.0, 9.0
    geometry = Geometry.of((4, 2)).padded(0, 1, 0, 1)
    assert labels_of(logits, geometry).tolist() == [[1] * 4, [2] * 4]


@pytest.mark.parametrize("upright", [(16, 12), (33, 25), (8, 6), (200, 3)])
def test_answers_have_the_size_of_the_picture(upright: tuple[int, int]) -> None:
    image = np.zeros((upright[1], upright[0], 3), np.uint8)
    _, geometry = TO.apply(image, Geometry.of(upright))
    found = labels_of(torch.randn(5, 12, 16), geometry)
    assert (tuple(found.shape), found.dtype) == ((upright[1], upright[0]), torch.uint8)


def test_large_pictures_are_answered_without_stretching_each_class(monkeypatch) -> None:
    monkeypatch.setattr("saccade.data.segmentation.joint._MOST", 10)
    logits = torch.tensor([[[0.0, 1.0]], [[1.0, 0.0]]])
    found = labels_of(logits, Geometry.of((6, 3)).resized((2, 1)))
    assert found.tolist() == [[1, 1, 1, 0, 0, 0]] * 3


def test_errors() -> None:
    with pytest.raises(ConfigError, match=r"zoom from 0 to below 1, got 1"):
        JointChange(zoom=1.0)
