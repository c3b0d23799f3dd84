"""Attention rollout: how much each input token reaches each output token through all layers.

Source: Abnar & Zuidema, "Quantifying Attention Flow in Transformers", ACL 2020, arXiv:2005.00928,
section 3; head fusion by mean as in Dosovitskiy et al., arXiv:2010.11929, appendix D.8.
Axes: b images, heads, i queries, j keys; a layer axis second.
Differs: widespread copies divide columns by row sums when heads are fused by max or min; here each
row is divided by its own sum.
"""

import math
from typing import Literal

import torch
from torch import Tensor

from saccade.errors import ConfigError
from saccade.layers.tokens import TokenLayout
from saccade.shapes import expect

HeadFusion = Literal["mean", "max", "min"]


def rollout(
    attention: Tensor,
    *,
    head_fusion: HeadFusion = "mean",
    discard_ratio: float = 0.0,
    keep: int = 1,
    residual: float = 0.5,
    start_layer: int = 0,
) -> Tensor:
    """Multiply the layers' maps, each mixed with the identity for the residual path.

    Args:
        attention: maps (b layer heads i j) with i = j.
        head_fusion: how the heads of a layer become one map.
        discard_ratio: share of the fused map's entries, lowest first, that is set to 0 in each
            image and layer, in [0, 1). Among equal entries the later ones in row order go first.
        keep: the first `keep` columns are never discarded (1 keeps the class token).
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
    if not 0 <= keep <= tokens:
        raise ConfigError(f"keep from 0 to {tokens}", str(keep), "1")
    identity = torch.eye(tokens, dtype=attention.dtype, device=attention.device)
    joined = identity.expand(attention.shape[0], -1, -1)
    for layer in attention.unbind(dim=1)[start_layer:]:
        fused = _fuse(layer, head_fusion)
        if discard_ratio:
            fused = _discard(fused, discard_ratio, keep)
        mixed = (1 - residual) * fused + residual * identity
        joined = (mixed / mixed.sum(dim=-1, keepdim=True)) @ joined
    return joined


def to_grid(rows: Tensor, layout: TokenLayout, *, query: int | None = None) -> Tensor:
    """Take one query's reading of the patches as a map (b rows columns).

    Args:
        rows: a map over tokens (b i j), such as a rollout.
        layout: the order of the tokens.
        query: which token asks; when None the first prefix token, or the mean over all tokens of
            a model that has no prefix.

    Raises:
        ShapeError: the map is not over the layout's tokens.
        ConfigError: there is no such query.
    """
    expect(rows, "b i j", "the map", i=layout.tokens, j=layout.tokens)
    if query is not None and not 0 <= query < layout.tokens:
        raise ConfigError(f"a query token from 0 to {layout.tokens - 1}", str(query), "0")
    pooled = query is None and not layout.prefix
    row = rows.mean(dim=1) if pooled else rows[:, query or 0]
    return row[:, len(layout.prefix) :].reshape(-1, *layout.grid)


def _check(
    depth: int, head_fusion: str, discard_ratio: float, residual: float, start_layer: int
) -> None:
    if head_fusion not in ("mean", "max", "min"):
        raise ConfigError("head_fusion mean, max or min", repr(head_fusion), "mean")
    if not 0.0 <= discard_ratio < 1.0:
        raise ConfigError("discard_ratio in [0, 1)", str(discard_ratio), "0.9")
    if not 0.0 < residual < 1.0:
        raise ConfigError("residual in (0, 1)", str(residual), "0.5")
    if not 0 <= start_layer < depth:
        raise ConfigError(f"start_layer from 0 to {depth - 1}", str(start_layer), "0")


def _fuse(layer: Tensor, head_fusion: str) -> Tensor:
    if head_fusion == "mean":
        return layer.mean(dim=1)
    return layer.amax(dim=1) if head_fusion == "max" else layer.amin(dim=1)


def _discard(fused: Tensor, ratio: float, keep: int) -> Tensor:
    flat = fused.flatten(1)
    protected = fused.clone()
    protected[:, :, :keep] = math.inf
    order = protected.flatten(1).sort(dim=1, descending=True, stable=True).indices
    lowest = order[:, flat.shape[1] - int(flat.shape[1] * ratio) :]
    kept = flat.scatter(1, lowest, 0.0).view_as(fused)
    kept[:, :, :keep] = fused[:, :, :keep]
    return kept
