"""How widely a query spreads: the entropy of its weights, and how many keys that amounts to.

Source: Shannon entropy of the rows of the attention map, in nats; its exponential is the number of
keys that evenly spread weights of the same entropy would read (the perplexity of the row).
Axes: any leading axes, then i queries and j keys.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from saccade.errors import ConfigError, ShapeError


@dataclass(frozen=True, slots=True)
class Spread:
    """How widely the rows of maps spread, for each leading axis of the maps.

    Args:
        mean: entropy in nats, mean over all rows (...).
        first: entropy in nats of the first row, the class token's where there is one (...).
        most: entropy in nats of weights spread evenly over all keys, log j.
    """

    mean: Tensor
    first: Tensor
    most: float

    @property
    def normalized(self) -> Tensor:
        """The mean as a share of the most there can be, 0-1 (...)."""
        return self.mean / self.most if self.most else torch.zeros_like(self.mean)


def row_entropies(attention: Tensor, *, normalized: bool = False) -> Tensor:
    """Entropy of each row: (... i j) to (... i); 0 on one key, log j when spread evenly.

    Any part of the rows will do, so that maps can be measured a chunk of queries at a time.

    Args:
        attention: weights whose rows sum to one.
        normalized: divide by log j, which gives 0-1; nats otherwise.

    Raises:
        ShapeError: there are no keys.
    """
    if attention.dim() < 1 or attention.shape[-1] < 1:
        raise ShapeError("weights as (... i j) with keys", str(tuple(attention.shape)), "a map")
    found = torch.special.entr(attention).sum(dim=-1)
    keys = attention.shape[-1]
    if not normalized:
        return found
    return found / math.log(keys) if keys > 1 else torch.zeros_like(found)


def effective_keys(attention: Tensor) -> Tensor:
    """How many keys each row reads, exp of its entropy: (... i j) to (... i), 1 to j.

    Args:
        attention: weights whose rows sum to one.
    """
    return row_entropies(attention).exp()


def spread_of(attention: Tensor, *, query: int = 0) -> Spread:
    """Measure how widely maps spread: (... i j) to (...).

    Args:
        attention: weights whose rows sum to one.
        query: the row that is also told alone; 0 is the class token in most models.

    Raises:
        ConfigError: there is no such row.
    """
    rows = row_entropies(attention)
    if rows.dim() < 1 or not 0 <= query < rows.shape[-1]:
        last = rows.shape[-1] - 1 if rows.dim() else 0
        raise ConfigError(f"a query token from 0 to {last}", str(query), "query=0")
    return Spread(rows.mean(dim=-1), rows[..., query], math.log(attention.shape[-1]))
