"""Digit scenes: a digit somewhere on a larger black picture, alone or among pieces of others.

Source: Mnih, Heess, Graves, Kavukcuoglu, "Recurrent Models of Visual Attention", NeurIPS 2014,
arXiv:1406.6247, section 4.1 (translated MNIST; cluttered translated MNIST with four pieces of 8 x 8
pixels on 60 x 60).
Axes: n digits, h height, w width.
Differs: the paper does not say how a piece meets what is there already. Here they add up, to white
at most.
"""

import re
from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
import torch
from torch import Tensor

from saccade.data.geometry import Geometry
from saccade.data.sets import ArrayImages, ImageSet, Picture, Splits
from saccade.errors import ConfigError, DataError, ShapeError

PIECES, PIECE = 4, 8  # of a cluttered scene: how many, and their side in pixels
_MOST_SIDE = 4096  # pixels
_NAME = re.compile(r"(translated|cluttered)-(\d{1,9})(?:-(\d{1,9}))?")


def translated(digits: Tensor, size: int | tuple[int, int], generator: torch.Generator) -> Tensor:
    """Put each digit whole at a random place of a black picture.

    Args:
        digits: (n h w), bytes 0-255 or floats 0-1.
        size: of the pictures: side in pixels, or (height, width).
        generator: of the places, on the device of the digits.

    Returns:
        (n height width), of the digits' type.

    Raises:
        ShapeError: the digits are no pictures, or are larger than `size`.
    """
    return cluttered(digits, size, 0, generator)


def cluttered(
    digits: Tensor,
    size: int | tuple[int, int],
    pieces: int,
    generator: torch.Generator,
    *,
    piece: int = PIECE,
    donors: Tensor | None = None,
) -> Tensor:
    """Put each digit at a random place, and add random cut-outs of other digits at random places.

    Args:
        digits: (n h w), bytes 0-255 or floats 0-1.
        size: of the pictures: side in pixels, or (height, width).
        pieces: cut-outs in a picture.
        generator: of all that is random, on the device of the digits.
        piece: side of a cut-out in pixels.
        donors: digits of the same type that the pieces are cut from; the others of `digits` when
            None.

    Returns:
        (n height width), of the digits' type.

    Raises:
        ShapeError: the digits are no pictures, or are larger than `size`.
        ConfigError: the pieces are larger than a digit, or fewer than none.
    """
    height, width = (size, size) if isinstance(size, int) else size
    _check(digits, (height, width))
    whole = digits if digits.is_floating_point() else digits.short()  # sums pass 255
    canvas = whole.new_zeros(len(digits), height, width)
    _add(canvas, whole[:, None], generator)
    if pieces:
        source = digits if donors is None else donors
        _check_pieces(source, pieces, piece)
        owners = _owners(len(digits), source, pieces, donors is None, generator)
        _add(canvas, _cut(source, owners, piece, generator).to(whole.dtype), generator)
    return canvas.clamp_(max=1 if digits.is_floating_point() else 255).to(digits.dtype)


def _add(canvas: Tensor, patches: Tensor, generator: torch.Generator) -> None:
    """Add patches (n k h w) to pictures (n height width), each at a random place inside."""
    height, width = canvas.shape[1:]
    index = _places(patches.shape, (height, width), generator)
    canvas.flatten(1).scatter_add_(1, index.flatten(1), patches.flatten(1))


def _cut(source: Tensor, owners: Tensor, piece: int, generator: torch.Generator) -> Tensor:
    """Cut a random square (n k piece piece) out of the digits (n k) of a source (m h w)."""
    height, width = source.shape[1:]
    places = _places((*owners.shape, piece, piece), (height, width), generator)
    return source.flatten(1)[owners[..., None, None], places]


def _places(shape: Sequence[int], size: tuple[int, int], generator: torch.Generator) -> Tensor:
    """Draw where patches (n k h w) lie: the place (n k h w) of each pixel, counted row by row."""
    count, each, high, wide = shape
    steps = [torch.arange(side, device=generator.device) for side in (high, wide)]
    starts = [
        _draw(whole - side + 1, (count, each, 1), generator)
        for whole, side in zip(size, (high, wide), strict=True)
    ]
    rows, columns = (start + step for start, step in zip(starts, steps, strict=True))
    return rows[..., :, None] * size[1] + columns[..., None, :]


def _owners(
    count: int, source: Tensor, pieces: int, own: bool, generator: torch.Generator
) -> Tensor:
    """Draw whose the pieces (n k) are; never the picture's own digit where there are others."""
    if not own or count == 1:
        return _draw(len(source), (count, pieces), generator)
    further = _draw(count - 1, (count, pieces), generator) + 1
    return (torch.arange(count, device=generator.device)[:, None] + further) % count


def _draw(below: int, shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
    return torch.randint(below, shape, generator=generator, device=generator.device)


def _check(digits: Tensor, size: tuple[int, int]) -> None:
    fine = digits.is_floating_point() or digits.dtype == torch.uint8
    if digits.dim() != 3 or not fine or min(digits.shape[1:]) < 1:
        got = f"{tuple(digits.shape)} of {str(digits.dtype).removeprefix('torch.')}"
        raise ShapeError("grey digits (n h w) as bytes or floats", got, "digits[:, 0]")
    height, width = digits.shape[1:]
    if height > size[0] or width > size[1]:
        raise ShapeError(
            f"pictures that hold a digit of {height}x{width} pixels", f"{size[0]}x{size[1]}"
        )


def _check_pieces(source: Tensor, pieces: int, piece: int) -> None:
    most = min(source.shape[1:])
    if pieces < 0 or not 1 <= piece <= most or not len(source):
        raise ConfigError(
            f"0 or more pieces with a side from 1 to {most}", f"{pieces} of {piece}", "pieces=4"
        )


class DigitScenes(ArrayImages):
    """A set of digits of which each is seen in a scene; to learn from, in a new one every epoch.

    Args:
        digits: grey ones.
        size: side of a scene in pixels.
        pieces: of other digits in it.
    """

    def __init__(self, digits: ArrayImages, *, size: int, pieces: int) -> None:
        super().__init__(
            digits.name,
            digits.classes,
            digits.labels,
            pixels=digits.pixels,
            rows=digits.rows,
            source=digits.source,
        )
        self.size, self.pieces = size, pieces
        self._geometry = Geometry.of((size, size))

    def picture_name(self, index: int) -> str:
        """Name a scene by its kind and its digit."""
        kind = f"cluttered-{self.size}-{self.pieces}" if self.pieces else f"translated-{self.size}"
        return f"{kind}:{super().picture_name(index)}"

    def load(self, index: int) -> Picture:
        """Make the one scene of a digit that it is measured by."""
        return self.drawn(index, "measured")

    def drawn(self, index: int, chance: str) -> Picture:
        """Make a scene of a digit.

        Args:
            index: of the digit in the set.
            chance: what its places depend on, beside the digit.
        """
        row = self.rows[index]
        name = f"{chance}/scene/{row}".encode()
        seed = int.from_bytes(blake2b(name, digest_size=7).digest(), "little")
        generator = torch.Generator().manual_seed(seed)
        every = torch.from_numpy(self.pixels)
        scene = cluttered(every[row][None], self.size, self.pieces, generator, donors=every)[
            0
        ].numpy()
        raw = np.repeat(scene[..., None], 3, axis=2)
        return Picture(raw, self._geometry, self._label(index), self.picture_name(index))

    def subset(self, name: str, indices: Sequence[int]) -> "DigitScenes":
        """Make a set of some of the digits; the pixels are shared."""
        return DigitScenes(super().subset(name, indices), size=self.size, pieces=self.pieces)


def scenes_of(splits: Splits, name: str) -> Splits:
    """Turn sets of digits into sets of scenes.

    Args:
        splits: of grey pictures that lie in memory: the digits of scikit-learn, or IDX files.
        name: "translated-60", "cluttered-60" (with four pieces) or "cluttered-60-8" (with eight).

    Raises:
        ConfigError: there is no such scene.
        DataError: the pictures are no digits, or do not fit.
    """
    found = _NAME.fullmatch(name)
    if found is None or (found[1] == "translated" and found[3]) or int(found[2]) > _MOST_SIDE:
        raise ConfigError("translated-SIDE or cluttered-SIDE[-PIECES]", repr(name), "cluttered-60")
    side = int(found[2])
    pieces = int(found[3] or PIECES) if found[1] == "cluttered" else 0
    parts = {part: _scenes(images, side, pieces) for part, images in splits.parts().items()}
    return Splits(
        parts.get("train"), parts.get("val"), parts.get("test"), splits.classes, splits.problems
    )


def _scenes(images: ImageSet, side: int, pieces: int) -> DigitScenes:
    if not isinstance(images, ArrayImages) or images.pixels.ndim != 3:
        raise DataError(
            "grey digits to make scenes of", f"{images.name} of another kind", '"digits" or MNIST'
        )
    height, width = images.pixels.shape[1:]
    if max(height, width) > side or (pieces and min(height, width) < PIECE):
        least = f", and pieces of {PIECE} pixels" if pieces else ""
        raise DataError(
            f"digits that fit scenes of {side}x{side} pixels{least}", f"{height}x{width} pixels"
        )
    return DigitScenes(images, size=side, pieces=pieces)
