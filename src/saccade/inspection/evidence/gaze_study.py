"""Maps of many pictures against where people looked at them, beside a floor and a ceiling.

The floor: the middle of the picture, and where people looked in the other pictures. The ceiling:
what the viewers of a picture tell of each other.

Source: Bylinskii et al., "What do different evaluation metrics tell us about saliency models?",
TPAMI 2019, arXiv:1604.03605, section 3 (baselines and the human limit); shuffled AUC: Zhang et al.,
"SUN: A Bayesian framework for saliency using natural statistics", J. Vision 2008.
Axes: h rows, w columns, f fixations.
Differs: pictures may be measured smaller than they are; CC, SIM and KL of the ceiling compare one
half of the viewers with the other, since one viewer alone gives no density.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor
from torch.nn import functional

from saccade.data.fixations import Fixations
from saccade.errors import ConfigError, DataError
from saccade.inspection.evidence.gaze_maps import centre_bias, fixation_counts, fixation_density
from saccade.inspection.evidence.gaze_scores import mean_of, measured
from saccade.shapes import expect

FLOOR = ("centre", "other pictures")
CEILING = ("one viewer", "other viewers")
_DENSE = ("cc", "sim", "kl")
_ELSEWHERE = 10  # pictures whose fixations the shuffled AUC draws from, as is usual

Size = tuple[int, int]


@dataclass(frozen=True, eq=False)
class Viewed:
    """One picture and its fixations, at the size that is measured.

    Args:
        name: of the picture.
        size: (height, width) in pixels.
        sigma: of the Gaussians of a density, in these pixels.
        points: x, y of each fixation (f 2), in these pixels.
        viewer: number of who looked (f).
        others: fixations of ten other pictures, brought to this size (f 2).
        elsewhere: density of all other pictures' fixations (h w); without others there is none.
    """

    name: str
    size: Size
    sigma: float
    points: Tensor
    viewer: Tensor
    others: Tensor
    elsewhere: Tensor | None

    @cached_property
    def density(self) -> Tensor:
        """Where people looked (h w): a Gaussian on each fixation."""
        return self._density(self.points)

    @cached_property
    def middle(self) -> Tensor:
        """The map of looking at the middle (h w)."""
        return centre_bias(self.size)

    @cached_property
    def _counts(self) -> Tensor:
        return fixation_counts(self.points, self.size)

    @cached_property
    def _shuffled(self) -> Tensor | None:
        return fixation_counts(self.others, self.size) if len(self.others) else None

    def fitted(self, values: Tensor) -> Tensor:
        """Stretch a map over the picture, bilinearly, in float64 (h w).

        Args:
            values: a map of the whole picture, of any size (h w).
        """
        expect(values, "h w", "the map")
        whole = values.detach().double().cpu()[None, None]
        if whole.shape[-2:] == self.size:
            return whole[0, 0]
        return functional.interpolate(
            whole, self.size, mode="bilinear", align_corners=False, antialias=True
        )[0, 0]

    def score(self, values: Tensor) -> dict[str, float | None]:
        """Measure a map of the whole picture (h w), of any size."""
        return measured(self.fitted(values), self._counts, self.density, self._shuffled)

    def score_centred(self, values: Tensor) -> dict[str, float | None]:
        """Measure a map, stretched to 0-1, times the map of looking at the middle."""
        fitted = self.fitted(values)
        low, high = fitted.amin(), fitted.amax()
        return self.score((fitted - low) / (high - low).clamp_min(1e-300) * self.middle)

    def references(self) -> dict[str, dict[str, float | None]]:
        """Measure the floor and, where several viewers are known, the ceiling."""
        found = {"centre": self.score(self.middle)}
        if self.elsewhere is not None:
            found["other pictures"] = self.score(self.elsewhere)
        viewers = sorted(set(self.viewer.tolist()))
        if len(viewers) > 1:
            found |= self._people(viewers)
        return found

    def _people(self, viewers: Sequence[int]) -> dict[str, dict[str, float | None]]:
        """Let each viewer tell of the others, and the others of each viewer."""
        alone, left = [], []
        for number in viewers:
            own, rest = self.points[self.viewer == number], self.points[self.viewer != number]
            alone.append(self._told(own, rest))
            left.append(self._told(rest, own))
        first = torch.isin(self.viewer, torch.tensor(viewers[::2]))
        halves = self.points[first], self.points[~first]
        both = mean_of([self._told(*halves), self._told(*halves[::-1])])
        people = {**mean_of(left), **{name: both[name] for name in _DENSE}}
        return {"one viewer": mean_of(alone), "other viewers": people}

    def _told(self, by: Tensor, of: Tensor) -> dict[str, float | None]:
        counts = fixation_counts(of, self.size)
        return measured(self._density(by), counts, self._density(of), self._shuffled)

    def _density(self, points: Tensor) -> Tensor:
        return fixation_density(points, self.size, sigma=self.sigma)


class GazeStudy:
    """Pictures with the fixations on them, ready to compare maps with.

    Args:
        people: the fixations.
        sizes: (width, height) of each picture in pixels, by its name among the fixations.
        sigma: of the Gaussians of a density, in pixels of the picture; one degree is usual.
        side: pixels of the longer side that is measured at; larger pictures are brought to it.
        seed: of the other pictures that the shuffled AUC draws from.

    Attributes:
        names: of the pictures that can be measured.
        left_out: name and reason of each that cannot.
        outside: fixations that lie outside of their pictures; they are left out.

    Raises:
        ConfigError: sigma or side is not positive.
        DataError: no picture has a fixation inside.
    """

    def __init__(
        self,
        people: Fixations,
        sizes: Mapping[str, Size],
        *,
        sigma: float = 24.0,
        side: int = 400,
        seed: int = 0,
    ) -> None:
        if not sigma > 0 or side < 2:
            raise ConfigError(
                "a sigma above 0 and a side of 2 pixels or more", f"{sigma} and {side}", "24, 400"
            )
        self.sigma, self.side, self.seed = sigma, side, seed
        self._sizes = dict(sizes)
        self._inside: dict[str, tuple[Tensor, Tensor]] = {}
        self._sums: dict[Size, Tensor] = {}
        self.outside, self.left_out = 0, list[tuple[str, str]]()
        for name, (width, height) in sizes.items():
            self._take(people, name, (width, height))
        self.names = tuple(self._inside)
        if not self.names:
            raise DataError(
                "fixations inside the pictures",
                f"none in {len(sizes)} of them",
                "the fixations of these pictures, in pixels of them",
            )

    def picture(self, name: str) -> Viewed:
        """Give one of the pictures of `names`."""
        if name not in self._inside:
            raise DataError("a picture with fixations", repr(name), "one of GazeStudy.names")
        width, height = self._sizes[name]
        scale = min(1.0, self.side / max(width, height))
        size = max(1, round(height * scale)), max(1, round(width * scale))
        points, viewer = self._inside[name]
        sigma = self.sigma * size[1] / width
        own, elsewhere = points * _spans(size), None
        if len(self.names) > 1:
            total = self._sum(size, sigma)
            elsewhere = (total - fixation_density(own, size, sigma=sigma)).clamp_min(0)
        others = self._others(name) * _spans(size)
        return Viewed(name, size, sigma, own, viewer, others, elsewhere)

    def counted(self, names: Iterable[str]) -> tuple[int, int]:
        """Count the fixations on some of the pictures, and the viewers who made them."""
        own = [self._inside[name] for name in names]
        viewers = {number for _, viewer in own for number in viewer.tolist()}
        return sum(len(points) for points, _ in own), len(viewers)

    def _take(self, people: Fixations, name: str, size: Size) -> None:
        """Keep the fixations inside of a picture, as shares of its sides."""
        chosen = people.picture == people.names.index(name) if name in people.names else []
        points = torch.from_numpy(people.points[chosen]).double() / torch.tensor(size)
        inside = ((points >= 0) & (points < 1)).all(dim=1)
        self.outside += int((~inside).sum())
        if inside.any():
            viewer = torch.from_numpy(people.subject[chosen])
            self._inside[name] = (points[inside], viewer[inside])
        else:
            reason = f"all {len(points)} fixations lie outside" if len(points) else "no fixations"
            self.left_out.append((name, reason))

    def _others(self, name: str) -> Tensor:
        """Draw ten other pictures; give their fixations as shares of the sides (f 2)."""
        drawn = torch.Generator().manual_seed(self.seed * 1_000_003 + self.names.index(name))
        rest = [other for other in self.names if other != name]
        order: Sequence[int] = torch.randperm(len(rest), generator=drawn)[:_ELSEWHERE].tolist()
        found = [self._inside[rest[place]][0] for place in order]
        return torch.cat(found) if found else torch.empty(0, 2, dtype=torch.float64)

    def _sum(self, size: Size, sigma: float) -> Tensor:
        """The density of all pictures' fixations, brought to one size (h w)."""
        if size not in self._sums:
            points = torch.cat([own for own, _ in self._inside.values()]) * _spans(size)
            self._sums[size] = fixation_density(points, size, sigma=sigma)
        return self._sums[size]


def _spans(size: Size) -> Tensor:
    return torch.tensor([size[1], size[0]], dtype=torch.float64)
