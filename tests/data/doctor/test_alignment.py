"""Laying one thumbnail over another: what moved comes back, what differs does not come together."""

import numpy as np
from PIL import Image

from saccade.data.doctor.alignment import SIDE, aligned_correlations
from saccade.data.doctor.near_duplicates import thumbnail_of


def thumbs(*pictures):
    return np.stack([thumbnail_of(picture) for picture in pictures])


def test_the_same_agrees_wholly(photo):
    pair = thumbs(photo(1))
    np.testing.assert_allclose(aligned_correlations(pair, pair), 1, atol=1e-3)


def test_gain_and_bias_do_not_count(photo):
    pair = thumbs(photo(1)).astype(np.float32)
    np.testing.assert_allclose(aligned_correlations(pair, 0.5 * pair + 40), 1, atol=1e-3)


def test_a_crop_is_found_where_plain_correlation_fails(photo):
    picture = photo(2, (224, 224))
    cut = picture.crop((20, 4, 220, 204))
    first, second = thumbs(picture), thumbs(cut)
    plain = np.corrcoef(first.ravel(), second.ravel())[0, 1]
    [[whole, detail]] = aligned_correlations(first, second)
    assert plain < 0.9 < 0.97 < whole
    assert detail > 0.85


def test_other_pictures_do_not_come_together(photo):
    pictures = thumbs(*(photo(seed) for seed in range(8)))
    found = aligned_correlations(pictures[:-1], pictures[1:])
    assert found[:, 1].max() < 0.6


def test_a_flat_picture_and_too_small_an_overlap_are_minus_one():
    flat = np.full((1, SIDE, SIDE), 9, np.uint8)
    noise = np.random.default_rng(0).integers(0, 256, (1, SIDE, SIDE), np.uint8)
    assert aligned_correlations(flat, noise).tolist() == [[-1, -1]]
    assert Image.fromarray(noise[0]).size == (SIDE, SIDE)
