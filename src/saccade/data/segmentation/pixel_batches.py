"""Batches of pictures with label maps, repeatable to the pixel.

As in `saccade.data.batches`, an epoch depends only on the seed, its number and each picture's
index, so that one that was broken off goes on exactly where it stopped.
Axes: b picture; c channels, h height, w width.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from saccade.data.batches import Feed
from saccade.data.geometry import Geometry
from saccade.data.segmentation.joint import JointChange
from saccade.data.segmentation.sets import PixelSet
from saccade.data.sets import BadFile
from saccade.data.transforms import Preprocessing
from saccade.data.words.word_epochs import WordEpochs
from saccade.errors import ConfigError, DataError

_ALONE = Feed()


@dataclass(frozen=True, slots=True)
class PixelBatch:
    """Some pictures with their label maps.

    Args:
        images: uint8 (b c h w), for `Preprocessing.normalize`; b is 0 where all are broken.
        labels: uint8, of each pixel of the images (b h w) where they were changed together.
        truths: else, for evaluation, the label map of each picture in its own size, uint8 (h w).
        indices: of the pictures in their set.
        names: of the pictures.
        geometries: for evaluation, from each picture's file to its pixels here.
        position: of the batch in its epoch, counted from 0.
        bad: pictures of this batch that are broken and left out.
    """

    images: Tensor
    labels: Tensor | None
    truths: tuple[Tensor, ...]
    indices: tuple[int, ...]
    names: tuple[str, ...]
    geometries: tuple[Geometry, ...]
    position: int
    bad: tuple[BadFile, ...] = ()

    def __len__(self) -> int:
        return len(self.indices)

    @property
    def count(self) -> int:
        """How many there are to learn from: its pictures."""
        return len(self.indices)


class PixelBatches(WordEpochs[PixelBatch]):
    """The batches of a set of pictures with label maps, epoch by epoch.

    Args:
        pictures: the set.
        preprocessing: of the model.
        batch_size: pictures in a batch of one process; the last one may be smaller.
        seed: of the order and the changes; None keeps the order of the set, for evaluation.
        change: random changes to learn from; None for evaluation.
        workers: threads that read ahead; 0 reads in this one. The batches are the same.
        feed: rank of this process and number of processes.

    Raises:
        ConfigError: an option that cannot work.
    """

    alike = False

    def __init__(
        self,
        pictures: PixelSet,
        preprocessing: Preprocessing,
        *,
        batch_size: int,
        seed: int | None = None,
        change: JointChange | None = None,
        workers: int = 0,
        feed: Feed = _ALONE,
    ) -> None:
        super().__init__(batch_size, seed, workers, feed)
        if (change is None) != (seed is None):
            raise ConfigError("a seed and changes, or neither", f"seed={seed}", "seed=0")
        self.pictures = pictures
        self.preprocessing = preprocessing
        self.change = change

    @property
    def name(self) -> str:
        """The name of the set, such as "train"."""
        return self.pictures.name

    def _lengths(self) -> list[tuple[int, ...]]:
        return [(1,)] * len(self.pictures)

    def _batch(self, turns: Sequence[int], number: int, position: int) -> PixelBatch:
        pixels, maps = list[np.ndarray](), list[np.ndarray]()
        good, geometries, bad = list[int](), list[Geometry](), list[BadFile]()
        for index in turns:
            try:
                picture = self.pictures.load(index)
            except DataError as error:
                bad.append(BadFile(self.pictures.picture_name(index), error.got))
                continue
            labels = self.pictures.load_labels(index, picture.geometry.upright)
            if self.change is None:
                seen, geometry = self.preprocessing.apply(picture.raw, picture.geometry)
                geometries.append(geometry)
            else:
                chances = random.Random(f"{self.seed}/{number}/{index}")
                seen, labels = self.change.apply(picture.raw, labels, self.preprocessing, chances)
            good.append(index)
            pixels.append(seen)
            maps.append(labels)
        size = (self.preprocessing.in_chans, *self.preprocessing.img_size)
        own = [torch.from_numpy(np.array(one)) for one in maps]
        together = torch.stack(own) if own else torch.empty(0, *size[1:], dtype=torch.uint8)
        learned = self.change is not None
        return PixelBatch(
            torch.from_numpy(np.stack(pixels) if pixels else np.empty((0, *size), np.uint8)),
            together if learned else None,
            () if learned else tuple(own),
            tuple(good),
            tuple(self.pictures.picture_name(index) for index in good),
            tuple(geometries),
            position,
            tuple(bad),
        )
