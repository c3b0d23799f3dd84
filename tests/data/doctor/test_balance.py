import math

import pytest

from saccade.data.doctor.balance import balance_of


def test_by_hand():
    found = balance_of({"a": 6, "b": 3, "c": 3, "none": 0})
    assert (found.most, found.fewest, found.ratio) == (6, 3, 2)
    assert found.effective == pytest.approx(math.exp(1.5 * math.log(2)))
    assert balance_of({"a": 7, "b": 7, "c": 7}).effective == pytest.approx(3)
    assert balance_of({"a": 0}) is None
