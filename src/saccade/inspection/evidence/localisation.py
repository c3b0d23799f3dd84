"""A map as an outline: above its mean is the thing, below is the rest.

Source: Chefer, Gur, Wolf, CVPR 2021, arXiv:2012.09838, section 4 (segmentation tests on
ImageNet-segmentation of Guillaumin et al., IJCV 2014), and its released evaluation.
Axes: b images, h rows, w columns; parts are background and thing.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from saccade.errors import ShapeError
from saccade.shapes import expect


@dataclass(frozen=True, slots=True)
class Localisation:
    """How well maps outline things.

    Args:
        correct: share of the pixels that are told right (b), 0-1.
        shared: pixels that outline and truth have in common, background then thing (b 2).
        joined: pixels that either has (b 2).
        precision: average precision of each image (b), 0-1.
    """

    correct: Tensor
    shared: Tensor
    joined: Tensor
    precision: Tensor

    @property
    def iou(self) -> Tensor:
        """Shared over joined pixels of background and thing (b 2); NaN where there is neither."""
        return self.shared / self.joined

    @property
    def pixel_accuracy(self) -> float:
        """Mean over the images, which are of one size, 0-1."""
        return float(self.correct.mean())

    @property
    def mean_iou(self) -> float:
        """Shared over joined pixels of the whole set, mean of background and thing, 0-1."""
        return float((self.shared.sum(dim=0) / self.joined.sum(dim=0)).mean())

    @property
    def mean_precision(self) -> float:
        """Mean average precision of the images, 0-1."""
        return float(self.precision.mean())


def localise(maps: Tensor, truth: Tensor) -> Localisation:
    """Cut each map at its mean and compare the outline with the truth.

    Average precision ranks all pixels twice, as thing by the map stretched to 0-1 and as
    background by one minus it, as the paper's evaluation does.

    Args:
        maps: as large as the truth (b h w); stretch coarser ones bilinearly first.
        truth: where the thing is, booleans (b h w).

    Raises:
        ShapeError: the two do not fit each other, or a map is not finite.
    """
    expect(truth, "b h w", "the truth")
    images, rows, columns = truth.shape
    expect(maps, "b h w", "the maps", b=images, h=rows, w=columns)
    if truth.dtype != torch.bool or not torch.isfinite(maps).all():
        raise ShapeError("finite maps and a truth of booleans", str(truth.dtype), "truth > 0")
    flat = maps.double().flatten(1)
    low, high = flat.amin(dim=1, keepdim=True), flat.amax(dim=1, keepdim=True)
    flat = (flat - low) / (high - low).clamp_min(torch.finfo(torch.float64).tiny)
    thing = flat > flat.mean(dim=1, keepdim=True)
    own = truth.flatten(1)
    pairs = ((~thing, ~own), (thing, own))
    return Localisation(
        (thing == own).double().mean(dim=1),
        torch.stack([(a & b).sum(dim=1) for a, b in pairs], dim=1).double(),
        torch.stack([(a | b).sum(dim=1) for a, b in pairs], dim=1).double(),
        average_precision(torch.cat([1 - flat, flat], dim=1), torch.cat([~own, own], dim=1)),
    )


def average_precision(scores: Tensor, truth: Tensor) -> Tensor:
    """Sum precision over the steps of recall: (b n) and booleans (b n) to (b), 0-1.

    Equal scores are one step. Where nothing is true the answer is 0.
    """
    ordered, places = scores.sort(dim=1, descending=True)
    hits = truth.gather(1, places).double().cumsum(dim=1)
    counts = torch.arange(1, scores.shape[1] + 1, dtype=torch.float64, device=scores.device)
    last = torch.ones_like(truth)
    last[:, :-1] = ordered[:, 1:] != ordered[:, :-1]
    # Recall rises at the last of equal scores by all the hits since the step before.
    reached = torch.where(last, hits, 0.0)
    before = torch.cat([torch.zeros_like(hits[:, :1]), reached.cummax(dim=1).values[:, :-1]], dim=1)
    gained = torch.where(last, hits - before, 0.0)
    return (gained * hits / counts).sum(dim=1) / hits[:, -1].clamp_min(1)
