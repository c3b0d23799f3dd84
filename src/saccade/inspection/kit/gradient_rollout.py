"""Rollouts that ask for one class: maps weighted by the gradient of its score.

Sources: Chefer et al., "Generic Attention-model Explainability for Interpreting Bi-Modal and
Encoder-Decoder Transformers", ICCV 2021, arXiv:2103.15679, equations 5 and 6 (`generic_attention`);
the rollout of Abnar & Zuidema, arXiv:2005.00928, with heads weighted by gradients.
Axes: b images, a layer axis second, heads, i queries, j keys.
Differs: each layer is weighted with its own gradient; widespread copies pair the layers in forward
order with gradients in backward order.
"""

import torch
from torch import Tensor

from saccade.errors import ConfigError
from saccade.inspection.kit.rollout import rollout
from saccade.shapes import expect


def weighted_maps(attention: Tensor, gradients: Tensor) -> Tensor:
    """Fuse heads by what raises the score: (b t heads i j) to (b t i j), the mean of (A·∂y/∂A)⁺.

    Args:
        attention: maps A.
        gradients: of the score y of one class with regard to each map, in the order of the maps.

    Raises:
        ShapeError: the maps are not (b t heads i i), or the gradients have another shape.
    """
    expect(attention, "b t heads i j", "the attention", j=attention.shape[-2])
    names = ("b", "t", "heads", "i", "j")
    sizes = dict(zip(names, attention.shape, strict=True))
    expect(gradients, "b t heads i j", "the gradients", **sizes)
    return (attention * gradients).clamp_min(0).mean(dim=2)


def gradient_rollout(
    attention: Tensor, gradients: Tensor, *, residual: float = 0.5, start_layer: int = 0
) -> Tensor:
    """Multiply the weighted maps, each mixed with the identity, rows summing to one: (b i j).

    Args:
        attention: maps (b t heads i j).
        gradients: of the score of one class with regard to each map.
        residual: weight of the identity before rows are divided by their sums, in (0, 1).
        start_layer: first layer that takes part, counted from 0.

    Raises:
        ShapeError: the maps are not square, or the gradients have another shape.
        ConfigError: an option is out of its range.
    """
    fused = weighted_maps(attention, gradients)
    return rollout(fused[:, :, None], residual=residual, start_layer=start_layer)


def generic_attention(attention: Tensor, gradients: Tensor, *, start_layer: int = 0) -> Tensor:
    """Add what each layer passes on: R = I, then R + mean of (A·∂y/∂A)⁺ times R, layer by layer.

    Args:
        attention: maps (b t heads i j), from the first layer to the last.
        gradients: of the score of one class with regard to each map.
        start_layer: first layer that takes part, counted from 0; -1 takes the last alone.

    Returns:
        The relevance (b i j) of token j for token i; rows do not sum to one.

    Raises:
        ShapeError: the maps are not square, or the gradients have another shape.
        ConfigError: there is no such layer.
    """
    fused = weighted_maps(attention, gradients)
    depth = fused.shape[1]
    if not -depth <= start_layer < depth:
        raise ConfigError(f"start_layer from {-depth} to {depth - 1}", str(start_layer), "0")
    identity = torch.eye(fused.shape[-1], dtype=fused.dtype, device=fused.device)
    relevance = identity.expand(fused.shape[0], -1, -1)
    for layer in fused.unbind(dim=1)[start_layer % depth :]:
        relevance = relevance + layer @ relevance
    return relevance
