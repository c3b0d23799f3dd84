"""Accuracy with the choice inside the folds, and the number that leaks."""

import numpy as np
import pytest
from sklearn.feature_selection import SelectKBest, f_classif
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline

from saccade.classic.honest_selection import honest_accuracy
from saccade.classic.learned_choice import make_classifier
from saccade.classic.selection import select_features
from saccade.errors import ConfigError, ShapeError


def noise(rows=40, features=600, seed=0):
    """Classes that no feature knows anything of."""
    return np.random.default_rng(seed).normal(size=(rows, features)), np.arange(rows) % 2


def test_noise_looks_good_where_the_choice_saw_the_judges():
    x, y = noise()
    found = honest_accuracy(x, y, select_features(x, y, k=10))
    assert np.mean(found.leaky) > 0.8
    assert np.mean(found.inside) < 0.7
    assert found.optimism > 0.2
    assert found.chance == 0.5
    assert sum(found.chosen.values()) == 5 * 10


def test_as_scikit_learns_pipeline():
    x, y = noise(features=30)
    x[:, 4] += 2 * y
    selection = select_features(x, y, k=3, method="anova", seed=3)
    found = honest_accuracy(x, y, selection)
    folds = StratifiedKFold(5, shuffle=True, random_state=3)
    steps = make_pipeline(SelectKBest(f_classif, k=3), make_classifier("neighbours"))
    assert found.inside == tuple(cross_val_score(steps, x, y, cv=folds))
    whole = cross_val_score(make_classifier("neighbours"), x, y, cv=folds)
    assert found.everything == tuple(whole)
    assert found.chosen["x5"] == 5
    assert list(found.chosen.values()) == sorted(found.chosen.values(), reverse=True)


def test_folds_and_gaps():
    x, y = noise(rows=30, features=4)
    x[0, 2] = np.nan
    y[:] = 0
    y[:3] = 1
    selection = select_features(x, y, k=1, missing="features")
    assert len(honest_accuracy(x, y, selection).inside) == 3
    told = honest_accuracy(x, y, selection, folds=2, classifier="logistic").to_dict()
    assert len(told["inside"]["folds"]) == 2
    assert "x3" not in told["chosen"]


def test_what_cannot_work():
    x, y = noise(rows=20, features=4)
    selection = select_features(x, y, k=1)
    with pytest.raises(ShapeError, match="4 features, got 3"):
        honest_accuracy(x[:, :3], y, selection)
    with pytest.raises(ConfigError, match="two folds or more"):
        honest_accuracy(x, y, selection, folds=1)
