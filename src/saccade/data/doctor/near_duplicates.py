"""Near-duplicates: pictures that show the same although their pixels differ.

Found are resized, re-compressed, brightened, slightly cropped and mirrored copies. A hash of 64
bits tells which pairs to look at; thumbnails that are laid over each other decide.
Cost: the hashes are sorted 24 times, O(n log n); at most eight pairs for each picture are then
looked at, about a millisecond each. Memory: 1 KiB for each picture.

Source: the hash is the difference hash as Krawetz describes it ("Kind of Like That", 2013); finding
near hashes by some of their bits is Indyk, Motwani, "Approximate Nearest Neighbors", STOC 1998,
section 4.2.
Axes: n pictures, p pairs, h w pixels.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from PIL import Image

from saccade.data.doctor.alignment import SIDE, aligned_correlations

WHOLE, DETAIL = 0.9, 0.75  # correlations from which a pair is taken for copies
LEAST_SIDE = 32  # pixels; smaller pictures have too little detail to tell
_FLAT = 6.0  # standard deviation of a thumbnail, 0-255, below which it shows nothing
_TABLES, _FAR = 24, 18  # bits that copies differ in
_RUN = 24  # neighbours in a bucket
_LOOKS = 8  # pairs of a picture that are looked at
_AT_ONCE = 512


class Likeness(NamedTuple):
    """Two pictures that show the same.

    Attributes:
        first: place of the earlier one.
        later: place of the other.
        whole: correlation of their thumbnails, laid over each other, -1 to 1.
        detail: that of what blurring takes away.
        mirrored: one is the mirror image of the other.
    """

    first: int
    later: int
    whole: float
    detail: float
    mirrored: bool


class Sketches:
    """What is kept of each picture to find its copies."""

    def __init__(self) -> None:
        self.hashes: list[tuple[int, int]] = []
        self.thumbnails: list[np.ndarray] = []
        self.places: list[int] = []
        self.count = 0
        self.passed_over = 0

    def add(self, picture: Image.Image) -> None:
        """Take in the next picture; small and flat ones are passed over.

        Args:
            picture: upright RGB.
        """
        place, self.count = self.count, self.count + 1
        thumbnail = thumbnail_of(picture)
        if min(picture.size) < LEAST_SIDE or thumbnail.std() < _FLAT:
            self.passed_over += 1
            return
        self.hashes.append((difference_hash(thumbnail), difference_hash(thumbnail[:, ::-1])))
        self.thumbnails.append(thumbnail)
        self.places.append(place)

    def likenesses(self) -> list[Likeness]:
        """Find the pictures that show the same as an earlier one; each once, with the first."""
        if len(self.places) < 2:
            return []
        pictures, hashes = np.stack(self.thumbnails), np.array(self.hashes, np.uint64)
        pairs = nearest_pairs(hashes)
        found: dict[int, Likeness] = {}
        for start in range(0, len(pairs), _AT_ONCE):
            for alike in _alike(pictures, pairs[start : start + _AT_ONCE]):
                known = found.get(alike.later)
                if known is None or alike.first < known.first:
                    found[alike.later] = alike
        at = self.places
        return [
            one._replace(first=at[one.first], later=at[one.later])
            for _, one in sorted(found.items())
        ]


def thumbnail_of(picture: Image.Image) -> np.ndarray:
    """Make a picture grey and small: uint8 (h w), 32 pixels each way whatever its shape."""
    small = picture.resize((SIDE, SIDE), Image.Resampling.BILINEAR, reducing_gap=3.0)
    return np.asarray(small.convert("L"))


def difference_hash(thumbnail: np.ndarray) -> int:
    """Tell for 8 rows of 9 cells whether each is darker than its right neighbour, as 64 bits.

    Args:
        thumbnail: uint8 (h w).
    """
    cells = Image.fromarray(np.ascontiguousarray(thumbnail)).resize((9, 8), Image.Resampling.BOX)
    grey = np.asarray(cells).astype(np.int16)
    return int.from_bytes(np.packbits(grey[:, 1:] > grey[:, :-1]).tobytes(), "big")


def nearest_pairs(hashes: np.ndarray, *, seed: int = 0) -> np.ndarray:
    """Find pairs whose hashes differ in few bits, without comparing all.

    Each of 24 tables sorts by other bits, log2(n) - 2 of them: pairs that differ in d of the 64
    meet in one with the chance (1 - d/64)^(log2(n) - 2). Within a bucket each is compared with
    the 24 that follow it.

    Args:
        hashes: uint64 (n 2), of the picture and of its mirror image.
        seed: which bits.

    Returns:
        (pairs 3): the earlier place, the later one, and 1 where one of them is mirrored; at most
        eight for each picture, the nearest ones.
    """
    count = len(hashes)
    both = hashes.T.reshape(-1)  # mirror images behind the pictures
    bits = np.unpackbits(both.astype(">u8").view(np.uint8).reshape(-1, 8), axis=1)
    wide = int(np.clip(np.ceil(np.log2(count)) - 2, 6, 18))
    chance = np.random.default_rng(seed)
    met = [np.empty((0, 2), np.int64)]
    for _ in range(_TABLES):
        chosen = chance.choice(64, wide, replace=False)
        keys = bits[:, chosen].astype(np.int64) @ (1 << np.arange(wide))
        order = np.lexsort((both, keys))
        met.append(_near(order, keys, both, count))
    pairs = np.unique(np.concatenate(met), axis=0)
    distance = np.bitwise_count(both[pairs[:, 0]] ^ both[pairs[:, 1]])
    pairs = pairs[np.argsort(distance, kind="stable")]
    named = np.stack([pairs[:, 0], pairs[:, 1] % count, pairs[:, 1] // count], axis=1)
    return named[_first_of_each(named[:, :2], count)]


def _near(order: np.ndarray, keys: np.ndarray, hashes: np.ndarray, count: int) -> np.ndarray:
    """Pairs of one table (m 2): of the same bucket, few places apart, few bits apart."""
    found = []
    for step in range(1, min(_RUN, len(order) - 1) + 1):
        one, two = order[:-step], order[step:]
        one, two = np.minimum(one, two), np.maximum(one, two)
        # Two mirror images are as near as the pictures; a picture and its own mirror are no pair.
        good = (keys[one] == keys[two]) & (one < count) & (one != two % count)
        one, two = one[good], two[good]
        good = np.bitwise_count(hashes[one] ^ hashes[two]) <= _FAR
        one, two = one[good], two[good]
        low, high = np.minimum(one, two % count), np.maximum(one, two % count)
        found.append(np.stack([low, high + two // count * count], axis=1))
    return np.concatenate(found) if found else np.empty((0, 2), np.int64)


def _first_of_each(pairs: np.ndarray, count: int) -> np.ndarray:
    """Which pairs (m 2) are among the first few of one of their two pictures."""
    looks = np.zeros(count, np.int64)
    kept = np.zeros(len(pairs), bool)
    for place, (one, two) in enumerate(pairs.tolist()):
        kept[place] = looks[one] < _LOOKS or looks[two] < _LOOKS
        if kept[place]:
            looks[one] += 1
            looks[two] += 1
    return kept


def _alike(pictures: np.ndarray, pairs: np.ndarray) -> Iterator[Likeness]:
    """The pairs (m 3) whose thumbnails agree."""
    first, later, mirrored = pairs.T
    other = pictures[later]
    other = np.where(mirrored[:, None, None] == 1, other[:, :, ::-1], other)
    scores: Sequence[tuple[float, float]] = aligned_correlations(pictures[first], other).tolist()
    for (one, two, turned), (whole, detail) in zip(pairs.tolist(), scores, strict=True):
        if whole > WHOLE and detail > DETAIL:
            yield Likeness(one, two, whole, detail, bool(turned))
