"""Selection by every method: the lesson of four features, ranks, ties, gaps, options."""

import re
from pathlib import Path

import numpy as np
import pytest
from sklearn.feature_selection import SelectKBest, chi2, f_classif

from saccade.classic.selection import METHODS, select_features
from saccade.data.bundled_tables import four_features
from saccade.errors import ConfigError, DataError, UnknownName

LESSON = four_features()
PAGE = Path(__file__).parents[2] / "docs" / "classic" / "selection.md"
QUICK = [name for name in METHODS if name not in ("trees", "neighbours", "logistic")]
SLOW = [pytest.param(name, marks=pytest.mark.slow) for name in ("trees", "neighbours", "logistic")]


@pytest.mark.parametrize("method", [*QUICK, *SLOW])
def test_four_features_and_the_mask_0110(method):
    found = select_features(LESSON.values, LESSON.labels, k=2, method=method)
    assert found.mask == (0, 1, 1, 0)
    assert sorted(found.ranking) == [0, 1, 2, 3]
    assert np.isfinite(found.scores).all()
    assert found.classes == ("faulty", "normal")


@pytest.mark.parametrize(("name", "theirs"), [("anova", f_classif), ("chi2", chi2)])
@pytest.mark.parametrize("k", [1, 3])
def test_as_select_k_best(name, theirs, k):
    draw = np.random.default_rng(2)
    y = np.arange(80) % 4
    x = np.abs(draw.normal(size=(80, 7)) + draw.normal(size=(4, 7))[y])
    support = SelectKBest(theirs, k=k).fit(x, y).get_support()
    found = select_features(x, y, k=k, method=name)
    assert found.mask == tuple(support.astype(int))
    assert found.mask == select_features(-2 * x, y, k=k, method="fisher").mask or name == "chi2"


@pytest.mark.parametrize("method", QUICK)
def test_constants_come_last_and_ties_keep_their_order(method):
    x = np.column_stack([np.ones(120), LESSON.values, LESSON.values[:, 1], np.zeros(120)])
    found = select_features(x, LESSON.labels, k=1, method=method)
    assert found.ranking[-2:] == (0, 6)
    assert found.scores[0] == found.scores[6] == 0
    assert np.isfinite(found.scores).all()
    by_itself = METHODS[method].score is not None and method not in ("l1", "mutual_information")
    if by_itself:  # a copy scores the same; the one that stands first is taken
        assert found.scores[2] == pytest.approx(found.scores[5])
        assert found.columns == (2,)


def test_perfect_features_come_first_in_their_order():
    y = np.array(LESSON.labels) == "faulty"
    x = np.column_stack([LESSON.values, y, 5 - 3 * y])
    found = select_features(x, y, k=2)
    assert found.ranking[:2] == (4, 5)
    assert found.scores[4] == found.scores[5] == np.inf
    assert found.trace == np.inf
    assert "infinite" in [remark.code for remark in found.remarks]


def test_a_copy_is_taken_by_single_scores_and_not_by_searches():
    x = np.column_stack([LESSON.values, LESSON.values[:, 1] * 2])
    assert select_features(x, LESSON.labels, k=2).columns == (1, 4)
    for method, search in (("trace", "forward"), ("trace", "exhaustive"), ("mrmr", None)):
        found = select_features(x, LESSON.labels, k=2, method=method, search=search)
        assert len(set(found.columns) & {1, 4}) == 1, (method, search)


def test_gaps():
    x = LESSON.values.copy()
    x[5, 1] = np.nan
    with pytest.raises(DataError, match=r"NaN or infinity in x2 \(rows: 1, first 5\)"):
        select_features(x, LESSON.labels, k=2)
    rows = select_features(x, LESSON.labels, k=2, missing="rows")
    assert (rows.mask, rows.rows) == ((0, 1, 1, 0), 119)
    features = select_features(x, LESSON.labels, k=1, missing="features")
    assert features.mask == (0, 0, 1, 0)
    assert (features.scores[1], features.ranking[-1]) == (0, 1)
    with pytest.raises(ConfigError, match="k from 1 to 3"):
        select_features(x, LESSON.labels, k=4, missing="features")


@pytest.mark.parametrize("method", ["mutual_information", "relief", "l1"])
def test_a_seed_repeats_what_was_drawn(method):
    x = np.round(LESSON.values, 1)
    once, again = (
        select_features(x, LESSON.labels, k=2, method=method, seed=5).scores for _ in range(2)
    )
    assert once == again


def test_nothing_to_tell():
    found = select_features(np.ones((10, 3)), [0, 1] * 5, k=1, method="trace")
    assert found.mask == (1, 0, 0)
    assert {remark.code for remark in found.remarks} == {"constant", "tie", "worthless"}


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"k": 0}, "k from 1 to 4"),
        ({"k": 5}, "k from 1 to 4"),
        ({"k": 1, "search": "sideways"}, "search as one of top, forward"),
        ({"k": 1, "search": "forward"}, "search top with fisher, got forward; try method mrmr"),
        ({"k": 1, "method": "trace", "search": "top"}, "forward or backward or exhaustive"),
    ],
)
def test_options_that_cannot_work(options, sentence):
    with pytest.raises(ConfigError) as caught:
        select_features(LESSON.values, LESSON.labels, **options)
    assert sentence in str(caught.value)


def test_a_method_that_is_not_there():
    with pytest.raises(UnknownName, match="try fisher"):
        select_features(LESSON.values, LESSON.labels, k=1, method="fischer")


def test_the_page_names_each_method_and_its_code_runs():
    page = PAGE.read_text("utf-8")
    assert not [
        name for name in METHODS if f"| `{name}`" not in page and f", `{name}` |" not in page
    ]
    for block in re.findall(r"```python\n(.*?)```", page, re.DOTALL):
        exec(compile(block, str(PAGE), "exec"), {})
