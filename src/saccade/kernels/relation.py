"""Local relation by `aggregation.c`: similarity, geometry prior, softmax and sum in one pass.

Axes: b batch, c channels, h height, w width, groups of channels that share a map, j the k²
    positions of a window.
Cost: k²·(groups + c)·h'·w' multiplications forward, about twice as many for the gradient, which
    makes the weights again; they are never kept.
"""

import torch
from torch import Tensor

from saccade.kernels.aggregation_c import SIMILARITIES, SOURCE, Padded, Sums
from saccade.kernels.choice import chosen
from saccade.kernels.operators import Recipe, Shapes, Windows, operator


def has_relation(values: Tensor) -> bool:
    """Whether `relation_sums` can run for such values; else plain torch has to."""
    return not torch.compiler.is_exporting() and chosen(values, SOURCE) == "c"


def relation_sums(
    queries: Tensor,
    keys: Tensor,
    values: Tensor,
    prior: Tensor | None,
    similarity: str,
    windows: Windows,
) -> Tensor:
    """Mix the values of each window by softmax(similarity + prior), on the CPU.

    Half precision is computed in single precision.

    Args:
        queries: (b groups h' w').
        keys: (b groups h w).
        values: (b c h w).
        prior: (groups k k), or None.
        similarity: "product", "squared" or "absolute".
        windows: which positions a window sees.

    Returns:
        The mixed values (b c h' w').
    """
    kind = torch.float64 if values.dtype == torch.float64 else torch.float32
    table = None if prior is None else prior.to(kind)
    maps = (queries.to(kind), keys.to(kind), values.to(kind), table)
    which = SIMILARITIES.index(similarity)
    return relation_c(*maps, which, *windows.numbers)[0].to(values.dtype)


def c_forward(
    queries: Tensor,
    keys: Tensor,
    values: Tensor,
    prior: Tensor | None,
    similarity: int,
    windows: Windows,
) -> tuple[Tensor, ...]:
    """The mixed values, and largest logit and 1/sum of each window (b groups 2 h' w')."""
    sums = _sums(queries, values, similarity, windows)
    out = values.new_empty(*values.shape[:2], *queries.shape[2:])
    kept = values.new_empty(*queries.shape[:2], 2, *queries.shape[2:])
    sums.run(
        {
            "left": queries,
            "right": sums.pad(keys),
            "values": sums.pad(values),
            "prior": prior,
            "out": out,
            "kept": kept,
        }
    )
    return out, kept


def c_backward(
    gradient: Tensor,
    _out: Tensor,
    kept: Tensor,
    queries: Tensor,
    keys: Tensor,
    values: Tensor,
    prior: Tensor | None,
    similarity: int,
    windows: Windows,
) -> tuple[Tensor, ...]:
    """Gradients of queries, keys, values and prior."""
    sums = _sums(queries, values, similarity, windows)
    d_queries = torch.empty(queries.shape, dtype=queries.dtype)
    d_keys, d_values = (sums.new_bands(x.shape[1]) for x in (keys, values))
    shape = (0,) if prior is None else prior.shape
    d_prior = None if prior is None else values.new_zeros(len(values) * sums.bands, *shape)
    sums.run(
        {
            "left": queries,
            "right": sums.pad(keys),
            "values": sums.pad(values),
            "prior": prior,
            "kept": kept,
            "gradient": gradient,
            "d_left": d_queries,
            "d_right": d_keys,
            "d_values": d_values,
            "d_small": d_prior,
        }
    )
    table = values.new_empty(0) if d_prior is None else d_prior.sum(0)
    return d_queries, sums.unpad(d_keys), sums.unpad(d_values), table


def _sums(queries: Tensor, values: Tensor, similarity: int, windows: Windows) -> Sums:
    return Sums(
        kind="relation",
        like=values,
        padded=Padded(windows, (values.shape[-2], values.shape[-1])),
        groups=queries.shape[1],
        channels=values.shape[1],
        left=queries.shape[1],
        similarity=SIMILARITIES[similarity],
    )


def _shapes(queries: Tensor, _: Tensor, values: Tensor, *_rest: object) -> Shapes:
    size = queries.shape[2:]
    return (*values.shape[:2], *size), (*queries.shape[:2], 2, *size)


relation_c = operator(
    Recipe(
        name="relation_c",
        inputs="Tensor queries, Tensor keys, Tensor values, Tensor? prior",
        options="int similarity",
        outputs=2,
        forward=c_forward,
        backward=c_backward,
        shapes=_shapes,
    )
)
