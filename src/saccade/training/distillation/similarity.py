"""How alike the class token and the distillation token are, through the depth of a model.

Source: Touvron et al., "Training data-efficient image transformers & distillation through
attention", ICML 2021, arXiv:2012.12877, section 4: the learned tokens of their model have a cosine
of 0.06, which rises from block to block to 0.93 after the last, "but still lower than 1".
Axes: b batch, c channels, h height, w width, d features.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from saccade.errors import ConfigError
from saccade.models.deit import DistilledDeiT
from saccade.training.evaluate import evaluating


@dataclass(frozen=True, slots=True)
class Similarity:
    """How alike the two tokens are at one place.

    Args:
        place: "tokens" as they were learned, without positions; "block 1" and so on; "norm", what
            the heads see.
        cosine: mean over the images, -1 to 1.
        spread: standard deviation over the images; 0 for the learned tokens.
    """

    place: str
    cosine: float
    spread: float


@torch.no_grad()
def head_similarity(model: DistilledDeiT, images: Tensor) -> tuple[Similarity, ...]:
    """Measure the cosine of class and distillation token through the depth of a model.

    Args:
        model: left in the mode it was in.
        images: (b c h w), normalised for the model.

    Raises:
        ConfigError: the model has no distillation token.
    """
    if not isinstance(model, DistilledDeiT):
        name = getattr(model, "name", "") or type(model).__name__
        example = "deit_tiny_distilled_patch16_224"
        raise ConfigError("a model with a distillation token", name, example)
    learned = [token for token in (model.cls_token, model.dist_token) if token is not None]
    found = [_alike("tokens", torch.cat(tuple(learned), dim=1))]
    with evaluating(model):
        x = images
        for depth, x in enumerate(model.walk(images), start=1):
            found.append(_alike(f"block {depth}", x))
        found.append(_alike("norm", model.finish(x)))
    return tuple(found)


def _alike(place: str, tokens: Tensor) -> Similarity:
    """Compare the first two of the tokens (b n d)."""
    cosines = F.cosine_similarity(tokens[:, 0].float(), tokens[:, 1].float(), dim=1)
    return Similarity(place, cosines.mean().item(), cosines.std(correction=0).item())
