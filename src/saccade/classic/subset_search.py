"""Subsets of features: the trace criterion, and searches that add, drop or try all.

Sources: Fukunaga, "Introduction to Statistical Pattern Recognition", 2nd ed., 1990, section 10.2
(J1 = tr S_w^-1 S_b); Whitney, "A Direct Method of Nonparametric Measurement Selection", IEEE Trans.
Computers, 1971 (forward); Marill, Green, "On the Effectiveness of Receptors in Recognition
Systems", IEEE Trans. Information Theory, 1963 (backward).
Axes: n rows, d features.
Cost: of the trace criterion, a step forward with m chosen features m²·d, a step backward m³.
Differs: all candidates of a step are judged at once, by the block inverse. Features are scaled to
unit variance first, which changes no trace, and the searches add 1e-9 to the diagonal of S_w: a
copy of a chosen feature adds nothing, and a feature without spread in its classes adds a lot.
"""

from collections.abc import Sequence
from itertools import combinations
from math import comb
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike
from torch import Tensor

from saccade.classic.feature_rows import Floats, Ints, class_rows, steady, varying
from saccade.errors import ConfigError

MANY = 20_000  # subsets that an exhaustive search tries
_RIDGE = 1e-9
_SINGULAR = 1e-10  # of the largest eigenvalue


class Criterion(Protocol):
    """Judges subsets of features; larger is better."""

    @property
    def empty(self) -> float:
        """What no feature at all is worth."""
        ...

    def value(self, subset: Sequence[int]) -> float:
        """Judge one subset."""
        ...

    def adding(self, subset: Sequence[int], others: Sequence[int]) -> Floats:
        """Judge the subset with each of the others added."""
        ...

    def dropping(self, subset: Sequence[int]) -> Floats:
        """Judge the subset without each of its features."""
        ...


class TraceCriterion:
    """J = tr(S_w^-1 S_b) of subsets: how far the classes lie apart when all features are seen.

    Args:
        values: features (n d), none constant.
        labels: classes from 0 (n).
    """

    empty = 0.0

    def __init__(self, values: Floats, labels: Ints) -> None:
        within, self._between = _scatter(values, labels)
        self._within = within + _RIDGE * np.eye(len(within))

    def value(self, subset: Sequence[int]) -> float:
        """Judge one subset."""
        block = np.ix_(subset, subset)
        return float(np.trace(np.linalg.solve(self._within[block], self._between[block])))

    def adding(self, subset: Sequence[int], others: Sequence[int]) -> Floats:
        """Judge the subset with each of the others added, by the Schur complement of S_w."""
        some, rest = list(subset), list(others)
        above, left = np.diag(self._between)[rest], np.diag(self._within)[rest]
        if not some:
            return above / left
        cross, own = np.ix_(some, rest), np.ix_(some, some)
        told = np.linalg.solve(self._within[own], self._within[cross])  # others from the subset
        left = left - (self._within[cross] * told).sum(axis=0)
        above = above - 2 * (self._between[cross] * told).sum(axis=0)
        above = above + (told * (self._between[own] @ told)).sum(axis=0)
        return self.value(some) + np.maximum(above, 0) / np.maximum(left, _RIDGE)

    def dropping(self, subset: Sequence[int]) -> Floats:
        """Judge the subset without each of its features, from one inverse of S_w."""
        block = np.ix_(subset, subset)
        inverse = np.linalg.inv(self._within[block])
        lost = (inverse * (self._between[block] @ inverse)).sum(axis=0) / np.diag(inverse)
        return self.value(subset) - lost


def trace_criterion(
    values: ArrayLike | Tensor, labels: ArrayLike | Tensor, subset: Sequence[int] | None = None
) -> float:
    """Give J = tr(S_w^-1 S_b) of some features together.

    Directions in which nothing varies are left out, so that copies of a feature change nothing.

    Args:
        values: features (n d).
        labels: classes (n).
        subset: which features; all when None.

    Returns:
        J; infinite where the classes differ in a direction in which none of them varies, and 0
        where nothing varies at all.

    Raises:
        ConfigError: the subset names a feature that is not there.
        DataError: gaps, or no classes.
        ShapeError: features and labels do not go together.
    """
    x, y = class_rows(values, labels)
    chosen = list(range(x.shape[1]) if subset is None else subset)
    if not all(0 <= place < x.shape[1] for place in chosen):
        raise ConfigError(f"features from 0 to {x.shape[1] - 1}", str(chosen))
    some = x[:, chosen]
    some = some[:, varying(some)] if chosen else some
    if not some.size:
        return 0.0
    within, between = _scatter(some, y)
    sizes, axes = np.linalg.eigh(within + between)
    kept = sizes > _SINGULAR * sizes.max()
    white = axes[:, kept] / np.sqrt(sizes[kept])  # S_w + S_b is 1 there
    shares = np.linalg.eigvalsh(white.T @ within @ white)
    if shares.min() < _SINGULAR:
        return float("inf")
    return float(((1 - shares) / shares).clip(min=0).sum())


def forward(criterion: Criterion, count: int, k: int) -> tuple[Ints, Floats]:
    """Add the feature that helps most, k times; of equal ones the first.

    Args:
        criterion: that judges subsets.
        count: of all features.
        k: how many are chosen.

    Returns:
        All features (d), the chosen in the order they came in, then the others by what each would
        add next; and what each added or would add (d), in the order of the table.
    """
    gains = np.zeros(count)
    order: list[int] = []
    level = criterion.empty
    while len(order) < count:
        others = [place for place in range(count) if place not in order]
        found = criterion.adding(order, others)
        gains[others] = found - level
        if len(order) == k:
            order += [others[place] for place in np.argsort(-steady(found), kind="stable")]
        else:
            best = int(steady(found).argmax())
            order.append(others[best])
            level = float(found[best])
    return np.array(order, dtype=np.int64), gains


def backward(criterion: Criterion, count: int, k: int) -> tuple[Ints, Floats]:
    """Drop the feature that is missed least, until k are left; of equal ones the first goes.

    Args:
        criterion: that judges subsets.
        count: of all features.
        k: how many are chosen.

    Returns:
        All features (d), the chosen by how much each would be missed, then the others, the last
        dropped first; and what was or would be missed (d), in the order of the table.
    """
    left, gone = list(range(count)), list[int]()
    lost = np.zeros(count)
    while len(left) > k:
        level, found = criterion.value(left), criterion.dropping(left)
        worst = int(steady(found).argmax())
        lost[left[worst]] = level - found[worst]
        gone.append(left.pop(worst))
    return _by_loss(criterion, left, gone, lost)


def exhaustive(criterion: Criterion, count: int, k: int) -> tuple[Ints, Floats]:
    """Try all subsets of k features; of equal ones the first in the order of the table is taken.

    Args:
        criterion: that judges subsets.
        count: of all features.
        k: how many are chosen.

    Returns:
        All features (d), the chosen by how much each would be missed, then the others by what each
        would add; and what would be missed or added (d), in the order of the table.

    Raises:
        ConfigError: there are too many subsets.
    """
    if comb(count, k) > MANY:
        raise ConfigError(
            f"at most {MANY:,} subsets to try", f"{comb(count, k):,}", 'search="forward"'
        )
    subsets = list(combinations(range(count), k))
    values = np.array([criterion.value(subset) for subset in subsets])
    best = list(subsets[int(steady(values).argmax())])
    others = [place for place in range(count) if place not in best]
    gains = np.zeros(count)
    if others:
        gains[others] = criterion.adding(best, others) - criterion.value(best)
    others.sort(key=lambda place: -gains[place])
    return _by_loss(criterion, best, others[::-1], gains)


def _by_loss(
    criterion: Criterion, left: list[int], gone: list[int], scores: Floats
) -> tuple[Ints, Floats]:
    """Order the features that are left by how much each would be missed."""
    without = criterion.dropping(left) if len(left) > 1 else np.full(1, criterion.empty)
    scores[left] = criterion.value(left) - without
    order = [left[place] for place in np.argsort(-steady(scores[left]), kind="stable")]
    return np.array(order + gone[::-1], dtype=np.int64), scores


def _scatter(values: Floats, labels: Ints) -> tuple[Floats, Floats]:
    """Scatter within and between the classes (d d), of features with variance 1, over n."""
    shifted = values - values[0]
    centred = shifted - shifted.mean(axis=0)
    centred /= centred.std(axis=0)
    ones = (labels[:, None] == np.arange(labels.max() + 1)).astype(np.float64)
    counts = ones.sum(axis=0)
    means = (ones.T @ centred) / counts[:, None]
    rest = centred - means[labels]
    return rest.T @ rest / len(values), (means.T * counts) @ means / len(values)
