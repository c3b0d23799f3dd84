"""What fitted models say of features, and how subsets are judged."""

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import cross_val_score

from saccade.classic.learned_choice import (
    AccuracyCriterion,
    fold_count,
    l1_importance,
    make_classifier,
    tree_importance,
)
from saccade.errors import ConfigError


@pytest.fixture
def rows():
    draw = np.random.default_rng(0)
    y = np.arange(60) % 2
    x = draw.normal(size=(60, 5))
    x[:, 2] += 3 * y
    return x, y


def test_l1_keeps_few(rows):
    x, y = rows
    weak = l1_importance(x, y, strength=0.02)
    assert int(weak.argmax()) == 2
    assert (weak[[0, 1, 3, 4]] == 0).all()
    assert l1_importance(1000 * x + 5, y).argmax() == 2  # units do not matter
    assert l1_importance(x, (y + np.arange(60) // 20) % 3).shape == (5,)


def test_trees_as_scikit_learn(rows):
    x, y = rows
    theirs = RandomForestClassifier(n_estimators=10, random_state=4).fit(x, y)
    found = tree_importance(x, y, trees=10, seed=4)
    assert found.tolist() == theirs.feature_importances_.tolist()
    assert found.sum() == pytest.approx(1)


def test_accuracy_of_subsets(rows):
    x, y = rows
    judge = AccuracyCriterion(x, y, "neighbours", seed=1)
    model = make_classifier("neighbours")
    theirs = cross_val_score(model, x[:, [1, 2]], y, cv=judge.folds).mean()
    assert judge.value([2, 1]) == theirs
    assert judge.adding([2], [1]).tolist() == [theirs]
    assert judge.dropping([1, 2]).tolist() == [judge.value([2]), judge.value([1])]
    assert judge.empty == 0.5


def test_logistic_regression_is_the_other(rows):
    x, y = rows
    assert AccuracyCriterion(x, y, "logistic", seed=0).value([2]) > 0.8


def test_what_cannot_work(rows):
    with pytest.raises(ConfigError, match="'svm'"):
        make_classifier("svm")
    with pytest.raises(ConfigError, match="a strength C above 0, got 0"):
        l1_importance(*rows, strength=0)
    with pytest.raises(ConfigError, match="one tree or more, got 0"):
        tree_importance(*rows, trees=0)
    assert fold_count(np.array([0, 0, 0, 1, 1, 1, 1]), 5) == 3
    with pytest.raises(ConfigError, match="folds=5, and 1 rows of the smallest class"):
        fold_count(np.array([0, 0, 1]), 5)
