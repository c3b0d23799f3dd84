"""Attention rollout: how much each input token reaches each output token through all layers.

Source: Abnar & Zuidema, "Quantifying Attention Flow in Transformers", ACL 2020, arXiv:2005.00928,
section 3; head fusion by mean as in Dosovitskiy et al., arXiv:2010.11929, appendix D.8.
Axes: b images, heads, i queries, j keys; a layer axis second.
Differs: widespread copies divide columns by row sums when heads are fused by max or min; here each
row is divided by its own sum.
"""

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Literal

import torch
from torch import Tensor

from saccade.errors import ConfigError
from saccade.inspection.kit.asking import asked_row
from saccade.layers.tokens import TokenLayout
from saccade.shapes import expect

HeadFusion = Literal["mean", "max", "min"]
FUSIONS: Mapping[str, Callable[[Tensor], Tensor]] = MappingProxyType(
    {
        "mean": lambda maps: maps.mean(dim=1),
        "max": lambda maps: maps.amax(dim=1),
        "min": lambda maps: maps.amin(dim=1),
    }
)
"""Ways to make one map (b i j) of the heads of a layer (b heads i j)."""


def rollout(
    attention: Tensor,
    *,
    head_fusion: HeadFusion = "mean",
    discard_ratio: float = 0.0,
    keep: int = 1,
    keep_rows: int = 0,
    residual: float = 0.5,
    start_layer: int = 0,
) -> Tensor:
    """Multiply the layers' maps, each mixed with the identity for the residual path.

    Args:
        attention: maps (b layer heads i j) with i = j.
        head_fusion: how the heads of a layer become one map.
        discard_ratio: share of the fused map's entries, lowest first, that is set to 0 in each
            image and layer, in [0, 1). Among equal entries the later ones in row order go first.
        keep: the first `keep` columns are never discarded (1: what is read of the class token).
        keep_rows: nor the first `keep_rows` rows (1: what the class token reads).
        residual: weight of the identity, 0-1; the maps get the rest.
        start_layer: first layer that takes part, counted from 0.

    Returns:
        The rollout (b i j); each row sums to one. Row i tells what token i has read.

    Raises:
        ShapeError: the maps are not (b layer heads i i).
        ConfigError: an option is out of its range.
    """
    expect(attention, "b t heads i j", "the attention", j=attention.shape[-2])
    tokens = attention.shape[-1]
    _check(attention.shape[1], head_fusion, discard_ratio, residual, start_layer)
    for name, count in (("keep", keep), ("keep_rows", keep_rows)):
        if not 0 <= count <= tokens:
            raise ConfigError(f"{name} from 0 to {tokens}", str(count), "1")
    joined = torch.eye(tokens, dtype=attention.dtype, device=attention.device)
    joined = joined.expand(attention.shape[0], -1, -1)
    for layer in attention.unbind(dim=1)[start_layer:]:
        fused = FUSIONS[head_fusion](layer)
        if discard_ratio:
            fused = _discard(fused, discard_ratio, keep, keep_rows)
        joined = mixed(fused, residual) @ joined
    return joined


def mixed(fused: Tensor, residual: float = 0.5) -> Tensor:
    """Mix a layer's map with the identity, each row divided by its own sum: (... n n) likewise.

    Args:
        fused: one map for all heads.
        residual: weight of the identity.
    """
    both = (1 - residual) * fused
    both.diagonal(dim1=-2, dim2=-1).add_(residual)
    return both / both.sum(dim=-1, keepdim=True)


def to_grid(rows: Tensor, layout: TokenLayout, *, query: int | None = None) -> Tensor:
    """Take one query's reading of the patches as a map (b rows columns).

    Args:
        rows: a map over tokens (b i j), such as a rollout.
        layout: the order of the tokens.
        query: which token asks; when None the class token, or the mean over all patches of a model
            that has none.

    Raises:
        ShapeError: the map is not over the layout's tokens.
        ConfigError: there is no such query.
    """
    expect(rows, "b i j", "the map", i=layout.tokens, j=layout.tokens)
    row = asked_row(rows, layout, query)
    return row[:, len(layout.prefix) :].reshape(-1, *layout.grid)


def _check(
    depth: int, head_fusion: str, discard_ratio: float, residual: float, start_layer: int
) -> None:
    if head_fusion not in FUSIONS:
        raise ConfigError("head_fusion mean, max or min", repr(head_fusion), "mean")
    if not 0.0 <= discard_ratio < 1.0:
        raise ConfigError("discard_ratio in [0, 1)", str(discard_ratio), "0.9")
    if not 0.0 < residual < 1.0:
        raise ConfigError("residual in (0, 1)", str(residual), "0.5")
    if not 0 <= start_layer < depth:
        raise ConfigError(f"start_layer from 0 to {depth - 1}", str(start_layer), "0")


def _discard(fused: Tensor, ratio: float, keep: int, keep_rows: int) -> Tensor:
    flat = fused.flatten(1)
    protected = fused.clone()
    protected[:, :, :keep] = math.inf
    protected[:, :keep_rows] = math.inf
    order = protected.flatten(1).sort(dim=1, descending=True, stable=True).indices
    lowest = order[:, flat.shape[1] - int(flat.shape[1] * ratio) :]
    kept = flat.scatter(1, lowest, 0.0).view_as(fused)
    return torch.where(protected.isinf(), fused, kept)
