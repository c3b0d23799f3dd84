"""Distorted digits: turned, turned and scaled and moved, tilted, or bent, each by its own chance.

Source: Jaderberg, Simonyan, Zisserman, Kavukcuoglu, "Spatial Transformer Networks", NeurIPS 2015,
arXiv:1506.02025, section 4.1 and appendix A.4: the sets R, RTS, P and E. Ranges of the appendix are
told from memory.
Axes: n pictures, c channels, h height, w width, k control points; a place is (x, y) in pixels from
the centre of the picture, x to the right and y down.
Differs: the paper tells the moves of corners and control points in pixels of 28; here they are
shares of the side. It does not say how far RTS moves a digit: here its whole frame, before it is
turned, stays inside. Everything outside of a picture is black.
"""

import random
import re
from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from saccade.data.geometry import Geometry
from saccade.data.picture_warps import (
    POINTS,
    bent,
    check_pictures,
    even_points,
    placed,
    stretched,
)
from saccade.data.sets import ImageSet, Picture, Splits
from saccade.errors import ConfigError

_NAME = re.compile(r"distorted-(\w+)")

Range = tuple[float, float]


def rotated(pictures: Tensor, generator: torch.Generator, *, degrees: float = 90.0) -> Tensor:
    """Turn each picture by a random angle (R).

    Args:
        pictures: (n h w) or (n c h w), bytes 0-255 or floats 0-1.
        generator: of the angles, on the device of the pictures.
        degrees: most angle, to both sides.

    Returns:
        Pictures of the same shape and type.

    Raises:
        ShapeError: they are no pictures.
        ConfigError: `degrees` is negative.
    """
    angles = _drawn(generator, (len(pictures),), _around(degrees, "degrees"))
    return placed(pictures, degrees=angles)


def rotated_translated_scaled(
    pictures: Tensor,
    generator: torch.Generator,
    *,
    degrees: float = 45.0,
    scale: Range = (0.7, 1.2),
    size: tuple[int, int] | None = None,
) -> Tensor:
    """Turn and scale each picture, and put it somewhere on a larger black one (RTS).

    Args:
        pictures: (n h w) or (n c h w), bytes 0-255 or floats 0-1.
        generator: of all that is random, on the device of the pictures.
        degrees: most angle, to both sides.
        scale: least and most.
        size: (height, width) of the result; one and a half times as large when None.

    Returns:
        (n height width) or (n c height width), of the pictures' type.

    Raises:
        ShapeError: they are no pictures.
        ConfigError: a range cannot work.
    """
    check_pictures(pictures)
    height, width = pictures.shape[-2:]
    size = size or (round(1.5 * height), round(1.5 * width))
    count = len(pictures)
    angles = _drawn(generator, (count,), _around(degrees, "degrees"))
    scales = _drawn(generator, (count,), _rising(scale))
    sides = torch.tensor([[width, height], size[::-1]], device=generator.device)
    room = (sides[1] - scales[:, None] * sides[0]).clamp_min(0) / 2
    shifts = room * _drawn(generator, (count, 2), (-1.0, 1.0))
    return placed(pictures, degrees=angles, scale=scales, shift=shifts, size=size)


def projected(
    pictures: Tensor,
    generator: torch.Generator,
    *,
    scale: Range = (0.75, 1.0),
    deviation: float = 5 / 28,
) -> Tensor:
    """Scale each picture, and move each of its corners by a normal draw (P).

    Args:
        pictures: (n h w) or (n c h w), bytes 0-255 or floats 0-1.
        generator: of all that is random, on the device of the pictures.
        scale: least and most.
        deviation: standard deviation of a corner's move on each axis, as a share of the side.

    Returns:
        Pictures of the same shape and type.

    Raises:
        ShapeError: they are no pictures.
        ConfigError: a range cannot work.
    """
    check_pictures(pictures)
    scales = _drawn(generator, (len(pictures),), _rising(scale))
    moves = _moves(pictures, generator, 4, deviation)
    corners = scales[:, None, None] * even_points(pictures.shape[-2:], 2).to(scales) + moves
    return stretched(pictures, corners)


def elastic(
    pictures: Tensor,
    generator: torch.Generator,
    *,
    scale: Range = (0.75, 1.0),
    deviation: float = 1.5 / 28,
) -> Tensor:
    """Scale each picture, and bend it by moves of 4 x 4 points (E).

    Args:
        pictures: (n h w) or (n c h w), bytes 0-255 or floats 0-1.
        generator: of all that is random, on the device of the pictures.
        scale: least and most.
        deviation: standard deviation of a point's move on each axis, as a share of the side.

    Returns:
        Pictures of the same shape and type.

    Raises:
        ShapeError: they are no pictures.
        ConfigError: a range cannot work.
    """
    check_pictures(pictures)
    scales = _drawn(generator, (len(pictures),), _rising(scale))
    return bent(pictures, _moves(pictures, generator, POINTS**2, deviation), scale=scales)


DISTORTIONS: dict[str, Callable[[Tensor, torch.Generator], Tensor]] = {
    "r": rotated,
    "rts": rotated_translated_scaled,
    "p": projected,
    "e": elastic,
}


class DistortedImages(ImageSet):
    """Pictures that are seen distorted; to learn from, in another way every epoch.

    Args:
        plain: the pictures.
        kind: "r", "rts", "p" or "e".
    """

    def __init__(self, plain: ImageSet, kind: str) -> None:
        super().__init__(plain.name, plain.classes, plain.labels, problems=plain.problems)
        self.plain, self.kind, self.multi = plain, kind, plain.multi

    def picture_name(self, index: int) -> str:
        """Name a picture by its kind and that of the plain one."""
        return f"distorted-{self.kind}:{self.plain.picture_name(index)}"

    def load(self, index: int) -> Picture:
        """Make the one distortion of a picture that it is measured by."""
        return self._distorted(self.plain.load(index), index, "measured")

    def drawn(self, index: int, chance: str) -> Picture:
        """Make a distortion of a picture.

        Args:
            index: of the picture in the set.
            chance: what it depends on, beside the picture's name.
        """
        return self._distorted(self.plain.drawn(index, chance), index, chance)

    def subset(self, name: str, indices: Sequence[int]) -> "DistortedImages":
        """Make a set of some of the pictures."""
        return DistortedImages(self.plain.subset(name, indices), self.kind)

    def _distorted(self, picture: Picture, index: int, chance: str) -> Picture:
        name = self.picture_name(index)
        seed = random.Random(f"{chance}/{name}").getrandbits(56)
        pixels = torch.from_numpy(np.array(picture.raw)).permute(2, 0, 1)
        made = DISTORTIONS[self.kind](pixels[None], torch.Generator().manual_seed(seed))[0]
        raw = made.permute(1, 2, 0).contiguous().numpy()
        return Picture(raw, Geometry.of((raw.shape[1], raw.shape[0])), picture.label, name)


def distorted_of(splits: Splits, name: str) -> Splits:
    """Turn sets of pictures into sets of distorted ones.

    Args:
        splits: of any pictures.
        name: "distorted-r", "distorted-rts", "distorted-p" or "distorted-e".

    Raises:
        ConfigError: there is no such distortion.
    """
    found = _NAME.fullmatch(name)
    if found is None or found[1] not in DISTORTIONS:
        known = " or ".join(f"distorted-{kind}" for kind in DISTORTIONS)
        raise ConfigError(known, repr(name), "distorted-rts")
    parts = {part: DistortedImages(one, found[1]) for part, one in splits.parts().items()}
    return Splits(
        parts.get("train"), parts.get("val"), parts.get("test"), splits.classes, splits.problems
    )


def _moves(pictures: Tensor, generator: torch.Generator, points: int, deviation: float) -> Tensor:
    """Draw moves (n k xy) in pixels, normal on each axis."""
    if not deviation >= 0:
        raise ConfigError("a deviation of 0 or more", str(deviation), "deviation=0.1")
    height, width = pictures.shape[-2:]
    shape = (len(pictures), points, 2)
    normal = torch.randn(shape, generator=generator, device=generator.device)
    return deviation * normal * normal.new_tensor([width, height])


def _drawn(generator: torch.Generator, shape: tuple[int, ...], span: Range) -> Tensor:
    least, most = span
    return least + (most - least) * torch.rand(shape, generator=generator, device=generator.device)


def _around(most: float, name: str) -> Range:
    if not most >= 0:
        raise ConfigError(f"{name} of 0 or more", str(most), f"{name}=45")
    return -most, most


def _rising(scale: Range) -> Range:
    if not 0 < scale[0] <= scale[1]:
        raise ConfigError("a scale from a least above 0 to a most", str(scale), "scale=(0.7, 1.2)")
    return scale
