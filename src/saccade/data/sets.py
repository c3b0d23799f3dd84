"""Labelled image sets: what every source of pictures gives, and how one is split in two."""

import random
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from PIL import Image

from saccade.data.decode import as_image
from saccade.data.geometry import Geometry
from saccade.errors import ConfigError, DataError

Part = Literal["train", "val", "test"]


@dataclass(frozen=True, slots=True)
class BadFile:
    """A file that was left out.

    Args:
        name: its path, below the folder that was opened where there is one.
        reason: why, in a few words.
    """

    name: str
    reason: str


class Picture:
    """One picture, ready to be transformed.

    Args:
        raw: upright, 8-bit RGB: a picture, or its pixels as uint8 (h w 3).
        geometry: from its stored pixels to the upright ones.
        label: index of its class; None when unknown.
        name: what to call it in a report.
    """

    def __init__(
        self, raw: Image.Image | np.ndarray, geometry: Geometry, label: int | None, name: str
    ) -> None:
        self.raw = raw
        self.geometry = geometry
        self.label = label
        self.name = name

    @cached_property
    def image(self) -> Image.Image:
        """The picture; it is made of its pixels when it is first asked for."""
        return as_image(self.raw)


class ImageSet(ABC):
    """Pictures with labels, read one at a time.

    Args:
        name: what to call the set, such as "train".
        classes: names of the classes; a label is an index into them.
        labels: one for each picture; -1 when unknown.
        problems: files that were found bad while scanning and are not in the set.

    Attributes:
        multi: all labels of each picture, where a picture may have several or none; `labels` then
            holds the rarest of them, so that splits and samplers follow it. None elsewhere.
    """

    multi: Sequence[tuple[int, ...]] | None = None

    def __init__(
        self,
        name: str,
        classes: tuple[str, ...],
        labels: Sequence[int],
        *,
        problems: Sequence[BadFile] = (),
    ) -> None:
        self.name = name
        self.classes = classes
        self.labels = list(labels)
        self.problems = list(problems)

    def __len__(self) -> int:
        return len(self.labels)

    @abstractmethod
    def picture_name(self, index: int) -> str:
        """Name a picture without reading it."""

    @abstractmethod
    def load(self, index: int) -> Picture:
        """Read a picture.

        Raises:
            DataError: it cannot be read.
        """

    def drawn(self, index: int, chance: str) -> Picture:
        """Give a picture to learn from; sets that make pictures make another for each chance.

        Args:
            index: of the picture.
            chance: what random draws depend on.

        Raises:
            DataError: it cannot be read.
        """
        return self.load(index)

    @abstractmethod
    def subset(self, name: str, indices: Sequence[int]) -> "ImageSet":
        """Make a set of some of the pictures, in the given order; it has no problems."""

    def _label(self, index: int) -> int | None:
        label = self.labels[index]
        return label if label >= 0 else None


class ArrayImages(ImageSet):
    """Pictures that lie in one array in memory.

    Args:
        name: what to call the set.
        classes: names of the classes.
        labels: one for each picture.
        pixels: uint8 (n h w) for grey or (n h w c) for RGB pictures.
        rows: which rows of `pixels` are in the set, in order; all when None.
        source: what to call the array in the names of pictures.
    """

    def __init__(
        self,
        name: str,
        classes: tuple[str, ...],
        labels: Sequence[int],
        *,
        pixels: np.ndarray,
        rows: Sequence[int] | None = None,
        source: str = "",
    ) -> None:
        super().__init__(name, classes, labels)
        self.pixels = pixels
        self.rows = list(range(len(pixels)) if rows is None else rows)
        self.source = source or name
        height, width = pixels.shape[1:3]
        self._geometry = Geometry.of((int(width), int(height)))

    def picture_name(self, index: int) -> str:
        """Name a picture by its source and its row, counted from 0."""
        return f"{self.source}/{self.rows[index]}"

    def load(self, index: int) -> Picture:
        """Take a picture out of the array."""
        image = Image.fromarray(self.pixels[self.rows[index]]).convert("RGB")
        return Picture(image, self._geometry, self._label(index), self.picture_name(index))

    def subset(self, name: str, indices: Sequence[int]) -> "ArrayImages":
        """Make a set of some of the pictures; the pixels are shared."""
        return ArrayImages(
            name,
            self.classes,
            [self.labels[i] for i in indices],
            pixels=self.pixels,
            rows=[self.rows[i] for i in indices],
            source=self.source,
        )


@dataclass(frozen=True, slots=True)
class Splits:
    """The parts of a source of pictures, all with the same classes.

    Args:
        train: pictures to learn from; None only when `open_images` was told the classes.
        val: pictures to choose the best epoch by.
        test: pictures kept aside.
        classes: names of the classes, in the order of the labels.
        problems: every bad file found while scanning, in all parts.
    """

    train: ImageSet | None
    val: ImageSet | None
    test: ImageSet | None
    classes: tuple[str, ...]
    problems: tuple[BadFile, ...] = ()

    def part(self, name: Part) -> ImageSet:
        """Give one part.

        Raises:
            DataError: the source has no such part.
        """
        found: ImageSet | None = getattr(self, name)
        if found is None:
            parts = ", ".join(self.parts()) or "nothing"
            raise DataError(f"a {name} part", f"only {parts}", f"adding a folder {name}")
        return found

    def parts(self) -> dict[str, ImageSet]:
        """Give the parts that exist, by name."""
        every = {"train": self.train, "val": self.val, "test": self.test}
        return {name: images for name, images in every.items() if images is not None}


def split_off(
    images: ImageSet,
    fraction: float,
    *,
    seed: int,
    name: str = "val",
    ranks: Sequence[int] | None = None,
) -> tuple[ImageSet, ImageSet | None]:
    """Split a set in two so that each class gives its share; both keep the order of the set.

    Args:
        images: the set.
        fraction: share of the pictures to split off, 0 to below 1; rounded over the whole set,
            and at least one picture of each class stays.
        seed: which pictures; the same seed gives the same split.
        name: of the part that is split off.
        ranks: a number for each class that chance follows instead of its label, so that another
            order of the classes splits the same; the labels themselves when None.

    Returns:
        What stays and what was split off, None when that is no picture.
    """
    if not 0 <= fraction < 1:
        raise ConfigError("a fraction from 0 to below 1", str(fraction), "0.1")
    members: dict[int, list[int]] = {}
    for index, label in enumerate(images.labels):
        members.setdefault(label, []).append(index)
    shares = _shares({label: len(own) for label, own in members.items()}, fraction)
    taken: set[int] = set()
    for label, own in members.items():
        chance = label if ranks is None else ranks[label]
        random.Random(f"{seed}/split/{chance}").shuffle(own)
        taken.update(own[: shares[label]])
    if not taken:
        return images, None
    rest = images.subset(images.name, [i for i in range(len(images)) if i not in taken])
    rest.problems = images.problems
    return rest, images.subset(name, sorted(taken))


def _shares(counts: dict[int, int], fraction: float) -> dict[int, int]:
    """Share out the pictures by largest remainders, one at least staying in each class."""
    exact = {label: count * fraction for label, count in counts.items()}
    shares = {label: min(int(exact[label]), counts[label] - 1) for label in counts}
    missing = round(sum(counts.values()) * fraction) - sum(shares.values())
    by_remainder = sorted(counts, key=lambda label: (shares[label] - exact[label], label))
    for label in by_remainder:
        if missing > 0 and shares[label] < counts[label] - 1:
            shares[label] += 1
            missing -= 1
    return shares
