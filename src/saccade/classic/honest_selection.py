"""How good a selection really is: chosen again in each fold, without the rows that judge it.

Source: Ambroise, McLachlan, "Selection bias in gene extraction on the basis of microarray
gene-expression data", PNAS 99(10), 2002; Hastie, Tibshirani, Friedman, "The Elements of Statistical
Learning", 2nd ed., section 7.10.2 ("the wrong and right way to do cross-validation").
Axes: n rows, d features.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike
from sklearn.model_selection import StratifiedKFold
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]
from torch import Tensor

from saccade.classic.feature_rows import Floats, Ints, Missing, feature_rows
from saccade.classic.found import Selection
from saccade.classic.learned_choice import Classifier, fold_count, make_classifier
from saccade.classic.selection import Search, select_features
from saccade.errors import ShapeError


@dataclass(frozen=True, kw_only=True, slots=True)
class Honesty:
    """Accuracies of the same classifier in the same folds, 0 to 1.

    Args:
        inside: of each fold, with features chosen on its training rows alone. This is the number
            to tell.
        leaky: of each fold, with the features that were chosen on all rows, those that judge too.
        everything: of each fold, with all features.
        chance: the share of the largest class.
        chosen: how many folds chose each feature, for those that any did, the most first.
        classifier: its name.
    """

    inside: tuple[float, ...]
    leaky: tuple[float, ...]
    everything: tuple[float, ...]
    chance: float
    chosen: Mapping[str, int]
    classifier: str

    @property
    def optimism(self) -> float:
        """By how much the leaky mean is above the honest one."""
        return float(np.mean(self.leaky) - np.mean(self.inside))

    def to_dict(self) -> dict[str, Any]:
        """Write it as plain values, fit for JSON."""
        parts = {"inside": self.inside, "leaky": self.leaky, "all_features": self.everything}
        told = {
            name: {"mean": float(np.mean(found)), "folds": list(found)}
            for name, found in parts.items()
        }
        return {
            **told,
            "optimism": self.optimism,
            "chance": self.chance,
            "chosen": dict(self.chosen),
            "classifier": self.classifier,
        }


def honest_accuracy(
    values: ArrayLike | Tensor,
    labels: ArrayLike | Tensor,
    selection: Selection,
    *,
    folds: int = 5,
    classifier: Classifier = "neighbours",
) -> Honesty:
    """Measure what a selection is worth on rows that took no part in it.

    Args:
        values: the features (n d) that `selection` was made of.
        labels: their classes (n).
        selection: whose method, search, k and seed are used again in every fold.
        folds: stratified, drawn by the selection's seed; fewer where a class has fewer rows.
        classifier: "neighbours" (five nearest) or "logistic", on features of unit variance.

    Raises:
        ConfigError: an option cannot work, or a class is too small to be in every fold.
        DataError: the features cannot be used.
        ShapeError: there are not as many features as in the selection.
    """
    missing = cast(Missing, selection.missing)
    rows = feature_rows(values, labels, names=None, missing=missing)
    if len(rows.names) != len(selection.names):
        raise ShapeError(f"{len(selection.names)} features", f"{len(rows.names)}")
    x, y = rows.values, rows.labels
    draw = StratifiedKFold(fold_count(y, folds), shuffle=True, random_state=selection.seed)
    fixed = [rows.judged.index(place) for place in selection.columns]
    scores = dict[str, list[float]](inside=[], leaky=[], everything=[])
    counts = np.zeros(x.shape[1], dtype=np.int64)
    for train, test in draw.split(x, y):
        again = _again(selection, x[train], y[train])
        counts[again] += 1
        tried = {"inside": again, "leaky": fixed, "everything": list(range(x.shape[1]))}
        with threadpool_limits(limits=1):  # on small matrices threads only wait for each other
            for name, columns in tried.items():
                model = make_classifier(classifier).fit(x[train][:, columns], y[train])
                scores[name].append(float(model.score(x[test][:, columns], y[test])))
    order = [int(place) for place in np.argsort(-counts, kind="stable") if counts[place]]
    return Honesty(
        inside=tuple(scores["inside"]),
        leaky=tuple(scores["leaky"]),
        everything=tuple(scores["everything"]),
        chance=float(np.bincount(y).max() / len(y)),
        chosen={selection.names[rows.judged[place]]: int(counts[place]) for place in order},
        classifier=classifier,
    )


def _again(selection: Selection, values: Floats, labels: Ints) -> list[int]:
    """Select from other rows the way a selection was made; the columns chosen."""
    search = cast(Search, selection.search)
    found = select_features(
        values,
        labels,
        k=selection.k,
        method=selection.method,
        search=search,
        seed=selection.seed,
    )
    return list(found.columns)
