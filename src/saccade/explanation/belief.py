"""Whether to believe a map: what tests of it gave for each image, and that in plain words.

The limits are choices of this library, not of a paper; every number stands beside the word that
was made of it.
Source: the tests are those of `inspection.evidence`, which names their papers.
Axes: b images, s points of a curve, r random orders.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from saccade.inspection.evidence.control import Control
from saccade.inspection.evidence.faithfulness import area

LIMITS: Mapping[str, float] = {"advantage": 0.01, "spreads": 2.0, "weights": 0.5, "shift": 0.8}
VERDICTS: Mapping[str, str] = {
    "believable": "believable: it passed every test here",
    "random": "not clearly better than a random order",
    "weights": "does not depend on the weights",
    "unstable": "unstable: a move of one pixel changes it",
    "unmeasured": "not fully tested",
}
Summary = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Followed:
    """The probability of a class while parts of an image change, in the order of a map.

    Args:
        shares: of the parts that have changed (s), 0-1.
        own: scores in the order of the map (b s).
        random: scores in random orders of the same parts (r b s).
        lower_is_better: whether a small area is a good one.
    """

    shares: Tensor
    own: Tensor
    random: Tensor
    lower_is_better: bool

    @property
    def control(self) -> Control:
        """The areas under the curves."""
        return Control(area(self.own), area(self.random), self.lower_is_better)


@dataclass(frozen=True, slots=True, kw_only=True)
class Belief:
    """What the tests of some maps gave; None where a test could not be made.

    Args:
        insertion: higher is better.
        deletion: lower is better.
        weights: Spearman's correlation with the map of redrawn weights (b), near 0 is good.
        shift: the same with the map of the image moved by one pixel (b), near 1 is good.
        reasons: name of a test to why it could not be made, in a sentence.
        passes: images that went through the model for the curves, for each image.
        seconds: that all of it took.
        classes: whose probability the curves follow (b).
    """

    insertion: Followed | None = None
    deletion: Followed | None = None
    weights: Tensor | None = None
    shift: Tensor | None = None
    reasons: Mapping[str, str] = field(default_factory=dict)
    passes: int = 0
    seconds: float = 0.0
    classes: Tensor | None = None

    def verdicts(self, image: int = 0) -> tuple[str, ...]:
        """Judge the map of one image: names out of `VERDICTS`, the worst first."""
        row = self._numbers(image)
        noise = None
        if self.insertion is not None and self.deletion is not None:
            both = (self.insertion.control.random - self.deletion.control.random)[:, image] / 2
            noise = float(both.std()) if len(both) > 1 else 0.0
        return judged(_gain(row), noise, row["weights"], row["shift"])

    def to_dict(self, image: int = 0) -> dict[str, Any]:
        """Give the numbers of one image, its verdicts and words, fit for JSON."""
        verdicts = self.verdicts(image)
        return {
            **self._numbers(image),
            "followed": None if self.classes is None else int(self.classes[image]),
            "verdict": list(verdicts),
            "words": "; ".join(VERDICTS[name] for name in verdicts),
            "reasons": dict(self.reasons),
        }

    def _numbers(self, image: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name in ("insertion", "deletion"):
            followed: Followed | None = getattr(self, name)
            found[name] = None if followed is None else _areas(followed.control, image)
        for name in ("weights", "shift"):
            values: Tensor | None = getattr(self, name)
            found[name] = None if values is None else _number(values[image])
        return found


def judged(
    gain: float | None, noise: float | None, weights: float | None, shift: float | None
) -> tuple[str, ...]:
    """Turn numbers into names out of `VERDICTS`.

    Args:
        gain: mean advantage of insertion and deletion over random orders.
        noise: by how much that advantage varies by chance.
        weights: correlation with the map of redrawn weights.
        shift: correlation with the map of the moved image.
    """
    bad = []
    if gain is not None and gain <= max(LIMITS["advantage"], LIMITS["spreads"] * (noise or 0.0)):
        bad.append("random")
    if weights is not None and abs(weights) >= LIMITS["weights"]:
        bad.append("weights")
    if shift is not None and shift < LIMITS["shift"]:
        bad.append("unstable")
    if None in (gain, weights, shift):
        bad.append("unmeasured")
    return tuple(bad) or ("believable",)


def summarise(rows: Sequence[Mapping[str, Any]]) -> Summary:
    """Give mean and spread over images of what `Belief.to_dict` tells of each.

    Args:
        rows: one of each image.

    Returns:
        For each test mean, spread (standard deviation over the images) and count, the mean of
        random orders for two of them, and the verdict on the means. The advantage over random
        orders counts when it is larger than two standard errors over the images.
    """
    found: Summary = {"images": len(rows)}
    for name in ("insertion", "deletion"):
        own = [row[name] for row in rows if row.get(name) is not None]
        found[name] = spread_of([one["value"] for one in own])
        if own:
            for key in ("random", "advantage"):
                found[name][key] = sum(one[key] for one in own) / len(own)
    for name in ("weights", "shift"):
        found[name] = spread_of([row[name] for row in rows if row.get(name) is not None])
    gains = spread_of([gain for row in rows if (gain := _gain(row)) is not None])
    if len(rows) == 1:
        verdict = list(rows[0]["verdict"])
    else:
        error = gains["spread"] / max(gains["count"], 1) ** 0.5
        means = (gains["mean"], error, found["weights"]["mean"], found["shift"]["mean"])
        verdict = list(judged(*means))
    return {**found, "verdict": verdict, "words": "; ".join(VERDICTS[name] for name in verdict)}


def spread_of(values: Sequence[float]) -> dict[str, Any]:
    """Give mean, spread (standard deviation) and count of numbers; None for the mean of none."""
    count = len(values)
    if not count:
        return {"mean": None, "spread": 0.0, "count": 0}
    mean = sum(values) / count
    square = sum((value - mean) ** 2 for value in values) / max(count - 1, 1)
    return {"mean": mean, "spread": square**0.5, "count": count}


def _gain(row: Mapping[str, Any]) -> float | None:
    both = [row[name] for name in ("insertion", "deletion") if row.get(name) is not None]
    return sum(float(one["advantage"]) for one in both) / 2 if len(both) == 2 else None


def _areas(control: Control, image: int) -> dict[str, float | None] | None:
    numbers = {
        "value": _number(control.value[image]),
        "random": _number(control.mean[image]),
        "random_spread": _number(control.spread[image]),
        "advantage": _number(control.advantage[image]),
    }
    return None if numbers["advantage"] is None else numbers


def _number(value: Tensor) -> float | None:
    return round(float(value), 6) if bool(torch.isfinite(value)) else None
