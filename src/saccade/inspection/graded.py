"""The maps of a pass with their gradients: how each weight of attention moves one number.

The pass computes with maps that are made explicitly, so that each can be differentiated, whatever
kernel the model would use. Before the first layer that is asked for nothing is kept for a gradient.

Axes: b images, heads, i queries, j keys.
"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor, nn

from saccade.attention.fused_reading import Fused
from saccade.attention.reading import Reading
from saccade.errors import TraceError
from saccade.inspection.frames import Frames, Run, original
from saccade.inspection.interception import Interception
from saccade.inspection.request import Request
from saccade.inspection.structure import layout_of
from saccade.inspection.targets import Target, classes_of, logits_of, scores_of
from saccade.layers.tokens import TokenLayout


@dataclass(frozen=True, slots=True)
class GradedMap:
    """The map of one layer and its gradient.

    Args:
        name: of the layer.
        map: (b heads i j); windows of an image stand among the images.
        gradient: of the score with regard to the map (b heads i j).
    """

    name: str
    map: Tensor
    gradient: Tensor


@dataclass(frozen=True, slots=True)
class Graded:
    """What a model answered, and the maps it did so with.

    Args:
        logits: (b classes).
        scores: what was asked about (b).
        classes: the class of each image (b); None where a function was asked.
        layers: in the order in which the model ran them.
        layout: of the tokens, where it is known.
    """

    logits: Tensor
    scores: Tensor
    classes: Tensor | None
    layers: tuple[GradedMap, ...]
    layout: TokenLayout | None


@dataclass(slots=True)
class Held:
    """Maps of one pass that a gradient can be taken of.

    Args:
        names: of the layers.
        maps: (b heads i j), in the graph of what the model gives.
        readings: what went into each fused kernel, without a gradient; None for others.
    """

    names: list[str] = field(default_factory=list)
    maps: list[Tensor] = field(default_factory=list)
    readings: list[Fused | None] = field(default_factory=list)


class _Holder:
    """Puts explicit maps in the place of those that a request wants."""

    def __init__(self, wants: Request, count: int | None, held: Held) -> None:
        self._request, self._count, self._held = wants, count, held

    def begin(self, run: Run) -> AbstractContextManager[object]:
        """See the attention of a pass."""
        seen = 0

        def visit(reading: Reading, run: Run) -> Tensor | None:
            nonlocal seen
            name = run.frame.name or "attention"
            call, number = run.count(name), seen
            seen += 1
            if not self._request.wants(number, name, self._count):
                return None
            torch.set_grad_enabled(True)
            with unrounded():
                rows = reading.rows()
            if not rows.requires_grad:
                rows = rows.detach().requires_grad_()
            self._held.names.append(f"{name} (call {call + 1})" if call else name)
            self._held.maps.append(rows)
            self._held.readings.append(_still(reading))
            return rows

        return Interception(run, visit)

    def end(self, run: Run, *, whole: bool) -> None:
        """Nothing is left to do."""


@contextmanager
def held_maps(model: nn.Module, *, layers: Sequence[int | str] | None = None) -> Iterator[Held]:
    """Let a model compute with maps that a gradient can be taken of, for one pass.

    Inside the block gradients are off until the first layer that is wanted runs, and on from there.

    Args:
        model: any; layers counted from the end are not known here.
        layers: numbers from 0, or patterns of names; all when None.

    Yields:
        The maps, as the model makes them.
    """
    held = Held()
    holder = _Holder(Request(layers=layers), None, held)
    with torch.inference_mode(False), torch.no_grad(), Frames(model, holder):
        yield held


def graded(
    model: nn.Module,
    images: Tensor,
    target: Target = None,
    *,
    layers: Sequence[int | str] | None = None,
) -> Graded:
    """Run a model once, and take the gradient of a score with regard to its maps.

    Args:
        model: any, in eval mode; its attention is seen where torch computes it.
        images: (b c h w).
        target: a class, one for each image, a function from logits (b classes) to scores (b), or
            None for the likeliest class of each image.
        layers: numbers, from 0 or negative from the end, or patterns of names such as "blocks.1*";
            all when None. Memory is taken from the first of them on only.

    Raises:
        TraceError: no such layer was seen, or the score does not depend on any map.
        ConfigError: there is no such class.
    """
    wanted = _from_the_start(model, images, layers)
    with held_maps(model, layers=wanted) as held:
        logits = logits_of(model(plain(images)))
        if not held.maps:
            raise nothing_held(model, layers)
        scores = scores_of(logits, target)
        gradients = gradients_of(scores, held.maps)
    pairs = zip(held.names, held.maps, gradients, strict=True)
    done = tuple(GradedMap(name, map_.detach(), grad) for name, map_, grad in pairs)
    sides = images.shape[-2], images.shape[-1]
    return Graded(
        logits.detach(),
        scores.detach(),
        classes_of(logits.detach(), target),
        done,
        layout_among(model, held.maps, sides),
    )


def gradients_of(scores: Tensor, parts: Sequence[Tensor], *, keep: bool = False) -> list[Tensor]:
    """Take the gradient of each image's score with regard to parts of its pass; zeros where none.

    Args:
        scores: (b), each of its own image.
        parts: tensors of the graph.
        keep: keep the graph for another gradient.

    Raises:
        TraceError: the score does not depend on any of them.
    """
    if not scores.requires_grad:
        raise TraceError(
            "a score that depends on the attention of the model",
            "one that does not",
            "another target, or a model that does not switch gradients off inside",
        )
    found = torch.autograd.grad(scores.sum(), parts, allow_unused=True, retain_graph=keep)
    return [
        torch.zeros_like(part) if gradient is None else gradient
        for part, gradient in zip(parts, found, strict=True)
    ]


def layer_names(model: nn.Module, images: Tensor) -> list[str]:
    """Name the layers of attention of a model, in the order in which it runs them.

    Args:
        model: any.
        images: (b c h w), of which the first is run.

    Raises:
        TraceError: the model computes no attention.
    """
    names: list[str] = []

    class _Counter:
        def begin(self, run: Run) -> AbstractContextManager[object]:
            return Interception(run, lambda reading, run: names.append(run.frame.name))

        def end(self, run: Run, *, whole: bool) -> None:
            pass

    with torch.no_grad(), Frames(model, _Counter()):
        model(images[:1])
    if not names:
        raise nothing_held(model, None)
    return names


@contextmanager
def unrounded() -> Iterator[None]:
    """Compute in the types that numbers have, also where autocast would round them."""
    with torch.autocast("cpu", enabled=False), torch.autocast("cuda", enabled=False):
        yield


def plain(images: Tensor) -> Tensor:
    """The images as a tensor that gradients may pass."""
    return images.clone() if images.is_inference() else images


def layout_among(
    model: nn.Module, maps: Sequence[Tensor], size: tuple[int, int]
) -> TokenLayout | None:
    """The layout of a model's tokens, told from the first map of tokens that read each other.

    Args:
        model: whose maps they are.
        maps: (b heads i j).
        size: (height, width) of the images in pixels.
    """
    square = [x.shape[-1] for x in maps if x.shape[-1] == x.shape[-2] > 1]
    return layout_of(original(model), square[0], size) if square else None


def nothing_held(model: nn.Module, layers: Sequence[int | str] | None) -> TraceError:
    """The error for a model in which no layer was seen."""
    if layers is None:
        return TraceError(
            "a model with attention that torch computes",
            f"{type(original(model)).__name__}, which computes none",
            "method='gradcam', 'integrated_gradients' or 'occlusion'",
        )
    return TraceError("layers of attention of this model", str(list(layers)), "layers=None")


def _from_the_start(
    model: nn.Module, images: Tensor, layers: Sequence[int | str] | None
) -> Sequence[int | str] | None:
    """The same layers, none counted from the end."""
    if layers is None or not any(isinstance(layer, int) and layer < 0 for layer in layers):
        return layers
    count = len(layer_names(model, images))
    return [x + count if isinstance(x, int) and x < 0 else x for x in layers]


def _still(reading: Reading) -> Fused | None:
    if not isinstance(reading, Fused):
        return None
    output = None if reading.output is None else reading.output.detach()
    queries, keys, values = (x.detach() for x in (reading.queries, reading.keys, reading.values))
    return replace(reading, queries=queries, keys=keys, values=values, output=output)
