"""How far a head looks, and how widely it spreads.

Source: Dosovitskiy et al., arXiv:2010.11929, figure 7 right and figure 11: the attention-weighted
mean of the Euclidean distance between query and key patches, in pixels, averaged over queries.
Axes: any leading axes, then i queries and j keys.
"""

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor

from saccade.errors import ConfigError, ShapeError
from saccade.inspection.kit.entropy import row_entropies
from saccade.layers.tokens import TokenLayout


def patch_distances(
    layout: TokenLayout, *, device: torch.device | None = None, queries: Tensor | None = None
) -> Tensor:
    """Euclidean distances in pixels between the centres of patches (q n).

    Args:
        layout: the grid and the size of its patches.
        device: where the answer lies.
        queries: numbers of the patches (q) to measure from, without the prefix; all when None.
    """
    rows, columns = layout.grid
    y, x = torch.meshgrid(
        torch.arange(rows, dtype=torch.float32, device=device) * layout.patch[0],
        torch.arange(columns, dtype=torch.float32, device=device) * layout.patch[1],
        indexing="ij",
    )
    points = torch.stack([y.flatten(), x.flatten()], dim=1)
    origins = points if queries is None else points[queries]
    return (origins[:, None] - points[None]).square().sum(-1).sqrt()


def attention_distance(
    attention: Tensor,
    layout: TokenLayout,
    *,
    renormalize: bool = False,
    reduce: Literal["mean", "none"] = "mean",
) -> Tensor:
    """Mean attention distance in pixels: (... i j) to (...).

    Args:
        attention: maps over all tokens, whose rows sum to one.
        layout: the order of the tokens; rows and columns of prefix tokens are dropped.
        renormalize: divide by the mass that is left on patches. The paper does not say; the public
            code for its figure does not, which shrinks the distance by the mass on the class token.
        reduce: "mean" over the query patches, or "none", which gives each its own (... patches).

    Raises:
        ShapeError: the maps are not over the layout's tokens.
        ConfigError: `reduce` is neither.
    """
    if reduce not in ("mean", "none"):
        raise ConfigError("reduce= mean or none", repr(reduce), "reduce='none'")
    if attention.dim() < 2 or attention.shape[-2:] != (layout.tokens, layout.tokens):
        raise ShapeError(
            f"maps over {layout.tokens} tokens as (... i j)",
            str(tuple(attention.shape)),
            "the layout of the model that made them",
        )
    skip = len(layout.prefix)
    patches = attention[..., skip:, skip:]
    distances = patch_distances(layout, device=attention.device)
    rows = _weighted(patches, distances, renormalize)
    return rows if reduce == "none" else rows.mean(dim=-1)


def row_distances(
    rows: Tensor, queries: Sequence[int], layout: TokenLayout, *, renormalize: bool = False
) -> Tensor:
    """Distance in pixels that some queries look: (... q j) to (... q).

    The mean over all patches is `attention_distance`, so maps can be measured a chunk of queries at
    a time and never be held whole.

    Args:
        rows: what each query gives to all tokens; each row sums to one.
        queries: which token each row belongs to, counted with the prefix; patches only.
        layout: the order of the tokens.
        renormalize: divide by the mass that is left on patches.

    Raises:
        ShapeError: the rows are not over the layout's tokens, or not as many as the queries.
        ConfigError: a query is no patch.
    """
    skip, wanted = len(layout.prefix), (len(queries), layout.tokens)
    if rows.dim() < 2 or rows.shape[-2:] != wanted:
        raise ShapeError(
            f"{wanted[0]} rows over {wanted[1]} tokens as (... q j)",
            str(tuple(rows.shape)),
            "a row for each query",
        )
    wrong = [query for query in queries if not skip <= query < layout.tokens]
    if wrong:
        raise ConfigError(
            f"queries that are patches, from {skip} to {layout.tokens - 1}",
            str(wrong[0]),
            f"range({skip}, {layout.tokens})",
        )
    places = torch.tensor(list(queries), dtype=torch.long, device=rows.device) - skip
    distances = patch_distances(layout, device=rows.device, queries=places)
    return _weighted(rows[..., skip:], distances, renormalize)


def _weighted(patches: Tensor, distances: Tensor, renormalize: bool) -> Tensor:
    """Mean distance (... q) of weights (... q n), distances (q n)."""
    weighted = (patches * distances).sum(-1)
    if renormalize:
        weighted = weighted / patches.sum(-1).clamp_min(torch.finfo(patches.dtype).tiny)
    return weighted


def uniform_distance(layout: TokenLayout) -> float:
    """The distance in pixels of attention that is spread evenly over all patches."""
    return float(patch_distances(layout).double().mean())


def attention_entropy(attention: Tensor) -> Tensor:
    """Mean entropy of the rows in nats: (... i j) to (...); log j when uniform, 0 when on one key.

    Args:
        attention: maps whose rows sum to one.
    """
    return row_entropies(attention).mean(dim=-1)
