"""Subsets: the trace by hand and slowly, and searches that find what single scores cannot."""

from itertools import combinations

import numpy as np
import pytest
from sklearn.feature_selection import SequentialFeatureSelector
from sklearn.model_selection import StratifiedKFold

from saccade.classic.feature_scores import fisher_score
from saccade.classic.learned_choice import AccuracyCriterion, make_classifier
from saccade.classic.subset_search import (
    TraceCriterion,
    backward,
    exhaustive,
    forward,
    trace_criterion,
)
from saccade.errors import ConfigError

SLOW = pytest.mark.slow


@pytest.fixture
def rows():
    draw = np.random.default_rng(0)
    y = np.arange(90) % 3
    mixed = draw.normal(size=(5, 5))
    x = draw.normal(size=(90, 5)) @ mixed + draw.normal(size=(3, 5))[y]
    return x, y


def slow_trace(x, y):
    mean = x.mean(axis=0)
    within, between = np.zeros((x.shape[1],) * 2), np.zeros((x.shape[1],) * 2)
    for kind in np.unique(y):
        own = x[y == kind]
        middle = own.mean(axis=0)
        between += len(own) * np.outer(middle - mean, middle - mean)
        for row in own:
            within += np.outer(row - middle, row - middle)
    return np.trace(np.linalg.inv(within) @ between)


def test_the_trace_of_one_feature_is_its_fisher_score(rows):
    x, y = rows
    found = [trace_criterion(x, y, [place]) for place in range(5)]
    np.testing.assert_allclose(found, fisher_score(x, y))


@pytest.mark.parametrize("subset", [[0, 3], [4, 1, 2], [0, 1, 2, 3, 4]])
def test_the_trace_slowly(rows, subset):
    x, y = rows
    slow = slow_trace(x[:, subset], y)
    assert trace_criterion(x, y, subset) == pytest.approx(slow)
    assert TraceCriterion(x, y).value(subset) == pytest.approx(slow, rel=1e-6)


def test_the_trace_does_not_see_units_copies_and_constants(rows):
    x, y = rows
    more = np.column_stack([1e6 * x - 3e9, x[:, 0], x[:, 1] + x[:, 2], np.ones(90)])
    assert trace_criterion(more, y) == pytest.approx(trace_criterion(x, y), rel=1e-5)
    assert trace_criterion(np.ones((90, 2)), y) == 0
    assert trace_criterion(x, y, []) == 0
    assert trace_criterion(np.column_stack([x, y == 0]), y) == np.inf


def test_candidates_are_judged_as_one_by_one(rows):
    x, y = rows
    judge = TraceCriterion(x, y)
    for chosen in ([], [3], [4, 0]):
        others = [place for place in range(5) if place not in chosen]
        slow = [judge.value([*chosen, place]) for place in others]
        np.testing.assert_allclose(judge.adding(chosen, others), slow)
    chosen = [0, 2, 4]
    slow = [judge.value([one for one in chosen if one != place]) for place in chosen]
    np.testing.assert_allclose(judge.dropping(chosen), slow)


def test_a_copy_adds_nothing(rows):
    x, y = rows
    judge = TraceCriterion(np.column_stack([x, x[:, 2]]), y)
    gain = judge.adding([2], [0, 5]) - judge.value([2])
    assert abs(gain[1]) < 1e-6 < gain[0]
    order, gains = forward(judge, 6, 5)
    assert {2, 5} - set(order[:5].tolist())  # one of the two stays out
    assert gains.min() == pytest.approx(0, abs=1e-5)


@pytest.mark.parametrize("k", [1, 2, 4])
def test_searches_find_what_a_loop_finds(rows, k):
    x, y = rows
    judge = TraceCriterion(x, y)
    best = max(combinations(range(5), k), key=lambda some: slow_trace(x[:, some], y))
    order, _ = exhaustive(judge, 5, k)
    assert tuple(sorted(order[:k].tolist())) == best
    chosen = []
    for _ in range(k):
        left = [place for place in range(5) if place not in chosen]
        chosen.append(max(left, key=lambda place: slow_trace(x[:, [*chosen, place]], y)))
    assert forward(judge, 5, k)[0][:k].tolist() == chosen
    left = list(range(5))
    while len(left) > k:
        left.remove(max(left, key=lambda p: slow_trace(x[:, [q for q in left if q != p]], y)))
    assert sorted(backward(judge, 5, k)[0][:k].tolist()) == left


def test_every_feature_has_its_rank_and_gain(rows):
    x, y = rows
    judge = TraceCriterion(x, y)
    for search in (forward, backward, exhaustive):
        order, gains = search(judge, 5, 3)
        assert sorted(order.tolist()) == [0, 1, 2, 3, 4]
        assert gains.shape == (5,)
    order, gains = forward(judge, 5, 5)
    assert gains.sum() == pytest.approx(trace_criterion(x, y), rel=1e-6)


@pytest.mark.parametrize("direction", ["forward", pytest.param("backward", marks=SLOW)])
def test_accuracy_as_scikit_learns_sequential_selector(rows, direction):
    x, y = rows
    x, y = x[:48], y[:48]
    folds = StratifiedKFold(5, shuffle=True, random_state=3)
    theirs = SequentialFeatureSelector(
        make_classifier("neighbours"), n_features_to_select=2, direction=direction, cv=folds
    ).fit(x, y)
    search = {"forward": forward, "backward": backward}[direction]
    order, _ = search(AccuracyCriterion(x, y, "neighbours", seed=3), 5, 2)
    assert sorted(order[:2].tolist()) == np.flatnonzero(theirs.get_support()).tolist()


def test_what_cannot_work(rows):
    x, y = rows
    with pytest.raises(ConfigError, match="at most 20,000 subsets to try, got 184,756"):
        exhaustive(TraceCriterion(x, y), 20, 10)
    with pytest.raises(ConfigError, match=r"features from 0 to 4, got \[5\]"):
        trace_criterion(x, y, [5])
