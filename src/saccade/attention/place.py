"""Where the entries of a map lie: which position each query reads from, and which each key is.

Every map of positions reading positions, whatever its mechanism, is a table of weights (… i j)
and this: the grids that i and j run over, and, where a query reads only some keys, which ones.
"""

import math
from dataclasses import dataclass

from torch import Tensor

from saccade.errors import ShapeError


@dataclass(frozen=True, slots=True)
class Place:
    """The geometry of a map (… i j); positions of a grid count row by row.

    Args:
        queries: sizes of the grid that i runs over, such as (h, w) or (t, h, w).
        keys: sizes of the grid that the keys lie on; it covers the same picture, perhaps coarser.
        index: which position of the keys' grid the j-th key of query i is, int64 (i j), -1 for
            one outside of the picture; when None, the j-th key is position j.
    """

    queries: tuple[int, ...]
    keys: tuple[int, ...]
    index: Tensor | None = None

    def spread(self, weights: Tensor, query: int) -> Tensor:
        """Lay the weights (… j) of one query over the keys' grid (… *keys).

        Weights of one position add up; weights of keys outside of the picture are left out.

        Args:
            weights: what query number `query` gives to its keys (… j).
            query: which query, from 0.

        Raises:
            ShapeError: there is no such query, or the number of keys differs.
        """
        positions = math.prod(self.keys)
        wanted = positions if self.index is None else self.index.shape[1]
        count = math.prod(self.queries)
        if not 0 <= query < count or weights.shape[-1] != wanted:
            raise ShapeError(
                f"a query from 0 to {count - 1} with {wanted} keys",
                f"query {query} with {weights.shape[-1]}",
                "place.spread(weights[..., query, :], query)",
            )
        if self.index is None:
            return weights.reshape(*weights.shape[:-1], *self.keys)
        where = self.index[query].to(weights.device)
        inside = weights * (where >= 0)
        flat = weights.new_zeros(*weights.shape[:-1], positions)
        flat.index_add_(-1, where.clamp_min(0), inside)
        return flat.reshape(*weights.shape[:-1], *self.keys)

    def dense(self, weights: Tensor) -> Tensor:
        """Lay the weights (… i j) of all queries out as (… i positions of the keys' grid)."""
        if self.index is None:
            return weights
        where = self.index.to(weights.device)
        full = weights.new_zeros(*weights.shape[:-1], math.prod(self.keys))
        inside = weights * (where >= 0)
        return full.scatter_add_(-1, where.clamp_min(0).expand_as(inside), inside)
