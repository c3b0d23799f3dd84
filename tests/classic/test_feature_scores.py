"""Scores from means and spreads: numbers by hand, loops, scikit-learn, and hard numbers."""

import numpy as np
import pytest
import torch
from sklearn.feature_selection import f_classif, r_regression

from saccade.classic.feature_scores import (
    anova_f,
    class_moments,
    correlation,
    fisher_score,
    separability,
)
from saccade.errors import DataError


def drawn(classes=3, rows=40, features=6, seed=0):
    draw = np.random.default_rng(seed)
    y = np.arange(rows) % classes
    x = draw.normal(size=(rows, features)) + draw.normal(size=(classes, features))[y]
    return x, y


def test_by_hand():
    # Class 0: 0, 2 with mean 1 and variance 1; class 1: 4, 8 with mean 6 and variance 4.
    x, y = np.array([[0.0], [2.0], [4.0], [8.0]]), [0, 0, 1, 1]
    # Mean 3.5; between 2*2.5^2 + 2*2.5^2 = 25, within 2*1 + 2*4 = 10.
    assert fisher_score(x, y) == pytest.approx([2.5])
    assert anova_f(x, y) == pytest.approx([2.5 * 2 / 1])
    assert separability(x, y) == pytest.approx([5 / 3])
    assert separability(x, y, squared=True) == pytest.approx([25 / 5])
    assert correlation(x, y) == pytest.approx([np.sqrt(25 / 35)])


def test_slowly():
    x, y = drawn()
    for feature in range(x.shape[1]):
        above = below = 0.0
        mean = sum(x[:, feature]) / len(x)
        for kind in range(3):
            own = [value for value, label in zip(x[:, feature], y, strict=True) if label == kind]
            middle = sum(own) / len(own)
            above += len(own) * (middle - mean) ** 2
            below += sum((value - middle) ** 2 for value in own)
        assert fisher_score(x, y)[feature] == pytest.approx(above / below)


@pytest.mark.parametrize("classes", [2, 5])
def test_as_scikit_learn(classes):
    x, y = drawn(classes)
    np.testing.assert_allclose(anova_f(x, y), f_classif(x, y)[0], rtol=1e-10)
    if classes == 2:
        np.testing.assert_allclose(correlation(x, y), np.abs(r_regression(x, y)), rtol=1e-10)


def test_a_feature_that_never_changes_scores_nothing():
    x, y = drawn(2)
    x[:, 1] = 0.1
    for score in (fisher_score, anova_f, separability, correlation):
        found = score(x, y)
        assert found[1] == 0
        assert np.isfinite(found).all()


def test_no_spread_within_the_classes_is_infinite():
    x, y = drawn(2)
    x[:, 2] = np.where(y == 0, 0.1, 0.7)  # means of such numbers are not exact without care
    assert fisher_score(x, y)[2] == np.inf
    assert separability(x, y)[2] == np.inf
    assert correlation(x, y)[2] == 1
    assert class_moments(x, y).variances[:, 2].tolist() == [0, 0]


@pytest.mark.parametrize("kind", [torch.float32, torch.float64])
def test_a_mean_far_above_the_spread_costs_nothing(kind):
    x, y = drawn()
    far = torch.from_numpy(np.round(x * 8) + 1_000_000).to(kind)  # whole numbers: exact in float32
    np.testing.assert_allclose(fisher_score(far, y), fisher_score(np.round(x * 8), y), rtol=1e-9)
    naive = far.float()
    spread = (naive.square().mean(0) - naive.mean(0).square()).double().numpy()
    assert not np.allclose(spread, np.round(x * 8).var(axis=0), rtol=0.1)  # one pass is lost


def test_units_and_places_do_not_matter():
    x, y = drawn()
    np.testing.assert_allclose(fisher_score(5 - 3 * x, y), fisher_score(x, y), rtol=1e-9)
    order = np.random.default_rng(1).permutation(len(y))
    np.testing.assert_allclose(fisher_score(x[order], y[order]), fisher_score(x, y), rtol=1e-9)


def test_two_classes_only():
    with pytest.raises(DataError, match="two classes for the separability, got 3"):
        separability(*drawn(3))
