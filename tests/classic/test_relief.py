"""ReliefF: its weights by a loop, and what it sees that single scores do not."""

import numpy as np
import pytest

from saccade.classic.feature_scores import fisher_score
from saccade.classic.relief import relieff
from saccade.errors import ConfigError


def exclusive_or(rows=160, seed=0):
    """Two features whose signs tell the class only together, and two that tell nothing."""
    x = np.random.default_rng(seed).uniform(-1, 1, size=(rows, 4))
    return x, (x[:, 0] * x[:, 1] > 0).astype(int)


def slow(x, y, neighbours):
    x = (x - x.min(axis=0)) / np.ptp(x, axis=0)
    weights = np.zeros(x.shape[1])
    for row in range(len(x)):
        for kind in np.unique(y):
            members = [other for other in range(len(x)) if y[other] == kind and other != row]
            members.sort(key=lambda other: np.abs(x[row] - x[other]).sum())
            near = members[:neighbours]
            share = np.mean(y == kind) / (1 - np.mean(y == y[row]))
            factor = -1.0 if kind == y[row] else share
            for other in near:
                weights += factor * np.abs(x[row] - x[other]) / len(near) / len(x)
    return weights


@pytest.mark.parametrize("neighbours", [1, 4, 50])
def test_slowly(neighbours):
    draw = np.random.default_rng(0)
    x, y = draw.normal(size=(24, 3)), np.array([0, 0, 0, 1, 1, 2] * 4)
    found = relieff(x, y, neighbours=neighbours)
    np.testing.assert_allclose(found, slow(x, y, neighbours), atol=1e-12)


def test_by_hand():
    # On 0-1: 0, 0.25 in class 0, 0.75, 1 in class 1. One near row of each class.
    # Hits: 0.25 for each row. Misses: 0.75, 0.5, 0.5, 0.75. Mean difference 0.625 - 0.25.
    found = relieff([[0.0], [1.0], [3.0], [4.0]], [0, 0, 1, 1], neighbours=1)
    assert found == pytest.approx([0.375])


def test_it_sees_an_exclusive_or():
    x, y = exclusive_or()
    weights = relieff(x, y)
    assert min(weights[:2]) > 3 * max(0.0, *weights[2:])
    assert max(fisher_score(x, y)) < 0.1


def test_constants_and_single_rows():
    x, y = exclusive_or(40)
    x[:, 3] = 7.0
    y[0] = 2  # the only row of its class
    found = relieff(x, y)
    assert found[3] == 0
    assert np.isfinite(found).all()


def test_a_seed_draws_the_rows():
    x, y = exclusive_or()
    once = relieff(x, y, rows=50, seed=1)
    assert once.tolist() == relieff(x, y, rows=50, seed=1).tolist()
    assert once.tolist() != relieff(x, y, rows=50, seed=2).tolist()
    assert relieff(x, y, seed=1).tolist() == relieff(x, y, seed=2).tolist()


def test_what_cannot_work():
    with pytest.raises(ConfigError, match="neighbours=0"):
        relieff(*exclusive_or(), neighbours=0)
