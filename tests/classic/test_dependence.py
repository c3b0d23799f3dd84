"""Information, counts and order of features; and the choice of what adds to what is chosen."""

from math import log

import numpy as np
import pytest
from sklearn.feature_selection import chi2 as their_chi2
from sklearn.feature_selection import mutual_info_classif
from sklearn.metrics import mutual_info_score, roc_auc_score

from saccade.classic.dependence import (
    auc_distance,
    chi2,
    feature_auc,
    level_information,
    mrmr_order,
    mutual_information,
    three_levels,
)
from saccade.errors import ConfigError, DataError


@pytest.fixture
def rows():
    draw = np.random.default_rng(0)
    y = np.arange(60) % 3
    x = draw.normal(size=(60, 4)) + y[:, None] * np.array([0.0, 1.0, -2.0, 0.5])
    return x, y


def test_information_is_scikit_learns_for_the_same_seed(rows):
    x, y = rows
    theirs = mutual_info_classif(x, y, random_state=7, n_neighbors=4)
    assert mutual_information(x, y, neighbours=4, seed=7).tolist() == theirs.tolist()
    counts = np.round(x).astype(int)
    theirs = mutual_info_classif(counts, y, discrete_features=True)
    np.testing.assert_allclose(mutual_information(counts, y, discrete=True), theirs)


def test_a_constant_gives_no_information(rows):
    x, y = rows
    x[:, 0] = 5.0
    assert mutual_information(x, y)[0] == 0
    assert auc_distance(x, y)[0] == 0
    x[:, 0] = 0.0
    assert chi2(np.abs(x), y)[0] == 0


def test_chi2_by_hand_and_as_scikit_learn(rows):
    # Sums 1 and 5 where 3 and 3 are expected: 4/3 + 4/3.
    assert chi2([[0], [1], [2], [3]], [0, 0, 1, 1]) == pytest.approx([8 / 3])
    x, y = rows
    np.testing.assert_allclose(chi2(np.abs(x), y), their_chi2(np.abs(x), y)[0])


def test_chi2_of_negative_numbers_is_refused_in_one_sentence():
    with pytest.raises(DataError) as caught:
        chi2([[0.0, 1.0], [1.0, -2.5], [1.0, 1.0], [0.0, 1.0]], [0, 1, 0, 1])
    assert str(caught.value) == (
        "expected counts or other numbers from 0 on for chi2, got -2.5 in row 1, feature 1, "
        'counted from 0; try method="anova", or the features minus their smallest value'
    )


def test_area_by_hand_and_as_scikit_learn(rows):
    # Class 1 has 2 and 3, class 0 has 1 and 2: of four pairs three are in order, one is even.
    assert feature_auc([[1.0], [2.0], [2.0], [3.0]], [0, 0, 1, 1]).tolist() == [[3.5 / 4]]
    x, y = rows
    x = np.round(x, 1)  # equal numbers
    found = feature_auc(x, y)
    for place, (first, second) in enumerate([(0, 1), (0, 2), (1, 2)]):
        pair = (y == first) | (y == second)
        for feature in range(4):
            theirs = roc_auc_score(y[pair] == second, x[pair, feature])
            assert found[place, feature] == pytest.approx(theirs)
    np.testing.assert_allclose(auc_distance(x, y), np.abs(2 * found - 1).mean(axis=0))


def test_falling_tells_as_much_as_rising(rows):
    x, y = rows
    np.testing.assert_allclose(auc_distance(-x, y), auc_distance(x, y))


def test_levels_and_their_information(rows):
    # Mean 2, deviation sqrt(2), cut at 1.29 and 2.71.
    assert three_levels(np.array([[0.0], [1.0], [2.0], [3.0], [4.0]])).ravel().tolist() == [
        0,
        0,
        1,
        2,
        2,
    ]
    assert level_information(np.array([0, 0, 1, 1]), np.array([[0], [0], [2], [2]])) == (
        pytest.approx([log(2)])
    )
    x, y = rows
    levels = three_levels(x)
    theirs = [mutual_info_score(y, levels[:, feature]) for feature in range(4)]
    np.testing.assert_allclose(level_information(y, levels), theirs, atol=1e-12)


def test_mrmr_slowly(rows):
    x, y = rows
    levels = three_levels(x)
    chosen = []
    while len(chosen) < 3:
        worth = {}
        for feature in set(range(4)) - set(chosen):
            shared = [mutual_info_score(levels[:, feature], levels[:, one]) for one in chosen]
            about = mutual_info_score(y, levels[:, feature])
            worth[feature] = about - (sum(shared) / len(shared) if shared else 0)
        chosen.append(max(worth, key=worth.get))
    order, scores = mrmr_order(x, y, k=3)
    assert order[:3].tolist() == chosen
    assert sorted(order) == [0, 1, 2, 3]
    assert scores[chosen[2]] == pytest.approx(worth[chosen[2]])


def test_mrmr_takes_no_copy(rows):
    x, y = rows
    best = int(mrmr_order(x, y, k=1)[0][0])
    with_copy = np.column_stack([x, x[:, best]])
    assert mrmr_order(with_copy, y, k=2)[0][1] != 4


def test_what_cannot_work(rows):
    with pytest.raises(ConfigError, match="neighbours of 1 or more, got 0"):
        mutual_information(*rows, neighbours=0)
