"""From a map to a mask: what stands out and what does not.

Source: Hou, Zhang, "Saliency Detection: A Spectral Residual Approach", CVPR 2007, section 3.3
(objects above three times the mean); `computeBinaryMap` of OpenCV's saliency module (k-means of
five clusters, then Otsu, "A Threshold Selection Method from Gray-Level Histograms", IEEE
Transactions on Systems, Man, and Cybernetics 1979).
Axes: b batch, h height, w width.
Differs: OpenCV draws its clusters; here they are the best of all, found over 256 levels, so that
the same map always gives the same mask.
"""

import numpy as np
import torch
from torch import Tensor

from saccade.errors import ConfigError
from saccade.shapes import expect, expect_dtype

_LEVELS = 256
_FLAT = 1e-5  # a map that spans less than this share of its maximum has one value


@torch.no_grad()
def object_map(maps: Tensor, *, times: float = 3.0) -> Tensor:
    """Mark what is above a multiple of each map's mean: (b h w) to booleans (b h w).

    Raises:
        ShapeError: the maps have other axes or are no floats.
        ConfigError: the multiple is not positive.
    """
    _expect_maps(maps)
    if not times > 0:
        raise ConfigError("a multiple of the mean above 0", str(times), "3")
    return maps > times * maps.mean(dim=(1, 2), keepdim=True)


@torch.no_grad()
def binary_map(maps: Tensor, *, clusters: int = 5) -> Tensor:
    """Cluster the values of each map, and split the clusters in two: booleans (b h w).

    Args:
        maps: saliency (b h w), not negative.
        clusters: 2 or more.

    Returns:
        True where a value is in the higher clusters; nowhere in a map of one value.

    Raises:
        ShapeError: the maps have other axes or are no floats.
        ConfigError: there are fewer than 2 clusters.
    """
    _expect_maps(maps)
    if clusters < 2:
        raise ConfigError("2 clusters or more", str(clusters), "5")
    low, high = maps.amin(dim=(1, 2), keepdim=True), maps.amax(dim=(1, 2), keepdim=True)
    span = torch.where(high - low > _FLAT * high, high - low, torch.inf)
    levels = ((maps - low) / span * (_LEVELS - 1)).round_().long()
    cuts = [_cut(_counts(one), clusters) for one in levels]
    return levels >= torch.tensor(cuts, device=maps.device)[:, None, None]


def best_clusters(counts: np.ndarray, clusters: int) -> list[int]:
    """Split levels into the clusters with the least squared distance to their means.

    Args:
        counts: how often each level occurs (levels).
        clusters: at most how many; never more than there are levels that occur.

    Returns:
        The first level of each cluster, in order; the first one is 0.
    """
    size = len(counts)
    costs = _costs(counts)
    best = costs[0].copy()  # of the levels up to each, in one cluster
    starts = []
    for _ in range(1, min(clusters, int((counts > 0).sum()))):
        # A cluster of levels s..e after the best split of those before s.
        total = np.where(np.arange(size)[:, None] > 0, np.roll(best, 1)[:, None], np.inf) + costs
        starts.append(total.argmin(axis=0))
        best = total.min(axis=0)
    found, last = [], size - 1
    for start in reversed(starts):
        found.append(int(start[last]))
        last = found[-1] - 1
    return [0, *reversed(found)]


def _costs(counts: np.ndarray) -> np.ndarray:
    """Squared distances to the mean of levels s..e in one cluster (s e); infinite for s > e."""
    levels = np.arange(len(counts))
    sums = [np.concatenate(([0.0], np.cumsum(counts * levels**power))) for power in (0, 1, 2)]
    amount, first, second = (one[None, 1:] - one[:-1, None] for one in sums)
    cost = second - first**2 / np.maximum(amount, 1)
    return np.where(levels[:, None] <= levels[None], np.maximum(cost, 0.0), np.inf)


def _cut(counts: np.ndarray, clusters: int) -> int:
    """The first level of the upper class: Otsu's split of the clusters, each at its mean."""
    starts = best_clusters(counts, clusters)
    if len(starts) == 1:
        return _LEVELS
    amounts = np.add.reduceat(counts, starts).astype(np.float64)
    sums = np.add.reduceat(counts * np.arange(len(counts)), starts).astype(np.float64)
    below, under = np.cumsum(amounts)[:-1], np.cumsum(sums)[:-1]
    above, over = amounts.sum() - below, sums.sum() - under
    between = below * above * (under / below - over / above) ** 2
    return starts[1 + int(between.argmax())]


def _counts(levels: Tensor) -> np.ndarray:
    return torch.bincount(levels.flatten(), minlength=_LEVELS).cpu().numpy()


def _expect_maps(maps: Tensor) -> None:
    expect(maps, "b h w", "the maps")
    expect_dtype(maps, "floats", "the maps")
