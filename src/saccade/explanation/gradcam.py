"""Grad-CAM: activations of one layer, weighted by how much each channel raises the score.

For a class token the layer must stand before the last attention: behind it the score no longer
depends on any patch. So the layer is what the last attention is given, unless another is named.

Source: Selvaraju et al., "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based
Localization", ICCV 2017, arXiv:1610.02391, equations 1 and 2.
Axes: b images, c channels, h rows, w columns.
"""

from typing import Literal

import torch
from torch import Tensor, nn

from saccade.errors import ConfigError, TraceError
from saccade.explanation.activations import Spot, gridded, leaf_at, tokens_of, usual_spot
from saccade.explanation.answer import Answer
from saccade.explanation.token_maps import check_gradients, known_layout, readers_among
from saccade.inspection.frames import original
from saccade.inspection.graded import graded, gradients_of, plain, unrounded
from saccade.inspection.targets import Target, classes_of, logits_of, scores_of


def gradcam(
    model: nn.Module,
    images: Tensor,
    target: Target = None,
    *,
    layer: str | None = None,
    of: Literal["activations", "attention"] = "activations",
) -> Answer:
    """Weight the channels of a layer with the mean of their gradients, and keep what is positive.

    Args:
        model: any, in eval mode.
        images: (b c h w).
        target: what is asked about; the likeliest class when None.
        layer: name of the module whose output is taken; what the last attention is given, or the
            last map of a model without attention over tokens, when None.
        of: "attention" weights the heads of the last map in place of channels: the baseline that
            Chefer et al. call Grad-CAM (arXiv:2012.09838, section 4).

    Raises:
        TraceError: the layer gives no map of the image, or no patch of it moves the score.
        UnknownName: there is no such layer.
        ConfigError: `of` is neither, or there is a layer beside "attention".
    """
    if of not in ("activations", "attention") or (of == "attention" and layer is not None):
        got = f"of={of!r} and layer={layer!r}"
        raise ConfigError(
            "of activations, or of attention without a layer", got, "of='activations'"
        )
    if of == "attention":
        return _of_heads(model, images, target)
    spot = usual_spot(model, images) if layer is None else Spot(layer)
    if spot is None:
        raise _no_map(model, "none")
    with leaf_at(model, spot) as found:
        logits = logits_of(model(plain(images)))
        scores = scores_of(logits, target)
        if not found:
            raise _no_map(model, f"{spot}, which is not called itself")
        (gradient,) = gradients_of(scores, found[-1:])
    activations, slopes = (gridded(x.detach(), images, model) for x in (found[-1], gradient))
    if activations is None or slopes is None:
        raise _no_map(model, f"{spot} of shape {tuple(found[-1].shape)}")
    if not bool(slopes.any()):
        raise _still(model, images, spot)
    weights = slopes.mean(dim=(2, 3), keepdim=True)  # eq. 1
    return Answer(
        map=(weights * activations).sum(dim=1).clamp_min(0),  # eq. 2
        logits=logits.detach(),
        scores=scores.detach(),
        classes=classes_of(logits.detach(), target),
        layout=tokens_of(model, images),
        layers=(str(spot),),
    )


def _of_heads(model: nn.Module, images: Tensor, target: Target) -> Answer:
    """Weight the heads of the last map, in the rows of the answer's tokens."""
    found = graded(model, images, target, layers=[-1])
    last = found.layers[0]
    layout = known_layout(found.layout, [tuple(last.map.shape)], len(images), "Grad-CAM")
    check_gradients(found, "Grad-CAM of attention")
    readers = readers_among(last.gradient, layout)
    with unrounded():
        rows, slopes = (
            torch.einsum("bi,bmij->bmj", readers, x)[:, :, len(layout.prefix) :]
            for x in (last.map, last.gradient)
        )
    heads = (rows * slopes.mean(dim=2, keepdim=True)).mean(dim=1).clamp_min(0)
    return Answer(
        map=heads.reshape(-1, *layout.grid),
        logits=found.logits,
        scores=found.scores,
        classes=found.classes,
        layout=layout,
        layers=(last.name,),
    )


def _still(model: nn.Module, images: Tensor, spot: Spot) -> TraceError:
    usual = usual_spot(model, images)
    better = "a trained head" if usual is None or usual == spot else f"layer=None, for {usual}"
    return TraceError(
        "a layer whose patches move the score, before the last attention of a model with a class "
        "token",
        f"{spot}, where the gradients of all patches are zero",
        better,
    )


def _no_map(model: nn.Module, got: str) -> TraceError:
    return TraceError(
        f"a layer of {type(original(model)).__name__} that gives a map of the image",
        got,
        "layer= of one block or convolution, such as layer4.1",
    )
