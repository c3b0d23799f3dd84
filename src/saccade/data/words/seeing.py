"""The pictures of a batch of words: read into one tensor, each once where they do not change.

Axes: b image (here: turn of the batch, a picture beside its words); b c h w pixels.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from saccade.data.batches import View
from saccade.data.geometry import Geometry
from saccade.data.sets import BadFile, Picture
from saccade.errors import DataError


class Pictures(Protocol):
    """What a set of words beside pictures gives; several entries may have the same picture."""

    @property
    def paths(self) -> Sequence[Path]:
        """The path of each entry's picture."""

    def picture_name(self, index: int) -> str:
        """Name the picture of an entry."""

    def load(self, index: int) -> Picture:
        """Read the picture of an entry."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was read.

    Args:
        images: uint8 (b c h w), b the number of `kept`; (b 0) where nothing was to be read.
        kept: which of the entries asked for were read, as positions in what was asked.
        geometries: of those, from each picture's file to its pixels here; empty where nothing was
            to be read.
        bad: pictures that are broken.
    """

    images: Tensor
    kept: tuple[int, ...]
    geometries: tuple[Geometry, ...]
    bad: tuple[BadFile, ...] = ()


def see_pictures(
    pictures: Pictures,
    indices: Sequence[int],
    chances: Sequence[str],
    view: View | None,
    *,
    exact: bool = True,
) -> Seen:
    """Read the pictures of some entries.

    Args:
        pictures: the set.
        indices: of the entries; without an augmentation the picture of several is read once.
        chances: for each entry, what its random changes depend on.
        view: preprocessing and random changes; None reads nothing.
        exact: as in `Feed`.
    """
    if view is None:
        nothing = torch.empty(len(indices), 0, dtype=torch.uint8)
        return Seen(nothing, tuple(range(len(indices))), ())
    steady = view.augmentation is None
    keys = [pictures.paths[index] if steady else at for at, index in enumerate(indices)]
    (height, width), channels = view.preprocessing.img_size, view.preprocessing.in_chans
    room = np.empty((len(set(keys)), channels, height, width), np.uint8)
    found: dict[Path | int, tuple[int, Geometry]] = {}  # the row of each picture
    bad: dict[Path | int, BadFile] = {}
    for key, index, chance in zip(keys, indices, chances, strict=True):
        if key in found or key in bad:
            continue
        try:
            row = len(found)
            room[row], geometry = view.seen(pictures.load(index), chance, exact)
            found[key] = row, geometry
        except DataError as error:
            bad[key] = BadFile(pictures.picture_name(index), error.got)
    kept = tuple(at for at, key in enumerate(keys) if key in found)
    rows = [found[keys[at]][0] for at in kept]
    images = torch.from_numpy(room)
    images = images[: len(rows)] if len(rows) == len(found) else images[rows]
    geometries = tuple(found[keys[at]][1] for at in kept)
    return Seen(images, kept, geometries, tuple(dict.fromkeys(bad.values())))
