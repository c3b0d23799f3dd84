"""One call for every way of explaining: which part of each image made the model answer so.

Methods that follow attention need layers in which the same tokens read each other; they say so
where a model has none. Each method stands in a file of its own, with its source.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import Tensor, nn

from saccade import __version__
from saccade.attention.reading import fine
from saccade.errors import ConfigError, TraceError
from saccade.explanation.answer import Answer
from saccade.explanation.attention_rollout import attention_rollout
from saccade.explanation.captum_methods import (
    Attributor,
    attributed,
    integrated_gradients,
    occlusion,
)
from saccade.explanation.explanation import Explanation
from saccade.explanation.generic_attention import generic_attention
from saccade.explanation.grad_rollout import grad_rollout
from saccade.explanation.gradcam import gradcam
from saccade.explanation.honesty import Effort, examine
from saccade.explanation.legrad import legrad
from saccade.explanation.raw_attention import raw_attention
from saccade.explanation.transformer_attribution import transformer_attribution
from saccade.explanation.views import Cut, Prepares, prepared
from saccade.inspection.frames import original
from saccade.inspection.targets import Target, check_settled, classes_of
from saccade.shapes import expect, expect_dtype
from saccade.table import Table

METHODS: Table[Callable[..., Answer]] = Table(
    "method",
    {
        "rollout": attention_rollout,
        "raw_attention": raw_attention,
        "grad_rollout": grad_rollout,
        "generic_attention": generic_attention,
        "transformer_attribution": transformer_attribution,
        "gradcam": gradcam,
        "legrad": legrad,
        "integrated_gradients": integrated_gradients,
        "occlusion": occlusion,
    },
)
Pictures = Tensor | Sequence[str | Path | Image.Image]


def explain(
    model: nn.Module | Prepares,
    images: Pictures,
    *,
    method: str | Attributor = "generic_attention",
    target: Target = None,
    options: Mapping[str, Any] | None = None,
    batch_size: int = 8,
    honest: bool | Effort = True,
) -> Explanation:
    """Tell which part of each image made a model answer as it does.

    The model stays as it is: nothing is left behind in it, also after an error.

    Args:
        model: any classifier in eval mode, or a predictor, as `saccade.load` gives one.
        images: (b c h w) as the model wants them; for a predictor also pictures: paths or images.
        method: one of `METHODS`, or an attributor of captum's.
        target: a class index, one for each image, a function from logits (b classes) to numbers
            (b), or None for the likeliest class of each image.
        options: of the method, by name, such as {"start_layer": 6}.
        batch_size: images at a time.
        honest: test the maps and keep the result as `belief`; an `Effort` says how thoroughly,
            False leaves it out. It costs about ninety forward passes an image.

    Returns:
        The maps on the grid of the patches; `upsampled()` stretches them over the image.

    Raises:
        UnknownName: there is no such method.
        ConfigError: the model is training, or an option or a target cannot be.
        TraceError: the method is not defined for this model; the reason is told.
        MissingExtra: the method needs captum, which is not installed.

    Example:
        >>> import torch, saccade
        >>> model = saccade.create_model("vit_pico_patch2_8").eval()
        >>> found = saccade.explain(model, torch.zeros(2, 3, 8, 8), method="rollout")
        >>> tuple(found.map.shape), tuple(found.upsampled().shape)
        ((2, 4, 4), (2, 8, 8))
    """
    chosen = dict(options or {})
    run, name = _method(method, chosen)
    cut = prepared(model, images)
    inner = cut.model
    check_settled(original(inner))
    expect(cut.images, "b c h w", "the images")
    expect_dtype(cut.images, "floats", "the images")
    if batch_size < 1 or not len(cut.images):
        raise ConfigError(
            "images, and batch_size of at least 1",
            f"{len(cut.images)} images and batch_size={batch_size}",
            "images (b c h w)",
        )

    def ask(model: nn.Module, images: Tensor, target: Target) -> list[Answer]:
        return [
            run(model, some, _part(target, first, len(some), len(images)), **chosen)
            for first, some in _split(images, batch_size)
        ]

    found = _joined(ask(inner, cut.images, target), name, cut, chosen)
    if honest is False:
        return found
    asked = classes_of(found.logits, target)
    fixed = target if asked is None else asked

    def again(other: nn.Module, images: Tensor) -> Tensor:
        if other is not inner and not isinstance(method, str):
            raise TraceError("a method by name", "an attributor that holds its model", "its name")
        return torch.cat([answer.map.float() for answer in ask(other, images, fixed)])

    classes = found.logits.argmax(dim=1) if asked is None else asked
    effort = honest if isinstance(honest, Effort) else Effort()
    return replace(found, belief=examine(inner, cut.images, found.map, classes, again, effort))


def _method(
    method: str | Attributor, options: Mapping[str, Any]
) -> tuple[Callable[..., Answer], str]:
    if isinstance(method, str):
        function = METHODS[method]
        known = Table("option", {k: k for k in list(inspect.signature(function).parameters)[3:]})
        for name in options:
            _ = known[name]
        return function, method
    if not callable(getattr(method, "attribute", None)):
        raise ConfigError(
            f"a method out of {', '.join(METHODS)}, or an attributor of captum's",
            type(method).__name__,
            "method='generic_attention'",
        )
    if options:
        raise ConfigError("no options beside an attributor", str(list(options)), "options={}")
    return (lambda *given: attributed(method, *given)), type(method).__name__


def _split(images: Tensor, size: int) -> list[tuple[int, Tensor]]:
    return [(first, images[first : first + size]) for first in range(0, len(images), size)]


def _part(target: Target, first: int, count: int, whole: int) -> Target:
    """What is asked about some of the images."""
    if target is None or isinstance(target, int) or (callable(target) and not _many(target)):
        return target
    listed = torch.as_tensor(target)
    if listed.dim() == 1 and len(listed) != whole:
        raise ConfigError(f"a class for each of {whole} images", str(len(listed)), "target=None")
    return listed[first : first + count] if listed.dim() == 1 else listed


def _many(target: object) -> bool:
    return isinstance(target, Tensor | list | tuple)


def _joined(answers: list[Answer], name: str, cut: Cut, options: Mapping[str, Any]) -> Explanation:
    first = answers[0]
    pixels = [answer.pixels for answer in answers if answer.pixels is not None]
    classes = [answer.classes for answer in answers if answer.classes is not None]
    own = getattr(original(cut.model), "name", None) or type(original(cut.model)).__name__
    provenance = {
        "saccade": __version__,
        "torch": torch.__version__,
        "model": str(own),
        "method": name,
        "options": dict(options),
        "layers": list(first.layers),
        "layout": first.layout.to_dict() if first.layout else None,
        "size": list(cut.images.shape[-2:]),
        "notes": list(first.notes),
    }
    return Explanation(
        map=torch.cat([fine(answer.map) for answer in answers]),
        method=name,
        target=torch.cat(classes) if classes else None,
        logits=torch.cat([answer.logits for answer in answers]),
        scores=torch.cat([answer.scores for answer in answers]),
        size=(cut.images.shape[-2], cut.images.shape[-1]),
        provenance=provenance,
        pixels=torch.cat(pixels) if pixels else None,
        layout=first.layout,
        names=cut.names,
        geometries=cut.geometries,
        details={
            key: torch.cat([answer.details[key] for answer in answers]) for key in first.details
        },
    )
