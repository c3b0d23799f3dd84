"""A full look at a set of pictures before training: what is broken, odd, repeated or unbalanced.

Cost: every picture is decoded once. Of each picture that is not tiny about 1 KiB stays in memory.
"""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from saccade.data.decode import Decoded
from saccade.data.doctor.duplicates import Contents, Twin
from saccade.data.doctor.near_duplicates import Sketches
from saccade.data.doctor.pixels import Pixels
from saccade.data.doctor.remark import Spot
from saccade.data.doctor.sizes import Size, Sizes, size_range
from saccade.data.doctor.sources import decoded, open_to_examine
from saccade.data.sets import BadFile, ImageSet, Splits
from saccade.errors import DataError

KEPT = 24  # pictures that a finding names
Tick = Callable[[int, int], None]
_GREY = ("1", "L", "LA", "La", "I", "F")


@dataclass(slots=True)
class Finding:
    """How many pictures are of one kind, and the first of them."""

    count: int = 0
    spots: list[Spot] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        """What the first of them are called."""
        return [spot.name for spot in self.spots]

    def add(self, spot: Spot) -> None:
        """Count one more picture."""
        self.count += 1
        if len(self.spots) < KEPT:
            self.spots.append(spot)


@dataclass(frozen=True, kw_only=True, slots=True)
class Examination:
    """What `examine` found.

    Args:
        source: what was examined.
        splits: its pictures.
        unlabelled: why they have no labels; empty when they have some.
        classes: names of the classes.
        counts: split to class to number of readable pictures; one of several labels counts each.
        totals: split to number of readable pictures.
        bad: every file that cannot be read, each once.
        sizes: upright (width, height) to number of pictures.
        odd: "small", "long" or "odd" to how many pictures have such a size, and the first of them.
        kinds: "grey", "16-bit", "alpha", "palette", "CMYK", "rotated by EXIF" to what was found;
            only kinds that occur.
        twins: pictures that equal an earlier one.
        near: pictures that show the same as an earlier one; neither of them is a twin.
        not_compared: pictures too small or flat to be searched for copies.
        pixels: of all pictures, mean and spread.
    """

    source: str
    splits: Splits
    unlabelled: str
    classes: tuple[str, ...]
    counts: dict[str, dict[str, int]]
    totals: dict[str, int]
    bad: tuple[BadFile, ...]
    sizes: dict[Size, int]
    odd: dict[str, tuple[int, tuple[Spot, ...]]]
    kinds: dict[str, Finding]
    twins: tuple[Twin, ...]
    near: tuple[Twin, ...]
    not_compared: int
    pixels: Pixels

    @property
    def size_range(self) -> tuple[Size, ...]:
        """The smallest, the median and the largest (width, height) by area; empty for none."""
        return size_range(self.sizes)

    def to_dict(self) -> dict[str, Any]:
        """Write what was found as plain values, fit for JSON; of twins the first thousand."""
        return {
            "source": self.source,
            "unlabelled": self.unlabelled,
            "classes": list(self.classes),
            "counts": self.counts,
            "totals": self.totals,
            "bad": [asdict(file) for file in self.bad],
            "sizes": {f"{width}x{height}": count for (width, height), count in self.sizes.items()},
            "kinds": {kind: found.count for kind, found in self.kinds.items()},
            "duplicates": [_plain(twin) for twin in self.twins[:1000]],
            "duplicate_count": sum(not twin.across for twin in self.twins),
            "leak_count": sum(twin.across for twin in self.twins),
            "conflict_count": sum(twin.conflict for twin in self.twins),
            "near_duplicates": [_plain(twin) for twin in self.near[:1000]],
            "near_duplicate_count": sum(not twin.across for twin in self.near),
            "near_leak_count": sum(twin.across for twin in self.near),
            "not_compared": self.not_compared,
            "mean": list(self.pixels.mean),
            "std": list(self.pixels.std),
        }


class _Look:
    """What is gathered over all pictures."""

    def __init__(self, splits: Splits, tick: Tick | None) -> None:
        self.splits, self.bad = splits, list(splits.problems)
        self.counts: dict[str, dict[str, int]] = {}
        self.totals: dict[str, int] = {}
        self.kinds: dict[str, Finding] = {}
        self.sizes, self.pixels = Sizes(), Pixels()
        self.sketches, self.spots = Sketches(), list[Spot]()
        self.twins: list[Twin] = []
        self._contents, self._labels = Contents(), dict[Spot, tuple[int, ...]]()
        self._tick, self._done = tick, 0

    def through(self, part: str, images: ImageSet) -> None:
        """Look at every picture of a split."""
        own = self.counts[part] = dict.fromkeys(self.splits.classes, 0)
        self.totals[part] = 0
        whole = sum(map(len, self.splits.parts().values()))
        for index in range(len(images)):
            spot, labels = Spot(part, index, images.picture_name(index)), labels_of(images, index)
            try:
                self.take(decoded(images, index), spot, labels)
            except DataError as error:
                self.bad.append(BadFile(spot.name, error.got))
            else:
                self.totals[part] += 1
                for label in labels:
                    own[self.splits.classes[label]] += 1
            self._done += 1
            if self._tick is not None:
                self._tick(self._done, whole)

    def take(self, read: Decoded, spot: Spot, labels: tuple[int, ...]) -> None:
        """Look at one picture."""
        self.sizes.add(read.image.size, spot)
        self.pixels.add(read.image, spot)
        for kind in _kinds(read):
            self.kinds.setdefault(kind, Finding()).add(spot)
        self._labels[spot] = labels
        first = self._contents.earlier(read, spot)
        if first is None:
            self.sketches.add(read.image)
            self.spots.append(spot)
        else:
            self.twins.append(Twin(spot, first, self._labels[first] != labels))

    def near(self) -> Iterator[Twin]:
        """Find the copies."""
        for one in self.sketches.likenesses():
            later, first = self.spots[one.later], self.spots[one.first]
            conflict = self._labels[first] != self._labels[later]
            yield Twin(later, first, conflict, round(one.whole, 4), one.mirrored)


def examine(source: str, *, tick: Tick | None = None) -> Examination:
    """Decode every picture of a source and report what a training run would meet.

    Args:
        source: as for `open_images`, or a table of labels, or a folder of pictures without
            labels; nothing is split off.
        tick: called with how many pictures are done, and of how many.

    Raises:
        DataError: the source cannot be opened at all.
    """
    splits, unlabelled = open_to_examine(source)
    look = _Look(splits, tick)
    for part, images in splits.parts().items():
        look.through(part, images)
    return Examination(
        source=source,
        splits=splits,
        unlabelled=unlabelled,
        classes=splits.classes,
        counts=look.counts,
        totals=look.totals,
        bad=tuple(look.bad),
        sizes=dict(look.sizes.counts),
        odd=look.sizes.odd(),
        kinds=look.kinds,
        twins=tuple(look.twins),
        near=tuple(look.near()),
        not_compared=look.sketches.passed_over,
        pixels=look.pixels,
    )


def labels_of(images: ImageSet, index: int) -> tuple[int, ...]:
    """Give all labels of a picture; none when it has none, or they are unknown."""
    if images.multi is not None:
        return tuple(images.multi[index])
    return tuple(label for label in (images.labels[index],) if label >= 0)


def _kinds(read: Decoded) -> Iterator[str]:
    deep = read.mode.startswith("I")
    if deep or read.mode in _GREY:
        yield "grey"
    if deep:
        yield "16-bit"
    if read.transparent:
        yield "alpha"
    if read.mode in ("P", "PA"):
        yield "palette"
    if read.mode == "CMYK":
        yield "CMYK"
    if read.geometry.orientation != 1:
        yield "rotated by EXIF"


def _plain(twin: Twin) -> dict[str, Any]:
    return {
        "name": twin.later.name,
        "split": twin.later.split,
        "first": twin.first.name,
        "first_split": twin.first.split,
        "conflict": twin.conflict,
        "likeness": twin.likeness,
        "mirrored": twin.mirrored,
    }
