"""Does a map lie where people look? The measures of the MIT saliency benchmark on fixations.

Those that compare a map with a density of fixations stand in `gaze_density`.

Source: Bylinskii et al., "What do different evaluation metrics tell us about saliency models?",
TPAMI 2019, arXiv:1604.03605, section 4, and the code of the MIT saliency benchmark; shuffled AUC:
Zhang et al., "SUN: A Bayesian framework for saliency using natural statistics", J. Vision 2008.
Axes: b images, h rows, w columns, f fixated pixels, r draws.
Differs: AUC-Judd is the mean of all orders of equal entries, of which the benchmark draws one.
An image without fixations, and a map without any difference where it is divided by, give NaN.
"""

import torch
from torch import Tensor

from saccade.errors import ConfigError, ShapeError
from saccade.shapes import expect


def nss(maps: Tensor, fixations: Tensor) -> Tensor:
    """Normalised scanpath saliency (b): the map in standard deviations, averaged over fixations.

    Args:
        maps: (b h w).
        fixations: pixels that were looked at (b h w), above 0; how often does not matter.

    Raises:
        ShapeError: the two do not fit each other.
    """
    flat, seen = _pairs(maps, fixations)
    scaled = (flat - flat.mean(dim=1, keepdim=True)) / flat.std(dim=1, keepdim=True)
    found = torch.where(seen, scaled, 0.0).sum(dim=1) / seen.sum(dim=1)
    return torch.where(flat.amax(dim=1) > flat.amin(dim=1), found, torch.nan)


def auc_judd(maps: Tensor, fixations: Tensor) -> Tensor:
    """Area under the curve of hits over false alarms (b), thresholds at the fixated pixels.

    All pixels that were not looked at are false alarms. 1 is the best; chance is 0.5 and, as
    trapezoids go from fixation to fixation, 1/(2f + 2) more.

    Args:
        maps: (b h w).
        fixations: pixels that were looked at (b h w), above 0; how often does not matter.

    Raises:
        ShapeError: the two do not fit each other.
    """
    flat, seen = _pairs(maps, fixations)
    return torch.stack([_judd(own, at) for own, at in zip(flat, seen, strict=True)])


def auc_borji(
    maps: Tensor,
    fixations: Tensor,
    *,
    draws: int = 100,
    step: float = 0.1,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Area under the curve (b), against as many random pixels as there are fixated ones.

    Args:
        maps: (b h w); they are stretched to 0-1.
        fixations: pixels that were looked at (b h w), above 0; how often does not matter.
        draws: sets of random pixels, over which the area is averaged.
        step: between thresholds, 0-1.
        generator: of the pixels.

    Raises:
        ShapeError: the two do not fit each other.
        ConfigError: draws or step is out of its range.
    """
    flat, seen = _pairs(maps, fixations)
    levels = _levels(draws, step).to(flat.device)
    found = []
    for own, at in zip(_stretched(flat), seen, strict=True):
        hits = own[at]
        places = torch.randint(
            len(own), (draws, len(hits)), generator=generator, device=_device(own, generator)
        )
        found.append(_sampled(hits, own[places.to(own.device)], levels))
    return torch.stack(found)


def auc_shuffled(
    maps: Tensor,
    fixations: Tensor,
    others: Tensor,
    *,
    draws: int = 100,
    step: float = 0.1,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Area under the curve (b), against pixels that were looked at in other images.

    Looking at the middle gains nothing here: 0.5 for a map that only knows the centre.

    Args:
        maps: (b h w); they are stretched to 0-1.
        fixations: pixels that were looked at (b h w), above 0; how often does not matter.
        others: pixels that were looked at in other images (b h w), above 0; usually of ten.
        draws: sets of such pixels, over which the area is averaged.
        step: between thresholds, 0-1.
        generator: of the pixels.

    Raises:
        ShapeError: the three do not fit each other.
        ConfigError: draws or step is out of its range.
    """
    flat, seen = _pairs(maps, fixations)
    elsewhere = _pairs(maps, others)[1]
    levels = _levels(draws, step).to(flat.device)
    found = []
    for own, at, other in zip(_stretched(flat), seen, elsewhere, strict=True):
        hits, pool = own[at], own[other]
        count = min(len(hits), len(pool))
        noise = torch.rand(draws, len(pool), generator=generator, device=_device(own, generator))
        places = noise.argsort(dim=1)[:, :count].to(own.device)
        found.append(_sampled(hits, pool[places], levels))
    return torch.stack(found)


def information_gain(maps: Tensor, fixations: Tensor, baseline: Tensor) -> Tensor:
    """Bits for each fixation that a map knows more than a baseline (b).

    Source: Kümmerer, Wallis, Bethge, PNAS 2015, as in the benchmark: both maps are stretched to
    0-1 and divided by their sums.

    Args:
        maps: (b h w).
        fixations: pixels that were looked at (b h w), above 0; how often does not matter.
        baseline: another map, such as the centre's (b h w).

    Raises:
        ShapeError: the three do not fit each other.
    """
    flat, seen = _pairs(maps, fixations)
    other, _ = _pairs(baseline, fixations)
    tiny = torch.finfo(torch.float64).eps
    both = []
    for each in (flat, other):
        mass = _stretched(each)
        both.append((mass / mass.sum(dim=1, keepdim=True) + tiny).log2())
    gain = torch.where(seen, both[0] - both[1], 0.0).sum(dim=1)
    return gain / seen.sum(dim=1)


def _pairs(maps: Tensor, fixations: Tensor) -> tuple[Tensor, Tensor]:
    """Both flat: the maps in float64 (b n), the fixated pixels as booleans (b n)."""
    expect(fixations, "b h w", "the fixations")
    images, rows, columns = fixations.shape
    expect(maps, "b h w", "the maps", b=images, h=rows, w=columns)
    if not torch.isfinite(maps).all():
        raise ShapeError("maps of finite numbers", "NaN or infinity", "leaving these images out")
    return maps.double().flatten(1).contiguous(), (fixations > 0).flatten(1)


def _stretched(flat: Tensor) -> Tensor:
    low, high = flat.amin(dim=1, keepdim=True), flat.amax(dim=1, keepdim=True)
    return (flat - low) / (high - low).clamp_min(torch.finfo(torch.float64).tiny)


def _levels(draws: int, step: float) -> Tensor:
    """Thresholds from 1 down to 0."""
    if draws < 1 or not 0 < step <= 1:
        raise ConfigError("draws of 1 or more and a step up to 1", f"{draws} and {step}", "0.1")
    return torch.arange(int(1 / step + 1e-9), -1, -1, dtype=torch.float64) * step


def _device(values: Tensor, generator: torch.Generator | None) -> torch.device:
    return values.device if generator is None else generator.device


def _judd(values: Tensor, at: Tensor) -> Tensor:
    """Mean over the false alarms of the hits before each, counted in halves as trapezoids do.

    Among equal entries any order is as likely as another; the mean of all is taken.
    """
    hits, others = values[at].sort().values, values[~at]
    count = len(hits)
    if not count or not len(others):
        return values.new_tensor(torch.nan)
    upto = torch.searchsorted(hits, others, side="right")
    equal = upto - torch.searchsorted(hits, others, side="left")
    before = (count - upto) + equal / 2 + 0.5
    # Behind the last hit the curve is level at 1.
    last = torch.where(count - upto + equal == count, 0.5 / (equal + 1), 0.0)
    return ((before - last) / count).mean()


def _sampled(hits: Tensor, alarms: Tensor, levels: Tensor) -> Tensor:
    """Mean area of hits (f) against draws of other pixels (r f)."""
    if not hits.numel() or not alarms.numel():
        return hits.new_tensor(torch.nan)
    caught = (hits[None] >= levels[:, None]).double().mean(dim=1)
    false = (alarms[:, None] >= levels[:, None]).double().mean(dim=2)
    return _under(false, caught.expand_as(false)).mean()


def _under(alarms: Tensor, caught: Tensor) -> Tensor:
    """Trapezoids of a curve (… s) from (0, 0) to (1, 1)."""
    ends = [torch.zeros_like(alarms[..., :1]), torch.ones_like(alarms[..., :1])]
    x = torch.cat([ends[0], alarms, ends[1]], dim=-1)
    y = torch.cat([ends[0], caught, ends[1]], dim=-1)
    return torch.trapezoid(y, x, dim=-1)
