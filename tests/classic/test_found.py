"""A selection: mask, ranks, columns, and what it writes."""

import json
from math import inf

import numpy as np
import pytest
import torch

from saccade.classic.found import Selection, finite, mask_of
from saccade.errors import ShapeError


@pytest.fixture
def found():
    return Selection(
        names=("a", "b", "c", "d"),
        scores=(0.1, 2.0, inf, 0.0),
        ranking=(2, 1, 0, 3),
        mask=(0, 1, 1, 0),
        method="fisher",
        search="top",
        missing="error",
        seed=0,
        classes=("no", "yes"),
        rows=9,
        trace=inf,
    )


def test_what_is_chosen(found):
    assert found.k == 2
    assert found.chosen == ("c", "b")
    assert found.columns == (1, 2)
    assert found.ranks == (3, 2, 1, 4)


def test_columns_are_kept_in_the_order_of_the_table(found):
    rows = np.arange(8).reshape(2, 4)
    assert found.apply(rows).tolist() == [[1, 2], [5, 6]]
    assert torch.equal(found.apply(torch.from_numpy(rows)), torch.tensor([[1, 2], [5, 6]]))
    with pytest.raises(ShapeError, match=r"rows with 4 features, got \(2, 3\)"):
        found.apply(rows[:, :3])


def test_json_holds_no_infinity(found):
    told = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert told["mask"] == [0, 1, 1, 0]
    assert told["features"][0] == {
        "rank": 1,
        "feature": "c",
        "score": None,
        "infinite": True,
        "mask": 1,
    }
    assert told["trace"] is None
    assert finite(2.0) == 2.0


def test_the_mask_of_a_choice():
    assert mask_of((1, 2), 4) == (0, 1, 1, 0)
    assert mask_of((), 2) == (0, 0)
