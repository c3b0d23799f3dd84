"""The softmax of scores over what may be read."""

from torch import Tensor


def masked_softmax(scores: Tensor, mask: Tensor | None = None) -> Tensor:
    """Turn scores (... i j) into weights whose rows sum to one.

    Args:
        scores: how well each key j answers each query i.
        mask: booleans that broadcast to (... i j); True where a key may be read. A hidden key has
            weight 0, and so has every key of a query that may read nothing.
    """
    if mask is None:
        return scores.softmax(dim=-1)
    weights = scores.masked_fill(~mask, float("-inf")).softmax(dim=-1)
    return weights.masked_fill(~mask.any(dim=-1, keepdim=True), 0.0)
