"""What scores rely on: numbers, names, classes, and no gaps that nobody knows of."""

import numpy as np
import pytest
import torch

from saccade.classic.feature_rows import class_rows, feature_rows, named, varying
from saccade.errors import ConfigError, DataError, ShapeError

X = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.0]]
Y = ["b", "a", "b", "a"]


def holed():
    x = np.array(X)
    x[1, 0], x[2, 0] = np.nan, np.inf
    return x


def test_by_hand():
    rows = feature_rows(X, Y)
    assert rows.values.tolist() == X
    assert rows.classes == ("a", "b")
    assert rows.labels.tolist() == [1, 0, 1, 0]
    assert rows.names == ("x1", "x2")
    assert rows.judged == (0, 1)


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16, torch.int64, torch.bool])
def test_tensors_of_any_type(kind):
    values, labels = class_rows(torch.tensor(X).to(kind), torch.tensor([0, 1, 0, 1]))
    assert values.dtype == np.float64
    assert values.tolist() == torch.tensor(X).to(kind).double().tolist()
    assert labels.tolist() == [0, 1, 0, 1]


def test_classes_are_named_as_people_write_them():
    assert feature_rows(X, np.array([2.0, 1.0, 2.0, 1.0])).classes == ("1", "2")
    assert feature_rows(X, np.array([True, False, True, False])).classes == ("False", "True")
    assert feature_rows(X, np.array(["no", "yes"] * 2, dtype=object)).classes == ("no", "yes")


def test_gaps_are_named():
    with pytest.raises(DataError) as caught:
        feature_rows(holed(), Y, names=["width", "height"])
    assert str(caught.value) == (
        "expected finite numbers, got NaN or infinity in width (rows: 2, first 1), rows counted "
        'from 0; try missing="rows" or missing="features", which leave them out'
    )


def test_gaps_are_left_out_as_told():
    rows = feature_rows(holed(), Y[::-1], missing="features")
    assert (rows.judged, rows.features_left_out, rows.rows_left_out) == ((1,), ("x1",), 0)
    x = np.vstack([holed(), X])
    rows = feature_rows(x, Y + Y, missing="rows")
    assert (rows.judged, rows.rows_left_out) == ((0, 1), 2)
    assert rows.values.tolist() == [X[0], X[3], *X]
    assert rows.labels.tolist() == [1, 0, 1, 0, 1, 0]


@pytest.mark.parametrize(
    ("values", "labels", "sentence"),
    [
        ([1.0, 2.0], [0, 1], "features as (n d)"),
        (X, [0, 1], "a class for each of 4 rows"),
        ([["a", "b"]] * 4, Y, "numbers as features"),
        (X, [0, 0, 0, 0], "two or more classes, got only 0"),
        (X, [0, 1, 2, 3], "a target of classes"),
        (X, [0.0, 1.0, np.nan, 0.0], "none in row 2"),
        (X, np.array(["a", None, "a", "b"], dtype=object), "none in row 1"),
        (np.full((4, 2), 1j), Y, "numbers as features"),
    ],
)
def test_what_cannot_be_used(values, labels, sentence):
    with pytest.raises((DataError, ShapeError)) as caught:
        feature_rows(values, labels)
    assert sentence in str(caught.value)


def test_names_and_policies_that_cannot_work():
    with pytest.raises(ShapeError, match="a name for each of 2 features, got 1 names"):
        feature_rows(X, Y, names=["a"])
    with pytest.raises(DataError, match="a twice"):
        feature_rows(X, Y, names=["a", "a"])
    with pytest.raises(ConfigError, match="'guess'"):
        feature_rows(X, Y, missing="guess")
    with pytest.raises(DataError, match="features without gaps, got none"):
        feature_rows([[np.nan]] * 4, Y, missing="features")


def test_what_varies_and_what_is_named():
    assert varying(np.array([[1.0, 2.0], [1.0, 3.0]])).tolist() == [False, True]
    assert named(list("abcdefg")) == "a, b, c, d, e and 2 more"
