"""Transformer attribution: relevance of each map, weighted by its gradient, through all layers.

Source: Chefer, Gur, Wolf, "Transformer Interpretability Beyond Attention Visualization", CVPR 2021,
arXiv:2012.09838, equations 13 and 14; rows are not normalised, as in the released code.
Axes: b images, t layers, heads, i queries, j keys, n tokens, d features.
Differs: numbers added to the scores, as relative positions are, get no relevance, like a bias; all
is computed in float64, since the rules divide by sums that are near zero: from float32 activations
a map of published weights moved by 0.5 to 80 % of its highest entry.
"""

import torch
from einops import rearrange
from torch import Tensor, nn

from saccade.errors import ConfigError, TraceError
from saccade.explanation.answer import Answer
from saccade.explanation.block_record import BlockRecord, Passage, block_records
from saccade.explanation.precision import in_type
from saccade.explanation.relevance import (
    through_linear,
    through_mean,
    through_product,
    through_sum,
)
from saccade.explanation.token_maps import known_layout, lay
from saccade.inspection.graded import Held, gradients_of, held_maps, layout_among, plain, unrounded
from saccade.inspection.kit.gradient_rollout import generic_attention
from saccade.inspection.targets import Target, classes_of, logits_of, scores_of

_METHOD = "transformer attribution"


def transformer_attribution(
    model: nn.Module,
    images: Tensor,
    target: Target = None,
    *,
    start_layer: int = 0,
    exact: bool = True,
) -> Answer:
    """Pass relevance from a class back to every map, and join the maps over the layers.

    Args:
        model: a vision transformer of blocks with a norm before each part, in eval mode.
        images: (b c h w).
        target: a class, or one for each image; the likeliest when None.
        start_layer: first layer that takes part, counted from 0; the paper's tests of segmentation
            and perturbation leave out the first, with 1.
        exact: compute in float64, in a twin of the model; else in the model's own type, as the
            released code does.

    Returns:
        The maps; `details["relevance"]` is the sum of relevance below each block (b t), which
        stays 1 where nothing is lost.

    Raises:
        TraceError: the model is not made of such blocks.
        ConfigError: the target is a function, or there is no such class or layer.
    """
    if callable(target) and not isinstance(target, Tensor):
        raise ConfigError(
            f"a class as the target of {_METHOD}, where relevance starts",
            "a function",
            "method='generic_attention', which takes functions",
        )
    own = torch.promote_types(images.dtype, torch.float32)
    dtype = torch.float64 if exact else own
    twin = in_type(model, dtype)
    with unrounded(), block_records(twin) as passage, held_maps(twin) as held:
        logits = logits_of(twin(plain(images).to(dtype)))
        scores = scores_of(logits, target)
        size = images.shape[-2], images.shape[-1]
        layout = known_layout(
            layout_among(twin, held.maps, size),
            [tuple(x.shape) for x in held.maps],
            len(images),
            _METHOD,
        )
        gradients = gradients_of(scores, held.maps)
    with unrounded(), torch.no_grad():
        start = torch.zeros_like(logits)
        classes = classes_of(logits, target)
        if classes is not None:
            start.scatter_(1, classes[:, None], 1.0)
        rows, sums = _attributed(start, passage, held, gradients, start_layer)
    return Answer(
        map=lay(rows, layout).to(own),
        logits=logits.detach().to(images.dtype),
        scores=scores.detach().to(images.dtype),
        classes=classes,
        layout=layout,
        layers=tuple(held.names[start_layer:]),
        details={"relevance": sums.to(own)},
    )


def _attributed(
    start: Tensor, passage: Passage, held: Held, gradients: list[Tensor], start_layer: int
) -> tuple[Tensor, Tensor]:
    """What the answer's tokens get of all tokens (b j), and the relevance below blocks (b t)."""
    if len(passage.blocks) != len(held.maps):
        raise _foreign(f"{len(held.maps)} maps of {len(passage.blocks)} such blocks")
    active = gradients[-1].abs().sum(dim=(1, 3)) > 0
    relevance = _through_head(start, passage, active)
    maps, sums = _through_blocks(relevance, passage.blocks, held)
    fused = torch.stack(maps, dim=1), torch.stack(gradients, dim=1)
    joined = generic_attention(*fused, start_layer=start_layer)
    share = active.to(joined) / active.sum(dim=1, keepdim=True).clamp_min(1)
    return torch.einsum("bi,bij->bj", share, joined), torch.stack(sums, dim=1)


def _through_head(start: Tensor, passage: Passage, active: Tensor) -> Tensor:
    """Pass relevance (b classes) back to the tokens of the last block (b n d)."""
    relevance = through_linear(start, passage.features, passage.head.weight)
    if passage.hidden is not None:
        relevance = through_linear(relevance, passage.hidden[1], passage.hidden[0].weight)
    count = active.sum(dim=1)[:, None]
    mean = (passage.tokens * active[..., None]).sum(dim=1) / count.clamp_min(1)
    if not bool(count.all()) or not torch.allclose(mean, passage.pooled, atol=1e-4, rtol=1e-3):
        raise _foreign("an answer made otherwise than of one token or a mean of tokens")
    return through_mean(relevance, passage.tokens, active)


def _through_blocks(
    relevance: Tensor, blocks: list[BlockRecord], held: Held
) -> tuple[list[Tensor], list[Tensor]]:
    """Pass relevance (b n d) back through all blocks; give that of each map, and its sums (b)."""
    found: list[Tensor] = []
    sums: list[Tensor] = []
    for block, reading, weights in zip(
        reversed(blocks), reversed(held.readings), reversed(held.maps), strict=True
    ):
        parts = block.operands(reading, weights.detach())
        stay, branch = through_sum(relevance, block.middle, block.second)
        branch = through_linear(branch, block.hidden, block.fc2)
        relevance = stay + through_linear(branch, block.normed2, block.fc1)
        stay, branch = through_sum(relevance, block.given, block.first)
        branch = through_linear(branch, block.mixed, block.proj)
        own, map_ = _through_attention(branch, block, parts, weights.detach())
        relevance = stay + own
        found.append(map_)
        sums.append(relevance.sum(dim=(1, 2)))
    return found[::-1], sums[::-1]


def _through_attention(
    relevance: Tensor, block: BlockRecord, parts: tuple[Tensor, Tensor, Tensor], weights: Tensor
) -> tuple[Tensor, Tensor]:
    """Pass relevance of mixed values (b n d) back to the normed tokens, and to the map."""
    split = rearrange(relevance, "b n (m d) -> b m n d", m=weights.shape[1])
    map_, values = through_product(split, weights, parts[2])
    queries, keys = through_product(map_, parts[0], parts[1].mT)
    whole = torch.stack([queries, keys.mT, values])
    back = rearrange(whole, "t b m n d -> b n (t m d)")
    return through_linear(back, block.normed1, block.qkv), map_


def _foreign(got: str) -> TraceError:
    return TraceError(
        f"blocks x + attn(norm1(x)), x + mlp(norm2(x)) and a linear head, for {_METHOD}",
        got,
        "method='generic_attention', which needs no rules for layers, or 'gradcam'",
    )
