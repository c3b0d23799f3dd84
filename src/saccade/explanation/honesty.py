"""Test the maps of an explanation: insertion and deletion, redrawn weights, a move of one pixel.

Cost: for each image 2 (steps + 1) (draws + 1) forward passes, in batches, and six more maps: two
with redrawn weights and four of the moved image. Each copy with redrawn weights takes as much
memory as the model.
Source: the tests are those of `inspection.evidence`, which names their papers.
Axes: b images, c channels, h rows, w columns, r random orders.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from saccade.errors import ConfigError, SaccadeError, TraceError
from saccade.explanation.belief import Belief, Followed
from saccade.inspection.evidence.control import random_maps
from saccade.inspection.evidence.faithfulness import deletion, insertion
from saccade.inspection.evidence.random_weights import redrawn
from saccade.inspection.evidence.sanity import shift_stability
from saccade.inspection.evidence.similarity import rank_correlation
from saccade.inspection.targets import logits_of

Ask = Callable[[nn.Module, Tensor], Tensor]
T = TypeVar("T")
_PIXELS = 32 * 224 * 224  # of all images in one pass, unless more are asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How thoroughly maps are tested.

    Args:
        steps: of insertion and deletion, about; each takes an equal share of the image.
        draws: random orders, 1 or more.
        copies: models with redrawn weights, over whose correlations the mean is taken.
        chunk: images in one pass; as many as 32 of 224x224 pixels when None.
        generator: of random orders and weights; when None one that always gives the same numbers.
        twins: redrawn copies of models that were made so far; give one effort to several calls to
            use them again.

    Raises:
        ConfigError: there are no steps or draws.
    """

    steps: int = 8
    draws: int = 4
    copies: int = 2
    chunk: int | None = None
    generator: torch.Generator | None = None
    twins: dict[nn.Module, list[nn.Module]] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        numbers = {"steps": self.steps, "draws": self.draws, "copies": self.copies}
        numbers |= {} if self.chunk is None else {"chunk": self.chunk}
        if min(numbers.values()) < 1:
            raise ConfigError(f"{', '.join(numbers)} of 1 or more", str(numbers), "Effort()")


def examine(
    model: nn.Module,
    images: Tensor,
    maps: Tensor,
    classes: Tensor,
    ask: Ask,
    effort: Effort | None = None,
) -> Belief:
    """Test maps of a model; what cannot be tested is told in `reasons`, and nothing is raised.

    Args:
        model: in eval mode.
        images: as the model wants them (b c h w).
        maps: of these images (b h w), on any grid.
        classes: whose probability is followed, one for each image (b).
        ask: makes maps (b h w) of a model and images, the way that `maps` were made.
        effort: how thoroughly.
    """
    begun = time.perf_counter()
    effort = effort or Effort()
    generator = effort.generator or torch.Generator()
    maps, reasons = maps.detach().float(), dict[str, str]()
    curves = _tried(reasons, "curves", lambda: _curves(model, images, maps, classes, effort))
    weights = _tried(
        reasons, "weights", lambda: _against_redrawn(model, images, maps, ask, effort, generator)
    )
    shift = _tried(reasons, "shift", lambda: _against_moved(model, images, maps, ask))
    points = 0 if curves is None else 2 * len(curves[0].shares) * (effort.draws + 1)
    return Belief(
        insertion=curves[0] if curves else None,
        deletion=curves[1] if curves else None,
        weights=weights,
        shift=shift,
        reasons=reasons,
        passes=points,
        seconds=time.perf_counter() - begun,
        classes=classes.cpu(),
    )


def _tried(reasons: dict[str, str], name: str, work: Callable[[], T]) -> T | None:
    """Do a test, or keep the reason why it cannot be done; the map itself is not lost with it."""
    try:
        return work()
    except (SaccadeError, RuntimeError) as error:  # RuntimeError is how torch says so
        reasons[name] = " ".join(str(error).split())
        return None


def _curves(
    model: nn.Module, images: Tensor, maps: Tensor, classes: Tensor, effort: Effort
) -> tuple[Followed, Followed]:
    """Follow all orders of all images at once: (1 + r) orders are as many images."""
    generator = effort.generator or torch.Generator()
    height, width = images.shape[-2:]
    grain = maps.shape[-2], maps.shape[-1]
    own = maps.to(images.device)
    _check(own)
    if height % grain[0] or width % grain[1]:  # no whole patches: pixels, in blobs of their size
        own = functional.interpolate(
            own[:, None], (height, width), mode="bilinear", align_corners=False
        )[:, 0]
    chances = random_maps(own, draws=effort.draws, grain=grain, generator=generator)
    orders = torch.cat([own, *chances])
    times = effort.draws + 1
    repeated = images.repeat(times, 1, 1, 1)
    parts = own.shape[-2] * own.shape[-1]
    step = -(-parts // effort.steps)
    chunk = effort.chunk or max(1, _PIXELS // (height * width))
    followed = []
    for change, lower in ((insertion, False), (deletion, True)):
        curve = change(
            lambda some: logits_of(model(some)),
            repeated,
            orders,
            classes.to(images.device).repeat(times),
            step=step,
            chunk=chunk,
        )
        scores = curve.scores.view(times, len(images), -1).cpu()
        followed.append(Followed(curve.shares, scores[0], scores[1:], lower))
    return followed[0], followed[1]


def _against_redrawn(
    model: nn.Module,
    images: Tensor,
    maps: Tensor,
    ask: Ask,
    effort: Effort,
    generator: torch.Generator,
) -> Tensor:
    twins = effort.twins.setdefault(model, [])
    while len(twins) < effort.copies:
        with redrawn(model, generator=generator) as made:
            twins.append(made)
    found = []
    for twin in twins:
        others = ask(twin, images).detach()
        _check(others)
        found.append(rank_correlation(maps.cpu(), others.float().cpu()))
    return torch.stack(found).mean(dim=0)


def _against_moved(model: nn.Module, images: Tensor, maps: Tensor, ask: Ask) -> Tensor:
    def again(some: Tensor) -> Tensor:
        found = maps if some is images else ask(model, some)
        _check(found)
        return found

    return shift_stability(again, images).correlation.mean(dim=0).cpu()


def _check(maps: Tensor) -> None:
    if not bool(torch.isfinite(maps).all()):
        raise TraceError("a map of finite numbers", "NaN or infinity", "another method")
