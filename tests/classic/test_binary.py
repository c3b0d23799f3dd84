"""Clusters by trying all splits, masks by hand, OpenCV's steps."""

from itertools import combinations

import numpy as np
import pytest
import torch

from saccade.classic.binary import best_clusters, binary_map, object_map
from saccade.classic.spectral_residual import spectral_residual_opencv
from saccade.errors import ConfigError
from tests.classic.pictures import photograph, pixels


def spread(counts, starts):
    total = 0.0
    for first, last in zip(starts, [*starts[1:], len(counts)], strict=True):
        amount, levels = counts[first:last], np.arange(first, last)
        if amount.sum():
            mean = (amount * levels).sum() / amount.sum()
            total += (amount * (levels - mean) ** 2).sum()
    return total


@pytest.mark.parametrize("clusters", [2, 3, 4])
def test_no_split_is_better(clusters):
    counts = np.random.default_rng(3).integers(0, 9, 12)
    found = best_clusters(counts, clusters)
    every = [[0, *cuts] for cuts in combinations(range(1, 12), clusters - 1)]
    assert spread(counts, found) == pytest.approx(min(spread(counts, one) for one in every))


def test_fewer_values_than_clusters():
    assert len(best_clusters(np.array([4, 0, 0, 2, 0]), 5)) == 2
    assert best_clusters(np.array([0, 7, 0]), 5) == [0]


def test_masks_by_hand():
    maps = torch.tensor([[[0.0, 0.1, 0.0, 0.1], [0.05, 0.0, 0.9, 1.0]]])
    assert binary_map(maps)[0].tolist() == [[False] * 4, [False, False, True, True]]
    assert not binary_map(torch.full((1, 4, 4), 0.7)).any()
    # The mean is 0.26875; three times that is 0.80625.
    assert object_map(maps)[0].nonzero().tolist() == [[1, 2], [1, 3]]
    assert object_map(maps, times=0.3).sum() == 4


def test_a_batch_is_its_maps(generator):
    maps = torch.rand(3, 9, 9, generator=generator) ** 3
    together = binary_map(maps)
    for one, mask in zip(maps, together, strict=True):
        assert torch.equal(binary_map(one[None])[0], mask)
    assert torch.equal(binary_map(5 * maps), together)


@pytest.mark.parity
@pytest.mark.parametrize("name", ["china", "flower", "odd"])
def test_opencv_s_steps(name):
    """Its k-means, but run to the end, and its Otsu; computeBinaryMap itself stops early."""
    cv2 = pytest.importorskip("cv2")
    maps = spectral_residual_opencv(pixels(photograph(name)))
    cv2.setRNGSeed(1)
    rule = (cv2.TERM_CRITERIA_COUNT + cv2.TERM_CRITERIA_EPS, 1000, 1e-7)
    values = maps[0].numpy().reshape(-1, 1)
    _, labels, centres = cv2.kmeans(values, 5, None, rule, 5, cv2.KMEANS_PP_CENTERS)
    levels = np.rint(255 * centres[labels[:, 0], 0]).astype(np.uint8)
    expected = cv2.threshold(levels, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)[1].reshape(-1) > 0
    assert (binary_map(maps).flatten().numpy() == expected).mean() > 0.99


def test_errors():
    with pytest.raises(ConfigError, match="2 clusters or more, got 1"):
        binary_map(torch.zeros(1, 2, 2), clusters=1)
    with pytest.raises(ConfigError, match="a multiple of the mean above 0"):
        object_map(torch.zeros(1, 2, 2), times=0)
