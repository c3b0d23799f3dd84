"""Generic attention: relevance that every layer passes on, weighted by gradients.

Source: Chefer, Gur, Wolf, "Generic Attention-model Explainability for Interpreting Bi-Modal and
Encoder-Decoder Transformers", ICCV 2021, arXiv:2103.15679, equations 5 and 6.
Axes: b images, t layers, heads, i queries, j keys.
"""

from torch import Tensor, nn

from saccade.explanation.answer import Answer
from saccade.explanation.grad_rollout import answer_of
from saccade.explanation.token_maps import check_gradients, token_maps
from saccade.inspection.graded import unrounded
from saccade.inspection.kit.gradient_rollout import generic_attention as added_up
from saccade.inspection.targets import Target


def generic_attention(
    model: nn.Module, images: Tensor, target: Target = None, *, start_layer: int = 0
) -> Answer:
    """Start from the identity and add, layer by layer, the mean of (A·∂y/∂A)⁺ times what was there.

    Args:
        model: in eval mode.
        images: (b c h w).
        target: what is asked about; the likeliest class when None.
        start_layer: first layer that takes part, counted from 0; -1 takes the last alone.

    Raises:
        TraceError: the layers are not maps of the same tokens, or the score depends on none.
        ConfigError: there is no such layer.
    """
    maps = token_maps(model, images, target, "generic attention")
    check_gradients(maps.graded, "generic attention")
    with unrounded():
        joined = added_up(maps.attention, maps.gradients, start_layer=start_layer)
        return answer_of(maps, joined, start_layer)
