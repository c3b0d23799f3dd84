"""Scores of single features by their class means and spreads.

Sources: Fisher, "The use of multiple measurements in taxonomic problems", Annals of Eugenics 7,
1936; the Fisher score of a feature as in Gu, Li, Han, "Generalized Fisher Score for Feature
Selection", UAI 2011, section 2; Fukunaga, "Introduction to Statistical Pattern Recognition", 2nd
ed., 1990, section 10.2 (scatter matrices).
Axes: n rows, d features, k classes.
Cost: two passes over the n·d numbers.
Differs: a feature that is constant in every class but not over all scores infinity; one that is
constant over all scores 0. Sums are of differences from the first row, in float64, so that a mean
far above the spread costs no digits.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from torch import Tensor

from saccade.classic.feature_rows import Floats, Ints, class_rows
from saccade.errors import DataError


@dataclass(frozen=True, slots=True, eq=False)
class ClassMoments:
    """How the values of each class lie.

    Args:
        counts: rows of each class (k).
        means: of each class and feature (k d), from the first row.
        variances: of each class and feature (k d), the mean of the squared differences.
        mean: of all rows (d), from the first row.
    """

    counts: Floats
    means: Floats
    variances: Floats
    mean: Floats

    @property
    def between(self) -> Floats:
        """Sum over the classes of their rows times the squared distance of their mean (d)."""
        return (self.counts[:, None] * (self.means - self.mean) ** 2).sum(axis=0)

    @property
    def within(self) -> Floats:
        """Sum over all rows of the squared distance from the mean of their class (d)."""
        return (self.counts[:, None] * self.variances).sum(axis=0)


def class_moments(values: Floats, labels: Ints) -> ClassMoments:
    """Take counts, means and variances of each class; what is constant has no variance at all."""
    shifted = values - values[0]
    groups = [shifted[labels == kind] for kind in range(labels.max() + 1)]
    counts = np.array([len(group) for group in groups], dtype=np.float64)
    means = np.stack([_mean(group) for group in groups])
    variances = np.stack(
        [((group - mean) ** 2).mean(axis=0) for group, mean in zip(groups, means, strict=True)]
    )
    return ClassMoments(counts, means, variances, shifted.mean(axis=0))


def fisher_score(values: ArrayLike | Tensor, labels: ArrayLike | Tensor) -> Floats:
    """Give the spread of the class means over the spread within the classes (d).

    F = Σ_k n_k (μ_k - μ)² / Σ_k n_k σ_k², with the variance that divides by n_k.

    Args:
        values: features (n d).
        labels: classes (n).

    Raises:
        DataError: gaps, or no classes.
        ShapeError: features and labels do not go together.
    """
    moments = class_moments(*class_rows(values, labels))
    return _over(moments.between, moments.within)


def anova_f(values: ArrayLike | Tensor, labels: ArrayLike | Tensor) -> Floats:
    """Give the F of a one-way analysis of variance (d): the Fisher score times (n-k)/(k-1).

    Args:
        values: features (n d).
        labels: classes (n).

    Raises:
        DataError: gaps, or no classes.
        ShapeError: features and labels do not go together.
    """
    x, y = class_rows(values, labels)
    kinds = int(y.max()) + 1
    return fisher_score(x, y) * (len(y) - kinds) / (kinds - 1)


def separability(
    values: ArrayLike | Tensor, labels: ArrayLike | Tensor, *, squared: bool = False
) -> Floats:
    """Give how far two classes lie apart, in units of their spreads (d).

    |μ_1 - μ_2| / (σ_1 + σ_2), or with `squared` (μ_1 - μ_2)² / (σ_1² + σ_2²).

    Args:
        values: features (n d).
        labels: classes (n), two of them.
        squared: the second form.

    Raises:
        DataError: gaps, or other than two classes.
        ShapeError: features and labels do not go together.
    """
    moments = class_moments(*class_rows(values, labels))
    if len(moments.counts) != 2:
        raise DataError(
            "two classes for the separability", f"{len(moments.counts)}", 'method="fisher"'
        )
    apart = np.abs(moments.means[0] - moments.means[1])
    if squared:
        return _over(apart**2, moments.variances.sum(axis=0))
    return _over(apart, np.sqrt(moments.variances).sum(axis=0))


def correlation(values: ArrayLike | Tensor, labels: ArrayLike | Tensor) -> Floats:
    """Give the correlation ratio η of each feature with the classes (d), 0 to 1.

    η² is the share of a feature's variance that its class explains. With two classes η is |r|, the
    size of Pearson's correlation with a column of 0 and 1.

    Args:
        values: features (n d).
        labels: classes (n).

    Raises:
        DataError: gaps, or no classes.
        ShapeError: features and labels do not go together.
    """
    moments = class_moments(*class_rows(values, labels))
    return np.sqrt(_over(moments.between, moments.between + moments.within))


def _mean(group: Floats) -> Floats:
    """The mean of rows: of n times 0.1 exactly 0.1, so that their variance is exactly 0."""
    return group[0] + (group - group[0]).mean(axis=0)


def _over(above: Floats, below: Floats) -> Floats:
    """Divide; 0/0 is 0, and anything else over 0 is infinite."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(above == 0, 0.0, above / below)
