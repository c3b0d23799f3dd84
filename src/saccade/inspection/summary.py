"""Query heats made smaller: some of the queries, and all parts as one.

Heads and channel groups are averaged. Passes follow each other, so they are multiplied: what a
query reads in the last pass has itself been read from the map in the passes before.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from saccade.attention.place import Place
from saccade.inspection.composition import compose
from saccade.inspection.pictures import QueryHeat


def chosen(picture: QueryHeat, rows: Sequence[int], columns: Sequence[int]) -> QueryHeat:
    """Keep the queries of some rows and columns.

    Args:
        picture: the heat of all queries.
        rows: of the queries' grid, rising.
        columns: of the queries' grid, rising.
    """
    place, queries = picture.place, _queries(picture, rows, columns)
    index = None if place.index is None else place.index[queries]
    kept = Place((len(rows), len(columns)), place.keys, index)
    return QueryHeat(picture.weights[:, queries], kept, picture.part)


def whole(picture: QueryHeat, rows: Sequence[int], columns: Sequence[int]) -> QueryHeat:
    """All parts as one, for the queries of some rows and columns.

    Args:
        picture: the heat of all queries; passes stand in their order.
        rows: of the queries' grid, rising.
        columns: of the queries' grid, rising.
    """
    some = chosen(picture, rows, columns)
    if picture.part != "pass" or len(picture.weights) == 1:
        return QueryHeat(some.weights.mean(dim=0, keepdim=True), some.place, "")
    queries = _queries(picture, rows, columns).tolist()
    together = compose(picture.weights[None], picture.place, queries=queries)
    return QueryHeat(together, Place(some.place.queries, picture.place.keys), "")


def _queries(picture: QueryHeat, rows: Sequence[int], columns: Sequence[int]) -> Tensor:
    row, column = torch.tensor(list(rows)), torch.tensor(list(columns))
    return (row[:, None] * picture.place.queries[1] + column).flatten()
