from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saccade.data.sets import ArrayImages, BadFile, Splits, split_off
from saccade.errors import ConfigError, DataError


def images(labels: list[int]) -> ArrayImages:
    pixels = np.arange(len(labels), dtype=np.uint8)[:, None, None] * np.ones((1, 2, 3), np.uint8)
    classes = tuple("abcdefghij"[: max(labels, default=0) + 1])
    return ArrayImages("train", classes, labels, pixels=pixels, source="made")


def test_a_picture_of_an_array():
    picture = images([0, 1, 1]).load(2)
    assert (picture.label, picture.name, picture.image.mode) == (1, "made/2", "RGB")
    assert picture.image.getpixel((0, 0)) == (2, 2, 2)
    assert picture.geometry.stored == picture.image.size == (3, 2)
    assert ArrayImages("x", (), [-1], pixels=np.zeros((1, 2, 2), np.uint8)).load(0).label is None


@given(st.lists(st.integers(0, 4), min_size=1, max_size=200), st.floats(0, 0.9), st.integers(0, 9))
def test_a_split_parts_the_set_and_is_stratified(labels, fraction, seed):
    whole = images(labels)
    train, val = split_off(whole, fraction, seed=seed)
    rows = [*train.rows, *(val.rows if val else [])]
    assert sorted(rows) == list(range(len(labels)))
    assert train.rows == sorted(train.rows)
    counts, left = Counter(labels), Counter(train.labels)
    for label, count in counts.items():
        assert left[label] >= 1
        assert count - left[label] <= int(count * fraction) + 1
        assert count - left[label] >= min(int(count * fraction), count - 1)
    assert [labels[row] for row in train.rows] == train.labels


def test_a_tenth_of_ten_thousand_is_a_thousand():
    labels = [i % 7 for i in range(10_000)]
    pixels = np.zeros((10_000, 1, 1), np.uint8)
    whole = ArrayImages("train", tuple("abcdefg"), labels, pixels=pixels)
    train, val = split_off(whole, 0.1, seed=0)
    assert (len(train), len(val)) == (9_000, 1_000)
    assert val.name == "val"
    assert set(Counter(val.labels).values()) <= {142, 143}


def test_the_seed_decides():
    whole = images([0, 1] * 50)
    assert split_off(whole, 0.2, seed=1)[1].rows == split_off(whole, 0.2, seed=1)[1].rows
    assert split_off(whole, 0.2, seed=1)[1].rows != split_off(whole, 0.2, seed=2)[1].rows


def test_nothing_to_split_off():
    whole = images([0, 1])
    assert split_off(whole, 0.5, seed=0) == (whole, None)
    assert split_off(whole, 0.0, seed=0) == (whole, None)
    with pytest.raises(ConfigError, match="fraction"):
        split_off(whole, 1.0, seed=0)


def test_problems_stay_with_the_rest():
    whole = images([0, 1] * 10)
    whole.problems = [BadFile("x", "y")]
    train, val = split_off(whole, 0.5, seed=0)
    assert (train.problems, val.problems) == ([BadFile("x", "y")], [])


def test_parts_by_name():
    whole = images([0, 1])
    splits = Splits(whole, None, None, whole.classes)
    assert splits.part("train") is whole
    assert splits.parts() == {"train": whole}
    with pytest.raises(DataError, match="a test part, got only train"):
        splits.part("test")
