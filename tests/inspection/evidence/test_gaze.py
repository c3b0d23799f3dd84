"""NSS and the areas under curves: by hand, slowly, and what a blind map gets."""

import math
from itertools import pairwise

import pytest
import torch

from saccade.errors import ConfigError, ShapeError
from saccade.inspection.evidence.gaze import (
    auc_borji,
    auc_judd,
    auc_shuffled,
    information_gain,
    nss,
)


def at(*places, size=(4, 4)):
    found = torch.zeros(1, *size, dtype=torch.int64)
    for row, column in places:
        found[0, row, column] += 1
    return found


def test_nss_by_hand():
    # 1, 2, 3, 6: mean 3, deviation sqrt((4 + 1 + 0 + 9) / 3); the fixated 6 and 2: (3 - 1) / 2.
    maps = torch.tensor([[[1.0, 2.0], [3.0, 6.0]]])
    found = nss(maps, at((1, 1), (0, 1), (0, 1), size=(2, 2)))
    assert float(found) == pytest.approx(1 / math.sqrt(14 / 3))


def test_judd_by_hand():
    # Sixteen pixels 0-15; looked at: 15 and 12. At 15 no false alarm; at 12 two of fourteen
    # (14, 13). Trapezoids over (0, 0), (0, 1/2), (1/7, 1), (1, 1): 3/4 · 1/7 + 6/7.
    maps = torch.arange(16.0).view(1, 4, 4)
    assert float(auc_judd(maps, at((3, 3), (3, 0)))) == pytest.approx(0.75 / 7 + 6 / 7)


def test_judd_slowly(normal):
    maps, counts = normal(3, 5, 6), (normal(3, 5, 6) > 0.8).long()
    found = auc_judd(maps, counts)
    for image in range(3):
        values, seen = maps[image].flatten().tolist(), counts[image].flatten().tolist()
        hits = sorted((v for v, s in zip(values, seen, strict=True) if s), reverse=True)
        points = [(0.0, 0.0)]
        for number, level in enumerate(hits, 1):
            above = sum(value >= level for value in values)
            points.append(((above - number) / (len(values) - len(hits)), number / len(hits)))
        points.append((1.0, 1.0))
        expected = sum((x1 - x0) * (y0 + y1) / 2 for (x0, y0), (x1, y1) in pairwise(points))
        assert float(found[image]) == pytest.approx(expected)


def slowly(hits, alarms, step):
    """One draw of the benchmark: thresholds from the highest level down to 0."""
    points = [(0.0, 0.0)]
    for number in range(int(1 / step + 1e-9), -1, -1):
        level = number * step
        points.append(
            (
                sum(value >= level for value in alarms) / len(alarms),
                sum(value >= level for value in hits) / len(hits),
            )
        )
    points.append((1.0, 1.0))
    return sum((x1 - x0) * (y0 + y1) / 2 for (x0, y0), (x1, y1) in pairwise(points))


def test_borji_slowly(normal):
    maps, counts = normal(1, 5, 6), (normal(1, 5, 6) > 0.5).long()
    found = auc_borji(maps, counts, draws=7, generator=torch.Generator().manual_seed(2))
    stretched = ((maps - maps.min()) / (maps.max() - maps.min())).double().flatten()
    hits = stretched[counts.flatten() > 0].tolist()
    places = torch.randint(30, (7, len(hits)), generator=torch.Generator().manual_seed(2))
    expected = [slowly(hits, stretched[own].tolist(), 0.1) for own in places]
    assert float(found) == pytest.approx(sum(expected) / 7)


def test_shuffled_draws_only_where_others_looked():
    # Others looked at pixels of value 0 only: every false alarm stands at threshold 0 alone.
    maps = torch.zeros(1, 4, 4)
    maps[0, 0, 0] = 1
    found = auc_shuffled(maps, at((0, 0)), at((3, 3), (2, 2)), draws=3)
    assert float(found) == pytest.approx(1.0)
    same = auc_shuffled(maps, at((3, 3)), at((2, 2), (1, 1)), draws=3)
    assert float(same) == pytest.approx(0.5)


def test_a_map_that_only_knows_the_centre_gains_nothing_when_shuffled(generator):
    y, x = torch.meshgrid(torch.arange(30.0), torch.arange(30.0), indexing="ij")
    centre = torch.exp(-((x - 15) ** 2 + (y - 15) ** 2) / 50)[None]
    draws = torch.rand(2, 1, 30, 30, generator=generator) < centre * 0.4
    looked, others = draws.long()
    assert float(auc_judd(centre, looked)) > 0.8
    shuffled = auc_shuffled(centre, looked, others, generator=generator)
    assert float(shuffled) == pytest.approx(0.5, abs=0.08)


def test_information_gain_by_hand():
    # Stretched and divided by their sums: (0, 1/6, 2/6, 3/6) and (0, 0, 0, 1); at the last pixel
    # log2(1/2) - log2(1) = -1.
    maps = torch.tensor([[[0.0, 1.0], [2.0, 3.0]]])
    baseline = torch.tensor([[[0.0, 0.0], [0.0, 5.0]]])
    found = information_gain(maps, at((1, 1), size=(2, 2)), baseline)
    assert float(found) == pytest.approx(-1)


def test_chance_and_nothing(normal):
    flat, counts = torch.ones(1, 4, 4), at((1, 1), (2, 2))
    # Two fixations among 16 equal pixels: the others stand before, between or behind them, where
    # the curve is 1/4, 3/4 and 1 high.
    assert auc_judd(flat, counts).tolist() == pytest.approx([2 / 3])
    assert auc_borji(flat, counts).tolist() == [0.5]
    assert nss(flat, counts).isnan().all()
    for measure in (nss, auc_judd, auc_borji):
        assert measure(normal(1, 4, 4), at()).isnan().all()
    assert auc_shuffled(normal(1, 4, 4), counts, at()).isnan().all()


def test_what_does_not_fit():
    with pytest.raises(ShapeError, match="the maps"):
        nss(torch.zeros(1, 2, 2), at())
    with pytest.raises(ShapeError, match="maps of finite numbers"):
        auc_judd(torch.full((1, 4, 4), torch.nan), at((0, 0)))
    with pytest.raises(ConfigError, match="draws of 1 or more and a step up to 1, got 0"):
        auc_borji(torch.zeros(1, 4, 4), at((0, 0)), draws=0)
