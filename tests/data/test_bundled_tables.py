"""Tables for a first try."""

import numpy as np
import pytest

from saccade.data.bundled_tables import BUNDLED, bundled_table, four_features
from saccade.errors import UnknownName

SIZES = {
    "four_features": (120, 4, 2),
    "iris": (150, 4, 3),
    "wine": (178, 13, 3),
    "breast_cancer": (569, 30, 2),
    "digits": (1797, 64, 10),
}


@pytest.mark.parametrize("name", BUNDLED)
def test_each(name):
    table = bundled_table(name)
    rows, features, classes = SIZES[name]
    assert table.values.shape == (rows, features)
    assert len(table.names) == len(set(table.names)) == features
    assert len(set(table.labels.tolist())) == classes
    assert np.isfinite(table.values).all()
    assert " " not in "".join(table.names)


def test_names():
    assert bundled_table("iris").names[0] == "sepal_length"
    assert bundled_table("wine").labels[0] == "class_0"
    with pytest.raises(UnknownName, match="try iris"):
        bundled_table("irish")


def test_the_lesson_is_the_same_each_time():
    assert four_features().values.tolist() == four_features().values.tolist()
    assert four_features(seed=1).values.tolist() != four_features().values.tolist()
    means = [four_features().values[half].mean(axis=0) for half in (slice(60), slice(60, None))]
    assert (np.abs(means[0] - means[1]) > 1).tolist() == [False, True, True, False]
