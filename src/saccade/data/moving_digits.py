"""Moving digits: clips in which digits bounce about, and a question that spans the whole clip.

The question is whether the digit that moves at the beginning of a clip is of the same class as the
one at its end; between them there is nothing but noise. What a network adds up of single moments
cannot answer it, see `limit_of_sums`.

Source: Srivastava, Mansimov, Salakhutdinov, "Unsupervised Learning of Video Representations using
LSTMs", ICML 2015, arXiv:1502.04681, section 4 (moving digits: 64 x 64 pixels, two digits, a
direction and a speed each, reflected by the edges). The question is made here.
Axes: n clips, k digits, t time (frames), h height, w width.
Differs: digits lie on whole pixels, and where two overlap the brighter one is seen.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from saccade.errors import ConfigError, DataError
from saccade.shapes import expect

SPEED = (1.0, 3.0)  # pixels a frame, the least and the most


@dataclass(frozen=True, slots=True)
class SameClips:
    """Clips, and whether both of their digits are of one class.

    Args:
        clips: (n c t h w) in 0-1, one channel.
        same: 1 where they are, else 0 (n).
        classes: of the first and of the last digit (n k).
        corners: row and column of the corner of the digit in each frame, -1 in frames of noise
            (n t 2).
    """

    clips: Tensor
    same: Tensor
    classes: Tensor
    corners: Tensor


@dataclass(frozen=True, kw_only=True, slots=True)
class SameRules:
    """How the clips of the question are made.

    Args:
        side: of a frame in pixels.
        frames: of a clip.
        shown: frames at the beginning, and as many at the end, that show a digit.
        noise: brightest pixel of the frames between them, 0-1.
        speed: pixels a frame, the least and the most.

    Raises:
        ConfigError: no frame lies between the digits, or a number is out of its range.
    """

    side: int = 32
    frames: int = 8
    shown: int = 2
    noise: float = 0.5
    speed: tuple[float, float] = SPEED

    def __post_init__(self) -> None:
        fits = self.shown >= 1 and 2 * self.shown < self.frames
        if not fits or not 0 <= self.noise <= 1 or not 0 <= self.speed[0] <= self.speed[1]:
            raise ConfigError(
                "frames of noise between two digits, noise in 0-1 and a rising speed",
                f"{self.shown} + {self.shown} of {self.frames} frames, noise {self.noise:g}, "
                f"speed {self.speed}",
                "SameRules(frames=8, shown=2)",
            )


def bouncing(
    count: int,
    room: tuple[int, int],
    frames: int,
    generator: torch.Generator,
    *,
    speed: tuple[float, float] = SPEED,
) -> Tensor:
    """Draw straight paths that edges reflect: whole rows and columns (n t 2).

    Args:
        count: how many paths.
        room: highest row and column; the lowest are 0.
        frames: of each path.
        generator: of starts, directions and speeds.
        speed: pixels a frame, the least and the most.
    """
    drawn = torch.rand(count, 4, generator=generator, dtype=torch.float64)
    angle, pace = 2 * torch.pi * drawn[:, 2], speed[0] + (speed[1] - speed[0]) * drawn[:, 3]
    step = torch.stack((angle.sin(), angle.cos()), dim=1) * pace[:, None]
    most = torch.tensor(room, dtype=torch.float64)
    times = torch.arange(frames, dtype=torch.float64)
    free = (drawn[:, :2] * most)[:, None] + step[:, None] * times[None, :, None]
    # A reflected path is a straight one folded like a strip of paper.
    folded = most - (free.remainder((2 * most).clamp_min(1)) - most).abs()
    return folded.round().long().clamp_min_(0)


def moving(
    digits: Tensor,
    size: int | tuple[int, int],
    frames: int,
    generator: torch.Generator,
    *,
    speed: tuple[float, float] = SPEED,
) -> Tensor:
    """Let digits bounce about black frames (n t height width), floats 0-1.

    Args:
        digits: those of each clip (n k h w), bytes 0-255 or floats 0-1.
        size: of a frame: side in pixels, or (height, width).
        frames: of a clip.
        generator: of the paths.
        speed: pixels a frame, the least and the most.

    Raises:
        DataError: a digit is larger than a frame.
    """
    expect(digits, "n k h w", "the digits")
    n, k, h, w = digits.shape
    height, width = (size, size) if isinstance(size, int) else size
    _check_fits((h, w), (height, width))
    paths = bouncing(n * k, (height - h, width - w), frames, generator, speed=speed)
    placed = place(_bright(digits).reshape(n * k, h, w), paths, (height, width))
    return placed.view(n, k, frames, height, width).amax(dim=1)


def place(digits: Tensor, corners: Tensor, size: tuple[int, int]) -> Tensor:
    """Put digits (n h w) at their corners in each frame of black clips (n t height width)."""
    (n, h, w), frames, (height, width) = digits.shape, corners.shape[1], size
    rows = corners[:, :, 0, None] + torch.arange(h)
    columns = corners[:, :, 1, None] + torch.arange(w)
    index = (rows[..., :, None] * width + columns[..., None, :]).flatten(2)
    clips = digits.new_zeros(n, frames, height * width)
    clips.scatter_(2, index, digits[:, None].expand(-1, frames, -1, -1).flatten(2))
    return clips.view(n, frames, height, width)


def same_clips(
    digits: Tensor,
    labels: Tensor,
    count: int,
    generator: torch.Generator,
    rules: SameRules | None = None,
) -> SameClips:
    """Draw clips of the question; half of them are meant to have two digits of one class.

    Each class comes first equally often; the digits of a clip are drawn from all of their class.

    Args:
        digits: pictures (m h w), bytes 0-255 or floats 0-1.
        labels: their classes (m), whole numbers from 0.
        count: how many clips.
        generator: of all that is random, on the CPU.
        rules: of the clips.

    Raises:
        DataError: there are fewer than two classes, or a digit is larger than a frame.
    """
    rules = rules or SameRules()
    expect(digits, "n h w", "the digits")
    _check_fits((digits.shape[1], digits.shape[2]), (rules.side, rules.side))
    same = torch.randint(2, (count,), generator=generator)
    classes, chosen = _drawn(labels, same, generator)
    room = rules.side - digits.shape[1], rules.side - digits.shape[2]
    paths = bouncing(2 * count, room, rules.shown, generator, speed=rules.speed)
    pictures = _bright(digits[chosen.flatten()])
    shown = place(pictures, paths, (rules.side, rules.side))
    shown = shown.view(count, 2, rules.shown, rules.side, rules.side)
    between = rules.frames - 2 * rules.shown
    noise = torch.rand(count, between, rules.side, rules.side, generator=generator) * rules.noise
    clips = torch.cat((shown[:, 0], noise, shown[:, 1]), dim=1)
    both = paths.view(count, 2, rules.shown, 2)
    nowhere = both.new_full((count, between, 2), -1)
    corners = torch.cat((both[:, 0], nowhere, both[:, 1]), dim=1)
    return SameClips(clips[:, None], same, classes, corners)


def limit_of_sums(classes: int, *, ordered: bool = False) -> float:
    """Give the best accuracy of answering by a sum over single moments of a clip, 0-1.

    Any network answers so that sees short pieces of a clip and ends with their mean and a linear
    layer: "same" where f(first) + g(last) is above a threshold. Let it say "same" to s of the K
    pairs of equal classes. For any two of these classes a and b the sums of (a, b) and of (b, a)
    add up to as much as those of (a, a) and (b, b), so one of the two is above the threshold too,
    and both are where f = g. So s / K of the equal pairs are right, and at least s (s - 1) of the
    K (K - 1) others are wrong, or half as many where the network knows the beginning from the end.

    Args:
        classes: K, how many there are, equally often.
        ordered: whether f and g may differ.

    Raises:
        ConfigError: there are fewer than two.
    """
    if classes < 2:
        raise ConfigError("two classes or more", str(classes), "10")
    pairs = classes * (classes - 1) * (2 if ordered else 1)
    return 0.5 + max(s / classes - s * (s - 1) / pairs for s in range(classes + 1)) / 2


def _drawn(labels: Tensor, same: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Draw the classes of both digits (n k) and which picture each is (n k)."""
    every = torch.bincount(labels)
    known = every.nonzero()[:, 0]
    counts = every[known]
    if len(known) < 2:
        raise DataError("digits of two classes or more", str(len(known)), "all of the set")
    count = len(same)
    first = torch.randint(len(known), (count,), generator=generator)
    away = torch.randint(1, len(known), (count,), generator=generator)
    both = torch.stack((first, (first + away * (1 - same)) % len(known)), dim=1)
    order, ends = labels.argsort(stable=True), counts.cumsum(0)
    share = torch.rand(count, 2, generator=generator, dtype=torch.float64)
    within = (share * counts[both]).long()
    return known[both], order[(ends - counts)[both] + within]


def _bright(digits: Tensor) -> Tensor:
    return digits.float() if digits.is_floating_point() else digits.float() / 255


def _check_fits(digit: tuple[int, int], size: tuple[int, int]) -> None:
    if digit[0] > size[0] or digit[1] > size[1]:
        raise DataError(
            f"digits of at most {size[0]}x{size[1]} pixels",
            f"{digit[0]}x{digit[1]}",
            "larger frames",
        )
