import numpy as np
import pytest

from saccade.data.sets import ArrayImages
from saccade.data.transforms import Preprocessing
from saccade.errors import DataError
from saccade.training.facts import find_facts, fingerprint, measure_pixels, sample


def images(pixels: np.ndarray, labels: list[int] | None = None) -> ArrayImages:
    return ArrayImages("train", ("a", "b"), labels or [0] * len(pixels), pixels=pixels)


def test_facts_by_hand() -> None:
    grey = images(np.zeros((4, 6, 8), np.uint8))
    facts = find_facts(grey, sample(grey))
    assert (facts.count, facts.classes, facts.height, facts.width) == (4, 2, 6, 8)
    assert (facts.side, facts.alike, facts.grey) == (8, True, True)
    colour = np.zeros((2, 4, 4, 3), np.uint8)
    colour[1, 0, 0, 0] = 9
    found = images(colour)
    assert not find_facts(found, sample(found)).grey


def test_a_sample_is_spread_over_the_set() -> None:
    pixels = np.arange(10, dtype=np.uint8).repeat(4).reshape(10, 2, 2)
    assert [p.name for p in sample(images(pixels), 5)] == [f"train/{i}" for i in (0, 2, 4, 6, 8)]
    with pytest.raises(DataError, match="pictures in train"):
        sample(images(pixels[:0]))


def test_pixels_by_hand() -> None:
    # Half black and half white: mean 1/2, standard deviation 1/2.
    pixels = np.zeros((2, 4, 4), np.uint8)
    pixels[1] = 255
    grey = Preprocessing(img_size=(4, 4), in_chans=1)
    assert measure_pixels(sample(images(pixels)), grey) == ((0.5,), (0.5,))


def test_another_label_or_order_is_another_set() -> None:
    pixels = np.zeros((3, 2, 2), np.uint8)
    first = fingerprint(images(pixels, [0, 1, 0]))
    assert first == fingerprint(images(pixels, [0, 1, 0]))
    assert first != fingerprint(images(pixels, [0, 0, 1]))
    assert first != fingerprint(images(pixels[:2], [0, 1]))
