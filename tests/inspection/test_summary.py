"""Some of the queries, and all parts as one."""

import torch

from saccade.attention.place import Place
from saccade.inspection import QueryHeat
from saccade.inspection.summary import chosen, whole
from saccade.layers.neighbours import neighbour_index
from tests import toys

GRID = (3, 4)


def crosses(normal) -> QueryHeat:
    """Three passes over rows and columns, with drawn weights."""
    (weights, place), *_ = toys.cross(torch.zeros(1, 3, 2, 2), GRID)
    drawn = normal(3, *weights.shape[2:], dtype=torch.float64).softmax(-1)
    return QueryHeat(drawn, place, "pass")


def test_chosen_queries_keep_their_keys(normal) -> None:
    place = Place(GRID, GRID, neighbour_index(GRID, 3))
    picture = QueryHeat(normal(2, 12, 9), place, "head")
    some = chosen(picture, [0, 2], [1, 3])
    assert some.place.queries == (2, 2)
    for row, from_row in enumerate([0, 2]):
        for column, from_column in enumerate([1, 3]):
            expected = picture.at(from_row, from_column)
            torch.testing.assert_close(some.at(row, column), expected)


def test_heads_are_averaged(normal) -> None:
    picture = QueryHeat(normal(3, 12, 6), Place(GRID, (2, 3)), "head")
    together = whole(picture, [1], [2])
    assert together.part == ""
    torch.testing.assert_close(together.at(0, 0)[0], picture.at(1, 2).mean(dim=0))


def test_passes_are_followed_one_after_the_other(normal) -> None:
    picture = crosses(normal)
    laid = [picture.place.dense(weights) for weights in picture.weights]
    for query in range(12):
        reached = torch.zeros(12, dtype=torch.float64)
        for a in range(12):  # last pass reads a, the one before b, the first c
            for b in range(12):
                for c in range(12):
                    reached[c] += laid[2][query, a] * laid[1][a, b] * laid[0][b, c]
        got = whole(picture, [query // 4], [query % 4]).at(0, 0)[0]
        torch.testing.assert_close(got.flatten(), reached, atol=1e-12, rtol=0)
        assert (got > 0).all()
    alone = QueryHeat(picture.weights[:1], picture.place, "pass")
    torch.testing.assert_close(whole(alone, [1], [1]).at(0, 0), alone.at(1, 1))


def test_large_maps_are_multiplied_in_chunks(normal) -> None:
    grid = (25, 30)
    weights = normal(2, 750, 750, dtype=torch.float64).softmax(-1)
    picture = QueryHeat(weights, Place(grid, grid), "pass")
    got = whole(picture, [3, 20], [4]).weights[0]
    expected = (weights[1] @ weights[0])[[3 * 30 + 4, 20 * 30 + 4]]
    torch.testing.assert_close(got, expected)
