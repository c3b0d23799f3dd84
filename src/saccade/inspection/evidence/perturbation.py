"""Positive and negative perturbation: how long the prediction holds while an image turns black.

Positive takes the parts with the highest map first, and a good map makes accuracy fall soon.
Negative takes the lowest first, and a good map lets the prediction live on.

Source: Chefer, Gur, Wolf, "Transformer Interpretability Beyond Attention Visualization", CVPR 2021,
arXiv:2012.09838, section 4, and the shares of its released code, 10 to 90 %. The numbers of its
tables are `Curve.integral` with the whole image at the start, `shares=(0.0, *TENTHS)`.
Axes: b images, c channels, h rows, w columns, s shares.
Differs: ties go in row order, the earlier part first; `Curve.auc` is the area of RISE, trapezoids
over their number.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

import torch
from torch import Tensor

from saccade.errors import ConfigError
from saccade.inspection.evidence.faithfulness import Curve
from saccade.inspection.evidence.removal import (
    Classify,
    check_parts,
    class_scores,
    predicted,
    removal_order,
    replaced,
)
from saccade.shapes import expect

TENTHS = tuple(step / 10 for step in range(1, 10))


def perturbation(
    model: Classify,
    images: Tensor,
    maps: Tensor,
    targets: Tensor | None = None,
    *,
    first: Literal["highest", "lowest"] = "highest",
    shares: Sequence[float] = TENTHS,
    blank: Tensor | None = None,
    chunk: int = 32,
) -> Curve:
    """Tell whether each image is still given its class (1 or 0) when a share of it is gone.

    Args:
        model: takes images (b c h w) and gives logits (b classes).
        images: as the model wants them (b c h w).
        maps: importance (b h w); as large as the images, or the grid of patches.
        targets: the class of each image (b): the true one, or the one predicted when None.
        first: "highest" is positive perturbation, whose area should be small, "lowest" negative.
        shares: of the parts that are gone at each point, 0-1, rising; rounded down.
        blank: what a part becomes, broadcast to the images; the paper's is a black pixel, which
            `black(mean, std)` gives for a model's normalisation. Zeros when None.
        chunk: images in one pass through the model.

    Raises:
        ShapeError: images, maps or targets do not fit each other.
        ConfigError: an option is out of its range.
    """
    part = check_parts(images, maps)
    _check(first, shares, chunk)
    if targets is None:
        targets = predicted(model, images, chunk=chunk)
    expect(targets, "b", "the targets", b=len(images))
    ranks = removal_order(maps if first == "highest" else -maps)
    counts = torch.tensor([int(ranks.shape[1] * share + 1e-9) for share in shares])
    fill = torch.zeros_like(images[:1]) if blank is None else blank.to(images)
    found: list[Tensor] = []
    for flat in torch.split(torch.arange(len(images) * len(counts)), chunk):
        image, point = flat // len(counts), flat % len(counts)
        taken = ranks[image] < counts[point][:, None].to(ranks.device)
        own = fill.expand_as(images)[image]
        changed = replaced(images[image], own, taken, part)
        found.append(predicted(model, changed, chunk=chunk) == targets[image])
    return Curve(torch.tensor(shares), torch.cat(found).float().view(len(images), len(counts)))


def confidence_drop(
    model: Classify, images: Tensor, maps: Tensor, targets: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Compare the class's probability with that of the image times its map stretched to 0-1.

    Source: Chattopadhay et al., "Grad-CAM++", WACV 2018, arXiv:1710.11063, section 4.1.

    Args:
        model: takes images (b c h w) and gives logits (b classes).
        images: as the model wants them (b c h w).
        maps: importance (b h w), as large as the images.
        targets: the class of each image (b); the one predicted for the whole image when None.

    Returns:
        The share of the probability that is lost (b), 0 where it rose; and where it rose, booleans
        (b).

    Raises:
        ShapeError: images, maps or targets do not fit each other.
    """
    expect(maps, "b h w", "the maps", b=images.shape[0], h=images.shape[2], w=images.shape[3])
    if targets is None:
        targets = predicted(model, images)
    expect(targets, "b", "the targets", b=len(images))
    low, high = maps.amin(dim=(1, 2), keepdim=True), maps.amax(dim=(1, 2), keepdim=True)
    kept = (maps - low) / (high - low).clamp_min(torch.finfo(torch.float32).tiny)
    with torch.no_grad():
        whole, masked = (
            class_scores(model, each).softmax(dim=1).gather(1, targets[:, None])[:, 0]
            for each in (images, images * kept[:, None].to(images))
        )
    return ((whole - masked) / whole).clamp_min(0), masked > whole


def _check(first: str, shares: Sequence[float], chunk: int) -> None:
    if first not in ("highest", "lowest"):
        raise ConfigError("first highest or lowest", repr(first), "highest")
    rising = all(low < high for low, high in pairwise(shares))
    if len(shares) < 2 or not rising or shares[0] < 0 or shares[-1] > 1:
        raise ConfigError("two rising shares or more from 0 to 1", str(tuple(shares)), "0.1, 0.2")
    if chunk < 1:
        raise ConfigError("chunk of 1 or more", str(chunk), "32")
