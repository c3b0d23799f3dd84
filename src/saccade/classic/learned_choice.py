"""What a model that was fitted says of the features: L1 weights, trees, and accuracy of subsets.

Sources: Bradley, Mangasarian, "Feature Selection via Concave Minimization and Support Vector
Machines", ICML 1998 (the L1 linear machine); Breiman, "Random Forests", Machine Learning 45, 2001
(the mean decrease in impurity); Kohavi, John, "Wrappers for Feature Subset Selection", Artificial
Intelligence 97, 1997. All are fitted by scikit-learn.
Axes: n rows, d features.
"""

from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from torch import Tensor

from saccade.classic.feature_rows import Floats, Ints, class_rows
from saccade.errors import ConfigError

Classifier = Literal["neighbours", "logistic"]
NEIGHBOURS = 5
FOLDS = 5
_ROUNDS = 20_000


def l1_importance(
    values: ArrayLike | Tensor, labels: ArrayLike | Tensor, *, strength: float = 1.0, seed: int = 0
) -> Floats:
    """Fit a linear machine with an L1 penalty and give the sizes of its weights (d).

    Features are scaled to unit variance first. With several classes the sizes are summed over one
    machine for each. Of features that say the same, one may get all and the others 0.

    Args:
        values: features (n d).
        labels: classes (n).
        strength: scikit-learn's C, above 0; less leaves fewer features.
        seed: of the order in which features are visited.

    Raises:
        ConfigError: `strength` is not above 0.
        DataError: gaps, or no classes.
        ShapeError: features and labels do not go together.
    """
    if strength <= 0:
        raise ConfigError("a strength C above 0", str(strength), "strength=1.0")
    x, y = class_rows(values, labels)
    machine = LinearSVC(penalty="l1", dual=False, C=strength, max_iter=_ROUNDS, random_state=seed)
    weights = machine.fit(StandardScaler().fit_transform(x), y).coef_
    return np.abs(weights).sum(axis=0)


def tree_importance(
    values: ArrayLike | Tensor, labels: ArrayLike | Tensor, *, trees: int = 200, seed: int = 0
) -> Floats:
    """Grow a random forest and give the share of each feature in its purity (d), summing to 1.

    Features with many different values are favoured, and copies share what one would get.

    Args:
        values: features (n d).
        labels: classes (n).
        trees: in the forest.
        seed: of the forest.

    Raises:
        ConfigError: `trees` is below 1.
        DataError: gaps, or no classes.
        ShapeError: features and labels do not go together.
    """
    if trees < 1:
        raise ConfigError("one tree or more", str(trees), "trees=200")
    x, y = class_rows(values, labels)
    forest = RandomForestClassifier(n_estimators=trees, random_state=seed).fit(x, y)
    return np.asarray(forest.feature_importances_, dtype=np.float64)


def make_classifier(name: Classifier) -> Pipeline:
    """Make a classifier that scales its features first: five nearest neighbours, or logistic.

    Raises:
        ConfigError: there is no such classifier.
    """
    if name not in get_args(Classifier):
        wanted = f"classifier as one of {', '.join(get_args(Classifier))}"
        raise ConfigError(wanted, repr(name), 'classifier="neighbours"')
    if name == "logistic":
        return make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    return make_pipeline(StandardScaler(), KNeighborsClassifier(NEIGHBOURS))


def fold_count(labels: Ints, folds: int) -> int:
    """Give the number of folds that the smallest class allows, at most `folds`.

    Raises:
        ConfigError: fewer than two.
    """
    count = min(folds, int(np.bincount(labels).min()))
    if count < 2:
        raise ConfigError(
            "two folds or more, and a row of each class in every one",
            f"folds={folds}, and {int(np.bincount(labels).min())} rows of the smallest class",
            "more rows of it, or leaving the class out",
        )
    return count


class AccuracyCriterion:
    """Judges a subset by the cross-validated accuracy of a classifier that sees nothing else.

    Args:
        values: features (n d).
        labels: classes from 0 (n).
        classifier: which one.
        seed: of the folds, which are the same for all subsets.
    """

    def __init__(self, values: Floats, labels: Ints, classifier: Classifier, seed: int) -> None:

        self._values, self._labels = values, labels
        self._classifier = make_classifier(classifier)
        count = fold_count(labels, FOLDS)
        self.folds = StratifiedKFold(count, shuffle=True, random_state=seed)

    @property
    def empty(self) -> float:
        """The share of the largest class."""
        return float(np.bincount(self._labels).max() / len(self._labels))

    def value(self, subset: Sequence[int]) -> float:
        """Judge one subset."""
        seen = self._values[:, sorted(subset)]
        scores = cross_val_score(self._classifier, seen, self._labels, cv=self.folds)
        return float(scores.mean())

    def adding(self, subset: Sequence[int], others: Sequence[int]) -> Floats:
        """Judge the subset with each of the others added."""
        return np.array([self.value([*subset, other]) for other in others])

    def dropping(self, subset: Sequence[int]) -> Floats:
        """Judge the subset without each of its features."""
        return np.array([self.value([p for p in subset if p != gone]) for gone in subset])
