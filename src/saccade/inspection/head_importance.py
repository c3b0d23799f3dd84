"""How much each head matters: the probability that a class loses when the head is muted.

Source: Michel, Levy, Neubig, "Are Sixteen Heads Really Better than One?", NeurIPS 2019,
arXiv:1905.10650, section 3.2, with the probability of the predicted class in place of a score.
Axes: b images, heads.
"""

from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from saccade.attention.reading import Reading, fine
from saccade.errors import ConfigError
from saccade.inspection.frames import Frames, Run
from saccade.inspection.graded import nothing_held, unrounded
from saccade.inspection.interception import Interception
from saccade.inspection.targets import check_settled, logits_of


@dataclass(frozen=True, slots=True)
class HeadDrop:
    """What muting one head does.

    Args:
        layer: number, in the order in which the model runs them.
        name: of the layer.
        head: number.
        drop: mean over the images of what the probability of the predicted class loses, -1 to 1.
        spread: standard deviation over the images; 0 for a single one.
        changed: share of the images whose predicted class changes.
        images: how many there were.
    """

    layer: int
    name: str
    head: int
    drop: float
    spread: float
    changed: float
    images: int


def head_importance(
    model: nn.Module, batches: Iterable[Tensor], *, rows: int = 64
) -> list[HeadDrop]:
    """Mute every head of a model, one at a time, and see what the predicted class loses.

    Several heads are muted in one pass, each in copies of its own of the images.

    Args:
        model: any, in eval mode, whose attention torch computes.
        batches: images (b c h w).
        rows: images in one pass at most, copies included.

    Raises:
        TraceError: the model computes no attention.
        ConfigError: there is no image, or the model is training.
    """
    check_settled(model)
    layers: list[tuple[str, int]] = []
    drops: list[Tensor] = []
    changes: list[Tensor] = []
    with torch.inference_mode():
        for images in batches:
            layers = []
            whole = fine(logits_of(_run(model, images, None, layers))).softmax(dim=1)
            if not layers:
                raise nothing_held(model, None)
            classes = whole.argmax(dim=1, keepdim=True)
            muted = _muted(model, images, layers, rows)
            after = muted.gather(2, classes.expand(len(muted), -1, -1))[..., 0]
            drops.append(whole.gather(1, classes)[:, 0] - after)
            changes.append(muted.argmax(dim=2) != classes[:, 0])
    if not drops:
        raise ConfigError("at least one image", "none", "a folder with pictures")
    drop, change = torch.cat(drops, dim=1).double(), torch.cat(changes, dim=1).double()
    places = [(number, name, head) for number, (name, n) in enumerate(layers) for head in range(n)]
    numbers = zip(
        drop.mean(1).tolist(),
        drop.std(1, correction=0).tolist(),
        change.mean(1).tolist(),
        strict=True,
    )
    return [
        HeadDrop(*place, *own, images=drop.shape[1])
        for place, own in zip(places, numbers, strict=True)
    ]


def _muted(model: nn.Module, images: Tensor, layers: list[tuple[str, int]], rows: int) -> Tensor:
    """Probabilities with each head muted (all heads, b, classes)."""
    at_once = max(1, rows // len(images))
    found: list[Tensor] = []
    for number, (_, heads) in enumerate(layers):
        for first in range(0, heads, at_once):
            some = list(range(first, min(first + at_once, heads)))
            copies = images.repeat(len(some), *[1] * (images.dim() - 1))
            answer = fine(logits_of(_run(model, copies, (number, some), [])))
            found.append(answer.softmax(dim=1).view(len(some), len(images), -1))
    return torch.cat(found)


def _run(
    model: nn.Module,
    images: Tensor,
    muted: tuple[int, list[int]] | None,
    layers: list[tuple[str, int]],
) -> object:
    """Run a model, with one head of one layer muted in each copy of the images.

    Args:
        model: that runs.
        images: (copies·b c h w).
        muted: number of the layer, and the head that each copy lacks.
        layers: takes the name of each layer and its heads.
    """

    class _Mute:
        def begin(self, run: Run) -> AbstractContextManager[object]:
            def visit(reading: Reading, run: Run) -> Tensor | None:
                number = len(layers)
                layers.append((run.frame.name or "attention", reading.shape[1]))
                if muted is None or number != muted[0]:
                    return None
                with unrounded():
                    weights = reading.rows().clone()
                copies = weights.view(len(muted[1]), -1, *weights.shape[1:])
                for copy, head in zip(copies, muted[1], strict=True):
                    copy[:, head] = 0.0
                return weights

            return Interception(run, visit)

        def end(self, run: Run, *, whole: bool) -> None:
            pass

    with Frames(model, _Mute()):
        return model(images)
