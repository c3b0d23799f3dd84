"""Attention by nested loops, in float64, as slowly as it is defined."""

import math

import torch
from torch import Tensor


def readable(added: Tensor | None, causal: bool, at: tuple[int, int, int, int]) -> float:
    """What is added to one score: a number, or -inf where the key may not be read."""
    image, head, i, j = at
    if causal and j > i:
        return -math.inf
    if added is None:
        return 0.0
    while added.dim() < 4:
        added = added[None]
    sizes = added.shape
    one = added[
        image if sizes[0] > 1 else 0,
        head if sizes[1] > 1 else 0,
        i if sizes[2] > 1 else 0,
        j if sizes[3] > 1 else 0,
    ]
    if added.dtype == torch.bool:
        return 0.0 if bool(one) else -math.inf
    return float(one)


def slow_map(
    queries: Tensor,
    keys: Tensor,
    added: Tensor | None = None,
    scale: float | None = None,
    causal: bool = False,
) -> Tensor:
    """The map (b heads i j) of queries (b heads i d) and keys (b fewer j d)."""
    b, heads, i, d = queries.shape
    j, share = keys.shape[2], heads // keys.shape[1]
    made = torch.zeros(b, heads, i, j, dtype=torch.float64)
    scale = d**-0.5 if scale is None else scale
    for image in range(b):
        for head in range(heads):
            for query in range(i):
                asked = queries[image, head, query].double()
                scores = [
                    scale * float(asked @ keys[image, head // share, key].double())
                    + readable(added, causal, (image, head, query, key))
                    for key in range(j)
                ]
                most = max(scores)
                if most == -math.inf:
                    continue
                parts = [math.exp(score - most) for score in scores]
                made[image, head, query] = torch.tensor(parts, dtype=torch.float64) / sum(parts)
    return made
