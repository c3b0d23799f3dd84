"""How far a head looks, and how widely it spreads.

Source: Dosovitskiy et al., arXiv:2010.11929, figure 7 right and figure 11: the attention-weighted
mean of the Euclidean distance between query and key patches, in pixels, averaged over queries.
Axes: any leading axes, then i queries and j keys.
"""

import torch
from torch import Tensor

from saccade.errors import ShapeError
from saccade.layers.tokens import TokenLayout


def patch_distances(layout: TokenLayout, *, device: torch.device | None = None) -> Tensor:
    """Euclidean distances in pixels between the centres of all patches (n n)."""
    rows, columns = layout.grid
    y, x = torch.meshgrid(
        torch.arange(rows, dtype=torch.float32, device=device) * layout.patch[0],
        torch.arange(columns, dtype=torch.float32, device=device) * layout.patch[1],
        indexing="ij",
    )
    points = torch.stack([y.flatten(), x.flatten()], dim=1)
    return (points[:, None] - points[None]).square().sum(-1).sqrt()


def attention_distance(
    attention: Tensor, layout: TokenLayout, *, renormalize: bool = False
) -> Tensor:
    """Mean attention distance in pixels: (... i j) to (...).

    Args:
        attention: maps over all tokens, whose rows sum to one.
        layout: the order of the tokens; rows and columns of prefix tokens are dropped.
        renormalize: divide by the mass that is left on patches. The paper does not say; the public
            code for its figure does not, which shrinks the distance by the mass on the class token.

    Raises:
        ShapeError: the maps are not over the layout's tokens.
    """
    if attention.dim() < 2 or attention.shape[-2:] != (layout.tokens, layout.tokens):
        raise ShapeError(
            f"maps over {layout.tokens} tokens as (... i j)",
            str(tuple(attention.shape)),
            "the layout of the model that made them",
        )
    skip = len(layout.prefix)
    patches = attention[..., skip:, skip:]
    weighted = (patches * patch_distances(layout, device=attention.device)).sum(-1)
    if renormalize:
        weighted = weighted / patches.sum(-1).clamp_min(torch.finfo(patches.dtype).tiny)
    return weighted.mean(-1)


def uniform_distance(layout: TokenLayout) -> float:
    """The distance in pixels of attention that is spread evenly over all patches."""
    return float(patch_distances(layout).double().mean())


def attention_entropy(attention: Tensor) -> Tensor:
    """Mean entropy of the rows in nats: (... i j) to (...); log j when uniform, 0 when on one key.

    Args:
        attention: maps whose rows sum to one.
    """
    return torch.special.entr(attention).sum(-1).mean(-1)
