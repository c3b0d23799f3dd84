"""Copies are found whatever was done to them, and found without comparing all pairs."""

import io
import random
import zipfile

import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageOps

from saccade.data.doctor.near_duplicates import (
    Sketches,
    difference_hash,
    nearest_pairs,
    thumbnail_of,
)


def found(*pictures):
    sketches = Sketches()
    for picture in pictures:
        sketches.add(picture)
    return sketches


def test_the_hash_by_hand():
    rising = np.tile(np.arange(32, dtype=np.uint8) * 8, (32, 1))
    assert difference_hash(rising) == 2**64 - 1
    assert difference_hash(rising[:, ::-1]) == 0
    half = np.concatenate([rising[:16], rising[:16, ::-1]])
    assert difference_hash(half) == 0xFFFFFFFF00000000


def test_pairs_are_those_of_a_plain_loop():
    chance = np.random.default_rng(0)
    hashes = chance.integers(0, 2**63, (40, 2), np.uint64)
    hashes[30:, 0] = hashes[:10, 0] ^ np.uint64(0b1011)  # three bits away
    hashes[29, 1] = hashes[28, 0]  # a mirror image
    pairs = {tuple(row) for row in nearest_pairs(hashes).tolist()}
    plain = {
        (i, j, m)
        for i in range(40)
        for j in range(i + 1, 40)
        for m in (0, 1)
        if bin(int(hashes[i, 0]) ^ int(hashes[j, m])).count("1") <= 3
    }
    assert len(plain) == 11
    assert plain <= pairs


@pytest.mark.parametrize("what", ["small", "jpeg", "crop", "bright", "dark", "mirror"])
def test_copies_are_found(photo, compressed, what):
    change = {
        "small": lambda picture: picture.resize((60, 50)),
        "jpeg": compressed,
        "crop": lambda picture: picture.crop((3, 0, 96, 77)),
        "bright": ImageEnhance.Brightness(photo(1)).enhance,
        "dark": lambda picture: ImageEnhance.Brightness(picture).enhance(0.7),
        "mirror": lambda picture: compressed(ImageOps.mirror(picture)),
    }[what]
    copy = change(1.1) if what == "bright" else change(photo(1))
    [one] = found(photo(0), photo(1), photo(2), copy).likenesses()
    assert (one.first, one.later, one.mirrored) == (1, 3, what == "mirror")
    assert one.whole > 0.9


def test_a_copy_of_a_copy_names_the_first(photo, compressed):
    first = photo(1)
    both = found(first, photo(5), compressed(first, 60), compressed(first, 20)).likenesses()
    assert [(one.first, one.later) for one in both] == [(0, 2), (0, 3)]


def test_other_pictures_are_none(photo):
    assert found(*(photo(seed) for seed in range(20))).likenesses() == []


def test_small_and_flat_pictures_are_passed_over(photo):
    flat = Image.new("RGB", (64, 64), (9, 9, 9))
    sketches = found(photo(1, (31, 64)), flat, flat, photo(1))
    assert (sketches.passed_over, sketches.count) == (3, 4)
    assert sketches.likenesses() == []
    assert thumbnail_of(flat).shape == (32, 32)


@pytest.mark.slow
@pytest.mark.shared_data
def test_recall_on_photographs(shared_data):
    archive = zipfile.ZipFile(shared_data / "flowers" / "flowers224_share.zip")
    names = [name for name in archive.namelist() if name.endswith(".jpg")]
    pictures = [Image.open(io.BytesIO(archive.read(name))).convert("RGB") for name in names]
    assert found(*pictures).likenesses() == []  # no false hit in 79,800 pairs
    chance, count = random.Random(0), len(pictures)

    def cropped(picture):
        left, top = chance.randint(0, 11), chance.randint(0, 11)
        return picture.crop((left, top, left + 213, top + 213))

    for change, least in (
        (lambda picture: picture.resize((100, 100)), 0.995),
        (ImageOps.mirror, 0.995),
        (cropped, 0.97),
    ):
        both = found(*pictures, *map(change, pictures)).likenesses()
        right = [one for one in both if one.later - one.first == count]
        assert len(right) >= least * count
        assert len(both) == len(right)
