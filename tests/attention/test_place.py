"""Where the entries of a map lie."""

import pytest
import torch

from saccade.attention.place import Place
from saccade.errors import ShapeError


def test_without_an_index_keys_stand_in_their_order() -> None:
    weights = torch.arange(6.0)
    spread = Place((1, 1), (2, 3)).spread(weights, 0)
    assert spread.tolist() == [[0, 1, 2], [3, 4, 5]]


def test_an_index_says_where_each_key_lies() -> None:
    # Two queries of two keys on a row of three: the second query's last key is outside, and both
    # keys of the first are the same position, as a reflected window has them.
    place = Place((1, 2), (1, 3), torch.tensor([[2, 2], [0, -1]]))
    weights = torch.tensor([[0.25, 0.5], [0.75, 0.125]])
    assert place.spread(weights[0], 0).tolist() == [[0, 0, 0.75]]
    assert place.spread(weights[1], 1).tolist() == [[0.75, 0, 0]]
    assert place.dense(weights).tolist() == [[0, 0, 0.75], [0.75, 0, 0]]


def test_dense_is_every_query_spread() -> None:
    generator = torch.Generator().manual_seed(0)
    index = torch.randint(-1, 6, (4, 5), generator=generator)
    weights = torch.rand(2, 3, 4, 5, generator=generator)
    place = Place((2, 2), (2, 3), index)
    for query in range(4):
        spread = place.spread(weights[:, :, query], query)
        torch.testing.assert_close(spread.flatten(2), place.dense(weights)[:, :, query])


def test_a_query_that_is_not_there() -> None:
    with pytest.raises(ShapeError, match="expected a query from 0 to 3 with 4 keys, got query 4"):
        Place((2, 2), (2, 2)).spread(torch.zeros(4), 4)
