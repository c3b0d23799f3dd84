from collections import Counter

import numpy as np
from sklearn.datasets import load_digits

from saccade.data.digits import open_digits


def test_the_split_is_fixed_and_stratified():
    train, test = open_digits()
    assert (len(train), len(test)) == (1437, 360)
    assert not set(train.rows) & set(test.rows)
    assert train.classes == tuple("0123456789")
    assert all(34 <= count <= 38 for count in Counter(test.labels).values())
    assert test.rows == open_digits()[1].rows
    assert test.rows[:3] == open_digits()[1].rows[:3]


def test_values_are_scaled_from_sixteen_to_255():
    train, _ = open_digits()
    bunch = load_digits()
    for index in (0, 700, 1436):
        picture = train.load(index)
        row = train.rows[index]
        assert picture.label == bunch.target[row]
        assert picture.name == f"digits/{row}"
        grey = np.asarray(picture.image)[..., 0]
        for i in range(8):
            for j in range(8):
                assert abs(grey[i, j] - bunch.images[row, i, j] * 255 / 16) <= 0.5
