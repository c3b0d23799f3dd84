"""Methods that captum has: integrated gradients, occlusion, and any other of its attributors.

Sources: Sundararajan, Taly, Yan, "Axiomatic Attribution for Deep Networks", ICML 2017,
arXiv:1703.01365, section 3; Zeiler & Fergus, "Visualizing and Understanding Convolutional
Networks", ECCV 2014, arXiv:1311.2901, section 4.2.
Axes: b images, c channels, h rows, w columns.
Differs: attributions of channels are added up, and those of the pixels of a patch too, so that maps
    of integrated gradients add up to the score less that of the baseline. Maps of occlusion are the
    fall of the score itself, averaged over the squares that cover a pixel, and over a patch.
"""

import inspect
from collections.abc import Callable
from importlib import import_module
from typing import Any, Protocol, runtime_checkable

import torch
from torch import Tensor, nn
from torch.nn import functional

from saccade.errors import ConfigError, MissingExtra, TraceError
from saccade.explanation.activations import gridded, tokens_of
from saccade.explanation.answer import Answer
from saccade.inspection.graded import plain
from saccade.inspection.targets import Target, classes_of, logits_of, scores_of
from saccade.layers.tokens import TokenLayout


@runtime_checkable
class Attributor(Protocol):
    """What captum's attributors have in common."""

    def attribute(self, inputs: Tensor, *, target: Tensor | None = None) -> Tensor:
        """Attribute the output of a model to its inputs, or to a layer."""


def integrated_gradients(
    model: nn.Module,
    images: Tensor,
    target: Target = None,
    *,
    steps: int = 50,
    baseline: float = 0.0,
) -> Answer:
    """Add up gradients on the straight way from a plain image to this one.

    Args:
        model: any, in eval mode.
        images: (b c h w).
        target: what is asked about; the likeliest class when None.
        steps: points on the way, 1 or more.
        baseline: of all pixels of the plain image, after normalisation; 0 is the mean colour.

    Raises:
        MissingExtra: captum is not installed.
        ConfigError: there are no steps, or there is no such class.
    """
    if steps < 1:
        raise ConfigError("steps of 1 or more", str(steps), "steps=50")
    attr = _captum()
    forward, classes, logits = _asked(model, images, target)
    method = attr.IntegratedGradients(forward)
    with torch.inference_mode(False), torch.enable_grad():
        found = method.attribute(
            plain(images).detach().requires_grad_(),
            baselines=baseline,
            target=classes,
            n_steps=steps,
            internal_batch_size=max(len(images), 16),
        )
    return _answer(found, model, images, logits, target)


def occlusion(
    model: nn.Module,
    images: Tensor,
    target: Target = None,
    *,
    window: int | None = None,
    stride: int | None = None,
    baseline: float = 0.0,
) -> Answer:
    """Cover one square after the other, and see by how much the score falls.

    Args:
        model: any, in eval mode.
        images: (b c h w).
        target: what is asked about; the likeliest class when None.
        window: side of the square in pixels; that of a patch, or an eighth of the image, when None.
        stride: pixels from one square to the next; the window's side when None.
        baseline: of the pixels of the square, after normalisation.

    Raises:
        MissingExtra: captum is not installed.
        ConfigError: the square does not fit, or there is no such class.
    """
    layout, channels = tokens_of(model, images), images.shape[1]
    patch = layout.patch if layout else (images.shape[-2] // 8 or 1, images.shape[-1] // 8 or 1)
    sides = patch if window is None else (window, window)
    steps = sides if stride is None else (stride, stride)
    fits = all(1 <= side <= size for side, size in zip(sides, images.shape[-2:], strict=True))
    if not fits or not all(1 <= step <= side for step, side in zip(steps, sides, strict=True)):
        raise ConfigError(
            "a window inside the image and a stride of at most its side",
            f"window {sides} and stride {steps}",
            "window=None",
        )
    attr = _captum()
    forward, classes, logits = _asked(model, images, target)
    with torch.no_grad():
        found = attr.Occlusion(forward).attribute(
            plain(images),
            sliding_window_shapes=(channels, *sides),
            strides=(channels, *steps),
            baselines=baseline,
            target=classes,
        )
    return _answer(found[:, :1], model, images, logits, target, mean=True)


def attributed(
    attributor: Attributor, model: nn.Module, images: Tensor, target: Target = None
) -> Answer:
    """Ask an attributor of captum's, made by the caller for this model.

    Args:
        attributor: made with the model or a function of it.
        model: in eval mode; gives the logits.
        images: (b c h w).
        target: a class, one for each image, or None for the likeliest.

    Raises:
        ConfigError: the target is a function.
        TraceError: the attribution does not lie over the image.
    """
    _, classes, logits = _asked(model, images, target)
    if classes is None:
        raise ConfigError(
            "a class as the target of an attributor",
            "a function",
            "that function around the model, when the attributor is made",
        )
    _check_called(attributor)
    with torch.inference_mode(False), torch.enable_grad():
        found = attributor.attribute(plain(images).detach().requires_grad_(), target=classes)
    answer = _answer(found, model, images, logits, target)
    if answer.pixels is None and not answer.map.any():
        raise TraceError(
            "an attribution that is not zero on every patch",
            f"zeros from {type(attributor).__name__}",
            "a layer before the last attention, such as what the last block is given",
        )
    return answer


def _check_called(attributor: Attributor) -> None:
    """Refuse an attributor that asks for more than images and classes."""
    known = inspect.signature(attributor.attribute).parameters
    some = any(one.kind is one.VAR_KEYWORD for one in known.values())
    free = [name for name, one in known.items() if one.default is one.empty][1:]
    needed = [n for n in free if n != "target" and known[n].kind is known[n].POSITIONAL_OR_KEYWORD]
    if needed or not (some or "target" in known):
        raise ConfigError(
            "an attributor that is asked by attribute(images, target=classes)",
            f"{type(attributor).__name__}, which "
            + (f"needs {needed[0]} as well" if needed else "takes no target"),
            "an object whose attribute(inputs, *, target) calls it with its options",
        )


def _captum() -> Any:  # noqa: ANN401
    try:
        return import_module("captum.attr")
    except ImportError as error:
        raise MissingExtra(
            "captum for integrated_gradients and occlusion",
            str(error).partition("\n")[0],
            "pip install 'saccade[explain]'",
        ) from error


def _asked(
    model: nn.Module, images: Tensor, target: Target
) -> tuple[Callable[[Tensor], Tensor], Tensor | None, Tensor]:
    """What captum asks: a function, the class of each image, and the logits as they are."""
    with torch.no_grad():
        logits = logits_of(model(images))
    classes = classes_of(logits, target)
    if classes is None:
        return lambda x: scores_of(logits_of(model(x)), target), None, logits
    return lambda x: logits_of(model(x)), classes, logits


def _answer(
    found: object,
    model: nn.Module,
    images: Tensor,
    logits: Tensor,
    target: Target,
    *,
    mean: bool = False,
) -> Answer:
    """Add channels up, and pixels of patches, or take the mean of a patch."""
    found = found[0] if isinstance(found, tuple) else found
    layout, pixels = tokens_of(model, images), None
    if isinstance(found, Tensor) and found.shape[2:] == images.shape[2:] and found.dim() == 4:
        pixels = found.detach().sum(dim=1)
        map_ = _patched(pixels, layout, mean=mean)
    else:
        lying = None if _over_features(found) else gridded(found, images, model)
        if lying is None:
            raise TraceError(
                "an attribution over the image or its patches",
                str(tuple(found.shape)) if isinstance(found, Tensor) else type(found).__name__,
                "method='gradcam' or captum.attr.LayerGradientXActivation, for a layer of tokens"
                if _over_features(found)
                else "an attributor of inputs, or of a layer that gives tokens or a map",
            )
        map_ = lying.detach().sum(dim=1)
    return Answer(
        map=map_,
        logits=logits,
        scores=scores_of(logits, target),
        classes=classes_of(logits, target),
        layout=layout,
        pixels=pixels,
    )


def _over_features(found: object) -> bool:
    """Tell what LayerGradCam makes of tokens (b n d): it takes them for channels, (b 1 d)."""
    return isinstance(found, Tensor) and found.dim() == 3 and found.shape[1] == 1


def _patched(pixels: Tensor, layout: TokenLayout | None, *, mean: bool) -> Tensor:
    """Add up the pixels of each patch (b h w); the pixels themselves without a grid of patches."""
    if layout is None or tuple(layout.img_size) != tuple(pixels.shape[1:]):
        return pixels
    height, width = layout.patch
    return functional.avg_pool2d(pixels[:, None], layout.patch)[:, 0] * (
        1 if mean else height * width
    )
