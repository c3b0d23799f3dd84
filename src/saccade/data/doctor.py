"""A full look at a set of pictures before training: what is broken, odd, repeated or unbalanced.

Cost: every picture is decoded once; 16 bytes and one place per distinct picture stay in memory.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from saccade.data.decode import Decoded, read_picture
from saccade.data.folders import FolderImages
from saccade.data.images import open_images
from saccade.data.sets import BadFile, ImageSet
from saccade.errors import DataError

_NAMES_KEPT = 5
_GREY = ("1", "L", "LA", "La", "I", "F")


@dataclass(slots=True)
class Finding:
    """How many pictures are of one kind, and the first few of them by name."""

    count: int = 0
    names: list[str] = field(default_factory=list)

    def add(self, name: str) -> None:
        """Count one more picture."""
        self.count += 1
        if len(self.names) < _NAMES_KEPT:
            self.names.append(name)


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A picture whose pixels equal those of an earlier one.

    Args:
        name: of the later picture.
        split: it lies in.
        first: name of the earlier one.
        first_split: that one lies in.
        conflict: their classes differ.
    """

    name: str
    split: str
    first: str
    first_split: str
    conflict: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Examination:
    """What `examine` found.

    Args:
        source: what was examined.
        classes: names of the classes.
        counts: split to class to number of readable pictures.
        bad: every file that cannot be read, each once.
        sizes: upright (width, height) to number of pictures.
        kinds: "grey", "16-bit", "alpha", "palette", "CMYK", "rotated by EXIF" to what was found;
            only kinds that occur.
        duplicates: pictures that equal an earlier one, the first thousand.
        duplicate_count: how many there are inside one split.
        leak_count: how many there are across splits.
        conflict_count: how many, of both, are in another class than the earlier one.
    """

    source: str
    classes: tuple[str, ...]
    counts: dict[str, dict[str, int]]
    bad: tuple[BadFile, ...]
    sizes: dict[tuple[int, int], int]
    kinds: dict[str, Finding]
    duplicates: tuple[Duplicate, ...]
    duplicate_count: int
    leak_count: int
    conflict_count: int

    @property
    def size_range(self) -> tuple[tuple[int, int], ...]:
        """The smallest, the median and the largest (width, height) by area; empty for none."""
        ordered = sorted(self.sizes, key=lambda size: (size[0] * size[1], size))
        half, seen = (sum(self.sizes.values()) + 1) // 2, 0
        for size in ordered:
            seen += self.sizes[size]
            if seen >= half:
                return ordered[0], size, ordered[-1]
        return ()


class _Duplicates:
    """Remembers the first picture of each content by 16 bytes."""

    kept = 1000

    def __init__(self) -> None:
        self.firsts: dict[bytes, tuple[ImageSet, int]] = {}
        self.found: list[Duplicate] = []
        self.inside = self.across = self.conflicts = 0

    def add(self, content: bytes, images: ImageSet, index: int) -> None:
        first, place = self.firsts.setdefault(content, (images, index))
        if first is images and place == index:
            return
        conflict = first.labels[place] != images.labels[index]
        self.conflicts += conflict
        self.inside += first is images
        self.across += first is not images
        if len(self.found) < self.kept:
            name, earlier = images.picture_name(index), first.picture_name(place)
            self.found.append(Duplicate(name, images.name, earlier, first.name, conflict))


def examine(source: str) -> Examination:
    """Decode every picture of a source and report what a training run would meet.

    Args:
        source: as for `open_images`; nothing is split off.

    Raises:
        DataError: the source cannot be opened at all.
    """
    splits = open_images(source, val_fraction=0.0)
    bad = list(splits.problems)
    sizes: Counter[tuple[int, int]] = Counter()
    kinds: dict[str, Finding] = {}
    repeated = _Duplicates()
    counts: dict[str, dict[str, int]] = {}
    for name, images in splits.parts().items():
        own = counts[name] = dict.fromkeys(splits.classes, 0)
        for index in range(len(images)):
            try:
                decoded = _decode(images, index)
            except DataError as error:
                bad.append(BadFile(images.picture_name(index), error.got))
                continue
            own[splits.classes[images.labels[index]]] += 1
            sizes[decoded.image.size] += 1
            for kind in _kinds(decoded):
                kinds.setdefault(kind, Finding()).add(images.picture_name(index))
            repeated.add(_content(decoded), images, index)
    return Examination(
        source=source,
        classes=splits.classes,
        counts=counts,
        bad=tuple(bad),
        sizes=dict(sizes),
        kinds=kinds,
        duplicates=tuple(repeated.found),
        duplicate_count=repeated.inside,
        leak_count=repeated.across,
        conflict_count=repeated.conflicts,
    )


def _decode(images: ImageSet, index: int) -> Decoded:
    if isinstance(images, FolderImages):
        return read_picture(images.path(index))
    picture = images.load(index)
    return Decoded(picture.image, picture.geometry, "L", transparent=False)


def _kinds(decoded: Decoded) -> Iterator[str]:
    deep = decoded.mode.startswith("I")
    if deep or decoded.mode in _GREY:
        yield "grey"
    if deep:
        yield "16-bit"
    if decoded.transparent:
        yield "alpha"
    if decoded.mode in ("P", "PA"):
        yield "palette"
    if decoded.mode == "CMYK":
        yield "CMYK"
    if decoded.geometry.orientation != 1:
        yield "rotated by EXIF"


def _content(decoded: Decoded) -> bytes:
    size = f"{decoded.image.size}".encode()
    return hashlib.blake2b(size + decoded.image.tobytes(), digest_size=16).digest()
