"""How far a feature and the class depend on each other: information, counts, order; and mRMR.

Sources: Ross, "Mutual Information between Discrete and Continuous Data Sets", PLoS ONE 9(2), 2014
(scikit-learn's estimator); Liu, Setiono, "Chi2", ICTAI 1995 (scikit-learn's chi2); Hand, Till, "A
Simple Generalisation of the Area Under the ROC Curve for Multiple Class Classification Problems",
Machine Learning 45, 2001; Ding, Peng, "Minimum Redundancy Feature Selection from Microarray Gene
Expression Data", CSB 2003 and JBCB 2005; Peng, Long, Ding, IEEE TPAMI 27(8), 2005.
Axes: n rows, d features, k classes.
Differs: constants score 0 everywhere, where scikit-learn's noise gives them information and its
chi2 of a column of zeros is NaN. The area is folded for each pair of classes, so that low values
tell as much as high ones.
"""

from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike
from sklearn.feature_selection import chi2 as chi2_of_counts
from sklearn.feature_selection import mutual_info_classif
from torch import Tensor

from saccade.classic.feature_rows import Floats, Ints, class_rows, steady, varying
from saccade.errors import ConfigError, DataError

_LEVELS = 3


def mutual_information(
    values: ArrayLike | Tensor,
    labels: ArrayLike | Tensor,
    *,
    neighbours: int = 3,
    discrete: bool = False,
    seed: int = 0,
) -> Floats:
    """Estimate the information that each feature gives of the class (d), in nats.

    Args:
        values: features (n d).
        labels: classes (n).
        neighbours: of the estimate for measured numbers; more are steadier, and blunter.
        discrete: the features are counts or codes, whose values are counted.
        seed: of the noise of one part in 10^10 that parts equal numbers.

    Raises:
        ConfigError: `neighbours` is below 1.
        DataError: gaps, or no classes.
        ShapeError: features and labels do not go together.
    """
    if neighbours < 1:
        raise ConfigError("neighbours of 1 or more", str(neighbours), "neighbours=3")
    x, y = class_rows(values, labels)
    kept = varying(x)
    scores = np.zeros(x.shape[1])
    if kept.any():
        scores[kept] = mutual_info_classif(
            x[:, kept], y, discrete_features=discrete, n_neighbors=neighbours, random_state=seed
        )
    return scores


def chi2(values: ArrayLike | Tensor, labels: ArrayLike | Tensor) -> Floats:
    """Give chi-squared of each feature's sums over the classes (d).

    The features are read as counts: what a class has is compared with its share of the rows.

    Args:
        values: features (n d), none below 0.
        labels: classes (n).

    Raises:
        DataError: a number below 0, gaps, or no classes.
        ShapeError: features and labels do not go together.
    """
    x, y = class_rows(values, labels)
    if x.min() < 0:
        row, column = np.unravel_index(int(x.argmin()), x.shape)
        raise DataError(
            "counts or other numbers from 0 on for chi2",
            f"{x[row, column]:g} in row {row}, feature {column}, counted from 0",
            'method="anova", or the features minus their smallest value',
        )
    kept = varying(x)
    scores = np.zeros(x.shape[1])
    if kept.any():
        scores[kept] = chi2_of_counts(x[:, kept], y)[0]
    return scores


def feature_auc(values: ArrayLike | Tensor, labels: ArrayLike | Tensor) -> Floats:
    """Give the area under the ROC curve of each feature for each pair of classes (pairs d).

    It is the probability that a row of the second class has the larger number, equal ones counted
    as a half: 0.5 for chance, 0 and 1 for a feature that parts the two classes.

    Args:
        values: features (n d).
        labels: classes (n); the pairs are those of `itertools.combinations`.

    Raises:
        DataError: gaps, or no classes.
        ShapeError: features and labels do not go together.
    """
    x, y = class_rows(values, labels)
    groups = [np.sort(x[y == kind], axis=0) for kind in range(int(y.max()) + 1)]
    return np.stack([_area(first, second) for first, second in combinations(groups, 2)])


def auc_distance(values: ArrayLike | Tensor, labels: ArrayLike | Tensor) -> Floats:
    """Give how far the area of each feature is from chance, |2·AUC - 1| (d), 0 to 1.

    With more classes than two it is the mean over all pairs.

    Args:
        values: features (n d).
        labels: classes (n).

    Raises:
        DataError: gaps, or no classes.
        ShapeError: features and labels do not go together.
    """
    return np.abs(2 * feature_auc(values, labels) - 1).mean(axis=0)


def three_levels(values: Floats) -> Ints:
    """Cut each feature (n d) at μ - σ/2 and μ + σ/2 into the levels 0, 1 and 2."""
    shifted = values - values[0]
    centred = shifted - shifted.mean(axis=0)
    half = centred.std(axis=0) / 2
    return 1 + (centred > half).astype(np.int64) - (centred < -half)


def level_information(codes: Ints, levels: Ints) -> Floats:
    """Count the information that each feature's level gives of a code (d), in nats.

    Args:
        codes: from 0 (n), such as classes or the levels of one feature.
        levels: 0, 1 or 2 (n d).
    """
    ones = (codes[:, None] == np.arange(codes.max() + 1)).astype(np.float64)
    joint = np.stack([ones.T @ (levels == level) for level in range(_LEVELS)], axis=1) / len(codes)
    alone = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = np.where(joint > 0, joint * np.log(joint / alone), 0.0)
    return np.maximum(parts.sum(axis=(0, 1)), 0.0)


def mrmr_order(
    values: ArrayLike | Tensor, labels: ArrayLike | Tensor, *, k: int
) -> tuple[Ints, Floats]:
    """Choose features that tell of the class and not of each other, one after the other.

    Each step takes the feature with the largest I(feature; class) - mean of I(feature; chosen one),
    the "difference" form, on features cut into three levels.

    Args:
        values: features (n d).
        labels: classes (n).
        k: how many are chosen.

    Returns:
        All features (d), the k chosen in their order, then the others by what they would score in
        the next step; and those scores (d), in the order of the table.

    Raises:
        DataError: gaps, or no classes.
        ShapeError: features and labels do not go together.
    """
    x, y = class_rows(values, labels)
    levels = three_levels(x)
    relevance = level_information(y, levels)
    shared = np.zeros_like(relevance)
    scores = relevance.copy()
    left = np.ones(len(scores), dtype=bool)
    order: list[int] = []
    for step in range(k):
        best = int(np.where(left, steady(scores), -np.inf).argmax())
        order.append(best)
        left[best] = False
        shared += level_information(levels[:, best], levels)
        scores[left] = (relevance - shared / (step + 1))[left]
    rest = [int(place) for place in np.argsort(-steady(scores), kind="stable") if left[place]]
    return np.array(order + rest, dtype=np.int64), scores


def _area(first: Floats, second: Floats) -> Floats:
    """The area for two classes whose features are sorted, (n d) and (m d)."""
    areas = np.empty(first.shape[1])
    for column in range(first.shape[1]):
        below = np.searchsorted(first[:, column], second[:, column], "left").mean()
        upto = np.searchsorted(first[:, column], second[:, column], "right").mean()
        areas[column] = (below + upto) / (2 * len(first))
    return areas
