"""Feature selection: score what was measured, keep the k best features, and write a mask.

Before attention was learned, some inputs were kept and others dropped by hand-made rules. With four
features of which two tell the classes apart, the mask is 0 1 1 0.

Sources: Guyon, Elisseeff, "An Introduction to Variable and Feature Selection", JMLR 3, 2003, for
filters, wrappers and embedded methods; each method's own file names its paper.
Axes: n rows, d features, k chosen ones.
Differs: constant features score 0 and come last, whatever the method; ties keep the order of the
table (scikit-learn's SelectKBest takes the last of equal ones).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]
from torch import Tensor

from saccade.classic.dependence import auc_distance, chi2, mrmr_order, mutual_information
from saccade.classic.feature_rows import (
    FeatureRows,
    Floats,
    Ints,
    Missing,
    feature_rows,
    steady,
    varying,
)
from saccade.classic.feature_scores import anova_f, correlation, fisher_score, separability
from saccade.classic.found import Selection, mask_of
from saccade.classic.learned_choice import AccuracyCriterion, l1_importance, tree_importance
from saccade.classic.relief import relieff
from saccade.classic.selection_remarks import remarks_on
from saccade.classic.subset_search import (
    Criterion,
    TraceCriterion,
    backward,
    exhaustive,
    forward,
    trace_criterion,
)
from saccade.errors import ConfigError
from saccade.table import Table

Search = Literal["top", "forward", "backward", "exhaustive"]
Scoring = Callable[[Floats, Ints, int], Floats]
Judging = Callable[[Floats, Ints, int], Criterion]
Ordered = tuple[Ints, Floats]

_SEARCHES = {"forward": forward, "backward": backward, "exhaustive": exhaustive}


@dataclass(frozen=True, slots=True)
class Method:
    """A way to choose features.

    Args:
        about: what its score says.
        score: gives each feature's own score from features, classes and a seed; None for others.
        criterion: makes the judge of subsets; None for others.
    """

    about: str
    score: Scoring | None = None
    criterion: Judging | None = None

    @property
    def searches(self) -> tuple[str, ...]:
        """How it can look for features, the default first."""
        if self.criterion is not None:
            return tuple(_SEARCHES)
        return ("top",) if self.score is not None else ("forward",)


METHODS: Table[Method] = Table(
    "method",
    {
        "fisher": Method(
            "spread of the class means over the spread within the classes",
            lambda x, y, seed: fisher_score(x, y),
        ),
        "anova": Method(
            "F of a one-way analysis of variance; the same order as fisher",
            lambda x, y, seed: anova_f(x, y),
        ),
        "separability": Method(
            "distance of two class means over the sum of their deviations",
            lambda x, y, seed: separability(x, y),
        ),
        "separability_squared": Method(
            "squared distance of two class means over the sum of their variances",
            lambda x, y, seed: separability(x, y, squared=True),
        ),
        "correlation": Method(
            "correlation ratio with the classes, 0 to 1; with two classes |r|",
            lambda x, y, seed: correlation(x, y),
        ),
        "auc": Method(
            "distance of the area under the ROC curve from chance, |2 AUC - 1|, 0 to 1",
            lambda x, y, seed: auc_distance(x, y),
        ),
        "mutual_information": Method(
            "information about the class, in nats, estimated from three neighbours",
            lambda x, y, seed: mutual_information(x, y, seed=seed),
        ),
        "chi2": Method(
            "chi-squared of sums over the classes; for counts, none below 0",
            lambda x, y, seed: chi2(x, y),
        ),
        "relief": Method(
            "ReliefF: differs among near rows of other classes and not of its own, -1 to 1",
            lambda x, y, seed: relieff(x, y, seed=seed),
        ),
        "l1": Method(
            "size of the weight in a linear machine with an L1 penalty",
            lambda x, y, seed: l1_importance(x, y, seed=seed),
        ),
        "trees": Method(
            "share in the purity of a random forest of 200 trees; all sum to 1",
            lambda x, y, seed: tree_importance(x, y, seed=seed),
        ),
        "mrmr": Method("information about the class minus that about the features chosen before"),
        "trace": Method(
            "what tr(Sw^-1 Sb) of the subset gains by it",
            criterion=lambda x, y, seed: TraceCriterion(x, y),
        ),
        "neighbours": Method(
            "what the cross-validated accuracy of five nearest neighbours gains by it",
            criterion=lambda x, y, seed: AccuracyCriterion(x, y, "neighbours", seed),
        ),
        "logistic": Method(
            "what the cross-validated accuracy of logistic regression gains by it",
            criterion=lambda x, y, seed: AccuracyCriterion(x, y, "logistic", seed),
        ),
    },
)


def select_features(
    values: ArrayLike | Tensor,
    labels: ArrayLike | Tensor,
    *,
    k: int,
    method: str = "fisher",
    search: Search | None = None,
    names: Sequence[str] | None = None,
    missing: Missing = "error",
    seed: int = 0,
) -> Selection:
    """Rank all features and choose k of them.

    Select on training rows only: what is chosen with the rows that judge a model makes it look
    better than it is (`honest_accuracy` measures by how much).

    Args:
        values: features (n d), numbers of any type, or a table with `columns`.
        labels: classes (n), numbers or words.
        k: how many are kept.
        method: a name in `METHODS`.
        search: "top" keeps the k best scores; methods that judge subsets go "forward", "backward"
            or through all of them ("exhaustive"). None is the method's own.
        names: of the features; x1, x2 and so on unless told.
        missing: "error" refuses NaN and infinity, "rows" leaves out the rows that have them,
            "features" the features.
        seed: of what the method draws.

    Raises:
        ConfigError: an option cannot work.
        DataError: gaps, no classes, or numbers that the method cannot read.
        ShapeError: features, names and labels do not go together.
        UnknownName: there is no such method.
    """
    way = METHODS[method]
    how = _search(method, way, search)
    rows = feature_rows(values, labels, names=names, missing=missing)
    if not 1 <= k <= len(rows.judged):
        raise ConfigError(f"k from 1 to {len(rows.judged)}, the number of features", str(k), "k=1")
    with threadpool_limits(limits=1):  # on small matrices threads only wait for each other
        ranking, scores = _judged(rows, way, how, k, seed)
    columns = [rows.judged.index(place) for place in ranking[:k]]
    return Selection(
        names=rows.names,
        scores=tuple(float(score) for score in scores),
        ranking=tuple(ranking),
        mask=mask_of(ranking[:k], len(rows.names)),
        method=method,
        search=how,
        missing=missing,
        seed=seed,
        classes=rows.classes,
        rows=len(rows.labels),
        trace=trace_criterion(rows.values, rows.labels, columns),
        remarks=remarks_on(rows, scores, ranking, k),
    )


def _search(name: str, way: Method, asked: str | None) -> str:
    if asked is not None and asked not in get_args(Search):
        wanted = f"search as one of {', '.join(get_args(Search))}"
        raise ConfigError(wanted, repr(asked), f"search={way.searches[0]!r}")
    if asked is not None and asked not in way.searches:
        able = [other for other, one in METHODS.items() if asked in one.searches]
        raise ConfigError(
            f"search {' or '.join(way.searches)} with {name}", asked, f"method {' or '.join(able)}"
        )
    return asked or way.searches[0]


def _judged(
    rows: FeatureRows, way: Method, search: str, k: int, seed: int
) -> tuple[list[int], Floats]:
    """The ranking of all features and their scores; those that cannot tell come last, with 0."""
    moving = np.flatnonzero(varying(rows.values))
    still = np.flatnonzero(~varying(rows.values))
    scores = np.zeros(len(rows.names))
    order = np.empty(0, dtype=np.int64)
    if len(moving):
        x = np.ascontiguousarray(rows.values[:, moving])
        order, found = _ordered(x, rows.labels, way, search, min(k, len(moving)), seed)
        scores[np.array(rows.judged)[moving]] = found
    ranked = [rows.judged[place] for place in (*moving[order], *still)]
    gone = [place for place in range(len(rows.names)) if place not in set(rows.judged)]
    return ranked + gone, scores


def _ordered(x: Floats, y: Ints, way: Method, search: str, k: int, seed: int) -> Ordered:
    if way.criterion is not None:
        return _SEARCHES[search](way.criterion(x, y, seed), x.shape[1], k)
    if way.score is None:
        return mrmr_order(x, y, k=k)
    scores = way.score(x, y, seed)
    return np.argsort(-steady(scores), kind="stable"), scores
