"""Gradient-weighted rollout: a rollout of what raises the score.

Source: the rollout of Abnar & Zuidema, arXiv:2005.00928, whose heads are fused by the mean of
(A·∂y/∂A)⁺; each layer is weighted with its own gradient.
Axes: b images, t layers, heads, i queries, j keys.
"""

import torch
from torch import Tensor, nn

from saccade.explanation.answer import Answer
from saccade.explanation.token_maps import TokenMaps, check_gradients, lay, token_maps
from saccade.inspection.graded import unrounded
from saccade.inspection.kit.gradient_rollout import gradient_rollout
from saccade.inspection.targets import Target


def grad_rollout(
    model: nn.Module,
    images: Tensor,
    target: Target = None,
    *,
    residual: float = 0.5,
    start_layer: int = 0,
) -> Answer:
    """Roll out maps that are weighted with the gradient of the score.

    Args:
        model: in eval mode.
        images: (b c h w).
        target: what is asked about; the likeliest class when None.
        residual: weight of the identity, in (0, 1).
        start_layer: first layer that takes part, counted from 0.

    Raises:
        TraceError: the layers are not maps of the same tokens, or the score depends on none.
        ConfigError: an option is out of its range.
    """
    maps = token_maps(model, images, target, "gradient-weighted rollout")
    check_gradients(maps.graded, "gradient-weighted rollout")
    with unrounded():
        joined = gradient_rollout(
            maps.attention, maps.gradients, residual=residual, start_layer=start_layer
        )
        return answer_of(maps, joined, start_layer)


def answer_of(maps: TokenMaps, joined: Tensor, start_layer: int) -> Answer:
    """Read the answer's tokens off what was joined over the layers (b i j) from one of them on."""
    first = start_layer % maps.attention.shape[1]
    if maps.asks is None:
        grid = maps.on_grid(joined)
    else:
        weights, gradient = maps.asks
        asked = (weights * gradient).clamp_min(0).mean(dim=1)[:, 0]
        grid = lay(torch.einsum("bi,bij->bj", asked, joined), maps.layout)
    return Answer(
        map=grid,
        logits=maps.graded.logits,
        scores=maps.graded.scores,
        classes=maps.graded.classes,
        layout=maps.layout,
        layers=maps.names[first:],
    )
