"""Insertion and deletion: does the class follow the pixels that a map calls important?

Deletion takes the pixels of an image away, the most important first; the sooner the probability of
the class falls, the better the map. Insertion brings them into a blurred image; the sooner it
rises, the better. A number alone says little: `Control` puts it beside those of random orders.

Source: Petsiuk, Das, Saenko, "RISE: Randomized Input Sampling for Explanation of Black-box Models",
BMVC 2018, arXiv:1806.07421, section 4.2.
Axes: b images, c channels, h rows, w columns, s points of a curve, r random orders.
Differs: maps that are coarser than the image take whole patches; ties go in row order.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from saccade.errors import ConfigError, ShapeError
from saccade.inspection.evidence.control import Control, random_maps
from saccade.inspection.evidence.removal import (
    Classify,
    blurred,
    check_parts,
    predicted,
    probabilities,
    removal_order,
    replaced,
)
from saccade.shapes import expect


@dataclass(frozen=True, slots=True)
class Curve:
    """A score that is followed while an image changes.

    Args:
        shares: which share of the parts has been changed at each point (s), 0-1.
        scores: the score at each point (b s).
    """

    shares: Tensor
    scores: Tensor

    @property
    def auc(self) -> Tensor:
        """Area under each curve (b): trapezoids over the number of steps."""
        return area(self.scores)

    @property
    def integral(self) -> Tensor:
        """Area under each curve (b) from its first share to its last, divided by nothing."""
        return torch.trapezoid(self.scores, self.shares.to(self.scores), dim=-1)


def area(scores: Tensor) -> Tensor:
    """Sum trapezoids of width one and divide by their number: (... s) to (...).

    >>> float(area(torch.tensor([1.0, 0.5, 0.25, 0.0])))
    0.416666...

    Raises:
        ShapeError: there are fewer than two points.
    """
    if scores.dim() == 0 or scores.shape[-1] < 2:
        raise ShapeError("a curve of two points or more", str(tuple(scores.shape)), "more steps")
    return (scores[..., 1:] + scores[..., :-1]).sum(-1) / 2 / (scores.shape[-1] - 1)


def deletion(
    model: Classify,
    images: Tensor,
    maps: Tensor,
    targets: Tensor | None = None,
    *,
    step: int | None = None,
    blank: Tensor | None = None,
    chunk: int = 32,
) -> Curve:
    """Follow the probability of a class while the image is taken away; a good map's area is small.

    Args:
        model: takes images (b c h w) and gives logits (b classes).
        images: as the model wants them (b c h w).
        maps: importance, high first (b h w); as large as the images, or the grid of patches.
        targets: the class of each image (b); the one predicted for the whole image when None.
        step: parts that go at a time; when None a row of pixels, or one patch.
        blank: what a part becomes, broadcast to the images; zeros when None, the mean colour.
        chunk: images in one pass through the model; memory grows with it and not with the steps.

    Raises:
        ShapeError: images, maps or targets do not fit each other.
        ConfigError: step or chunk is not positive.
    """
    fill = torch.zeros_like(images[:1]) if blank is None else blank.to(images)
    return _follow(model, (images, fill.expand_as(images)), maps, targets, step, chunk)


def insertion(
    model: Classify,
    images: Tensor,
    maps: Tensor,
    targets: Tensor | None = None,
    *,
    step: int | None = None,
    start: Tensor | None = None,
    chunk: int = 32,
) -> Curve:
    """Follow the probability of a class while the image is put in; a good map's area is large.

    Args:
        model: takes images (b c h w) and gives logits (b classes).
        images: as the model wants them (b c h w).
        maps: importance, high first (b h w); as large as the images, or the grid of patches.
        targets: the class of each image (b); the one predicted for the whole image when None.
        step: parts that come at a time; when None a row of pixels, or one patch.
        start: what is there before, broadcast to the images; the blurred images when None.
        chunk: images in one pass through the model; memory grows with it and not with the steps.

    Raises:
        ShapeError: images, maps or targets do not fit each other.
        ConfigError: step or chunk is not positive.
    """
    if targets is None:
        targets = predicted(model, images, chunk=max(chunk, 1))
    before = blurred(images) if start is None else start.to(images).expand_as(images)
    return _follow(model, (before, images), maps, targets, step, chunk)


@dataclass(frozen=True, slots=True)
class Faithfulness:
    """Insertion and deletion areas of maps, beside those of random orders.

    Args:
        insertion: higher is better.
        deletion: lower is better.
        curves: the two curves, insertion first.
    """

    insertion: Control
    deletion: Control
    curves: tuple[Curve, Curve]

    def to_dict(self) -> dict[str, dict[str, float]]:
        """Means over the images as plain numbers."""
        return {"insertion": self.insertion.to_dict(), "deletion": self.deletion.to_dict()}


def faithfulness(
    model: Classify,
    images: Tensor,
    maps: Tensor,
    targets: Tensor | None = None,
    *,
    generator: torch.Generator | None = None,
    draws: int = 5,
    grain: tuple[int, int] | None = None,
    step: int | None = None,
    start: Tensor | None = None,
    blank: Tensor | None = None,
    chunk: int = 32,
) -> Faithfulness:
    """Measure insertion and deletion of maps, and of `draws` random orders of the same parts.

    Args:
        model: takes images (b c h w) and gives logits (b classes).
        images: as the model wants them (b c h w).
        maps: importance, high first (b h w); as large as the images, or the grid of patches.
        targets: the class of each image (b); the one predicted for the whole image when None.
        generator: of the random orders.
        draws: how many random orders, 1 or more.
        grain: rows and columns at which random maps are drawn before they are stretched to the
            size of the maps. A map that was made on 14x14 patches and stretched to pixels removes
            blobs, and single random pixels are no fair opponent for it.
        step: parts at a time; when None a row of pixels, or one patch.
        start: of insertion, as there.
        blank: of deletion, as there.
        chunk: images in one pass through the model.

    Raises:
        ShapeError: images, maps or targets do not fit each other.
        ConfigError: an option is out of its range.
    """
    check_parts(images, maps)
    if targets is None:
        targets = predicted(model, images, chunk=max(chunk, 1))
    chances = random_maps(maps, draws=draws, grain=grain, generator=generator)

    def curves(order: Tensor) -> tuple[Curve, Curve]:
        return (
            insertion(model, images, order, targets, step=step, start=start, chunk=chunk),
            deletion(model, images, order, targets, step=step, blank=blank, chunk=chunk),
        )

    own = curves(maps)
    others = [[curve.auc for curve in curves(chance)] for chance in chances]
    random = [torch.stack(each) for each in zip(*others, strict=True)]
    return Faithfulness(
        Control(own[0].auc, random[0], lower_is_better=False),
        Control(own[1].auc, random[1], lower_is_better=True),
        own,
    )


def _follow(
    model: Classify,
    between: tuple[Tensor, Tensor],
    maps: Tensor,
    targets: Tensor | None,
    step: int | None,
    chunk: int,
) -> Curve:
    """Score every point on the way from the first images to the second, a chunk at a time."""
    before = between[0]
    part = check_parts(before, maps)
    if chunk < 1 or (step is not None and step < 1):
        raise ConfigError("step and chunk of 1 or more", f"{step} and {chunk}", "step=1")
    if targets is None:
        targets = predicted(model, before, chunk=chunk)
    expect(targets, "b", "the targets", b=len(before))
    parts = maps.shape[-2] * maps.shape[-1]
    stride = step or (maps.shape[-1] if part == (1, 1) else 1)
    counts = torch.arange(0, parts + stride, stride, device=maps.device).clamp_max(parts)
    scores = _scores(model, between, (removal_order(maps), part), counts, targets, chunk)
    return Curve((counts / parts).cpu(), scores)


def _scores(
    model: Classify,
    between: tuple[Tensor, Tensor],
    order: tuple[Tensor, tuple[int, int]],
    counts: Tensor,
    targets: Tensor,
    chunk: int,
) -> Tensor:
    before, after = between
    ranks, part = order
    found: list[Tensor] = []
    with torch.no_grad():
        every = torch.arange(len(before) * len(counts), device=ranks.device)
        for flat in torch.split(every, chunk):
            image, point = flat // len(counts), flat % len(counts)
            taken = ranks[image] < counts[point][:, None]
            changed = replaced(before[image], after[image], taken, part)
            found.append(probabilities(model, changed, targets[image]))
    return torch.cat(found).view(len(before), len(counts))
