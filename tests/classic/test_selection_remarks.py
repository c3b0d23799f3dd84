"""Remarks: each where it is due, in two languages."""

import re

import numpy as np
import pytest

from saccade.classic.feature_rows import feature_rows
from saccade.classic.selection_remarks import PHRASES, SelectionRemark, remarks_on

Y = np.array([0, 1] * 20)


def said(x, scores, k, y=Y, **options):
    rows = feature_rows(x, y, **options)
    ranking = np.argsort(-np.array(scores), kind="stable").tolist()
    return {one.code: one for one in remarks_on(rows, np.array(scores), ranking, k)}


@pytest.fixture
def x():
    return np.random.default_rng(0).normal(size=(40, 3))


def test_nothing_to_remark(x):
    assert said(x, [3.0, 2.0, 1.0], 2) == {}


def test_constants_gaps_and_ties(x):
    x[:, 1] = 4.0
    x[3, 0] = np.nan
    found = said(x, [3.0, 0.0, 0.0], 2, missing="rows")
    assert set(found) == {"constant", "rows", "tie", "worthless"}
    assert found["constant"].names == found["worthless"].names == ("x2",)
    assert found["rows"].sentence() == "rows with NaN or infinity were left out: 1 of 40"
    assert found["tie"].names == ("x2", "x3")
    assert said(x, [0.0, 0.0, 1.0], 1, missing="features")["features"].names == ("x1",)


def test_copies_and_infinite_scores(x):
    x[:, 2] = -2 * x[:, 0]
    found = said(x, [np.inf, 1.0, 2.0], 2)
    assert found["copies"].names == ("x1 ~ x3",)
    assert found["infinite"].names == ("x1",)
    assert said(x, [3.0, 2.0, 1.0], 2) == {}  # the copy was not chosen


def test_classes_of_very_different_sizes(x):
    y = np.zeros(40, int)
    y[:2] = 1
    found = said(x, [3.0, 2.0, 1.0], 1, y=y)
    assert "19 times the rows of the smallest (1, 2 rows)" in found["uneven"].sentence()


def test_both_languages_say_the_same_numbers():
    for english, korean in PHRASES.values():
        assert sorted(re.findall(r"\{(\w+)", english)) == sorted(re.findall(r"\{(\w+)", korean))
    remark = SelectionRemark("constant", ("a",), {"count": 1})
    assert remark.sentence("ko").endswith("1개")
    assert remark.severity == "caution"
    assert remark.to_dict() == {
        "code": "constant",
        "sentence": "constant features score 0 and come after all others: 1",
        "names": ["a"],
    }
