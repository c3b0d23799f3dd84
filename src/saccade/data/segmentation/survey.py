"""Looking at a whole set of label maps before anything is learned from it.

Every map is read once: its size must be that of its picture, its ids those of the classes, and its
pixels are counted, so that rare classes can be weighed. A file that cannot be decoded is left out
and named; a map that says something wrong is an error.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image

from saccade.data.finding import header_problem
from saccade.data.orientation import noted
from saccade.data.segmentation.classes import VOID
from saccade.data.segmentation.sets import PixelSet
from saccade.data.sets import BadFile
from saccade.errors import DataError


@dataclass(frozen=True, slots=True)
class Survey:
    """What a set of label maps holds.

    Args:
        kept: the pictures that can be used.
        pixels: of each class, in the order of the indices.
        pictures: that have each class.
        void: pixels that count nowhere.
        size: (width, height) of most pictures, in pixels.
        bad: files that cannot be decoded.
        hash: of names and label maps.
    """

    kept: PixelSet
    pixels: tuple[int, ...]
    pictures: tuple[int, ...]
    void: int
    size: tuple[int, int]
    bad: tuple[BadFile, ...]
    hash: str


def survey(whole: PixelSet, *, tick: Callable[[int], None] | None = None) -> Survey:
    """Read all label maps of a set.

    Args:
        whole: the set.
        tick: called with the number of maps that are done.

    Raises:
        DataError: a map has another size than its picture or says what no class has, or nothing is
            left.
    """
    count = len(whole.classes.told)
    pixels, pictures, void = np.zeros(count, np.int64), np.zeros(count, np.int64), 0
    sizes: dict[tuple[int, int], int] = {}
    good, bad, digest = list[int](), list[BadFile](), hashlib.sha256()
    for index in range(len(whole)):
        reason = header_problem(whole.paths[index]) or header_problem(whole.labels[index])
        if reason is not None:
            bad.append(BadFile(whole.picture_name(index), reason))
            continue
        size = _upright_size(whole, index)
        labels = whole.load_labels(index, size)
        found = np.bincount(labels.ravel(), minlength=VOID + 1)
        pixels += found[:count]
        pictures += found[:count] > 0
        void += int(found[VOID])
        sizes[size] = sizes.get(size, 0) + 1
        good.append(index)
        digest.update(f"{whole.picture_name(index)}\n".encode())
        digest.update(labels.tobytes())
        if tick is not None:
            tick(index + 1)
    if not good or not pixels.any():
        got = "only void pixels" if good else "none that can be decoded"
        raise DataError(f"label maps to use in {whole.name}", got)
    return Survey(
        kept=whole.subset(whole.name, good),
        pixels=tuple(pixels.tolist()),
        pictures=tuple(pictures.tolist()),
        void=void,
        size=max(sizes, key=lambda size: sizes[size]),
        bad=tuple(bad),
        hash=digest.hexdigest()[:16],
    )


def _upright_size(whole: PixelSet, index: int) -> tuple[int, int]:
    """Read the (width, height) of a picture as people see it, from its header."""
    with Image.open(whole.paths[index]) as image:
        turned = noted(image) in (5, 6, 7, 8)
        return (image.height, image.width) if turned else image.size
