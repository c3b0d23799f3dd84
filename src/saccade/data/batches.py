"""Batches: the one loader for training and evaluation, repeatable to the picture.

The order of an epoch and the changes of each picture depend only on the seed, the epoch's number
and the picture's index, never on workers or on what was read before. So an epoch that was broken
off goes on exactly where it stopped.
"""

import random
import signal
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from saccade.data.augmentation import Augmentation
from saccade.data.geometry import Geometry
from saccade.data.images import OnBad
from saccade.data.sets import BadFile, ImageSet
from saccade.data.transforms import Preprocessing
from saccade.errors import ConfigError, DataError


@dataclass(frozen=True, slots=True)
class Batch:
    """Some pictures, ready for `Preprocessing.normalize`.

    Args:
        images: uint8 (b c h w); b may be 0 when every picture of the batch is broken.
        labels: int64 (b); -1 where unknown.
        indices: of the pictures in their set.
        names: of the pictures.
        geometries: from each picture's file to its pixels here; None after a rotation.
        bad: pictures of this batch that are broken and left out.
        position: of the batch in its epoch, counted from 0.
    """

    images: Tensor
    labels: Tensor
    indices: tuple[int, ...]
    names: tuple[str, ...]
    geometries: tuple[Geometry | None, ...]
    bad: tuple[BadFile, ...]
    position: int

    def __len__(self) -> int:
        return len(self.indices)


class Batches:
    """The batches of an image set, epoch by epoch.

    A broken picture is left out and named in `bad`, never replaced. Its batch is smaller, at worst
    empty, so that the k-th batch is the k-th whatever is broken.

    Args:
        images: the set.
        preprocessing: of the model.
        batch_size: pictures in a batch; the last one may be smaller.
        seed: of the order and the augmentation; None keeps the order of the set.
        augmentation: random changes; None for evaluation.
        workers: processes that read ahead; 0 reads in this one. The batches are the same.
        on_bad: "skip" leaves broken pictures out, "fail" raises for the first.

    Raises:
        ConfigError: an option that cannot work.
    """

    def __init__(
        self,
        images: ImageSet,
        preprocessing: Preprocessing,
        *,
        batch_size: int,
        seed: int | None = None,
        augmentation: Augmentation | None = None,
        workers: int = 0,
        on_bad: OnBad = "skip",
    ) -> None:
        if batch_size < 1:
            raise ConfigError("a batch_size of 1 or more", str(batch_size))
        if workers < 0:
            raise ConfigError("0 or more workers", str(workers))
        if augmentation is not None and seed is None:
            raise ConfigError("a seed with an augmentation", "none", "seed=0")
        self.images = images
        self.preprocessing = preprocessing
        self.batch_size = batch_size
        self.seed = seed
        self.augmentation = augmentation
        self.workers = workers
        self.on_bad = on_bad
        self.bad: list[BadFile] = []

    def __len__(self) -> int:
        """The number of batches in an epoch."""
        return -(-len(self.images) // self.batch_size)

    def epoch(self, number: int = 0, *, start: int = 0) -> Iterator[Batch]:
        """Read the batches of an epoch.

        Args:
            number: of the epoch; another number gives another order and other changes.
            start: position of the first batch to give: exactly what the whole epoch would give
                from there on.

        Raises:
            DataError: a picture is broken and `on_bad` is "fail".
            ConfigError: `start` is not a position of the epoch.
        """
        if not 0 <= start <= len(self):
            raise ConfigError(f"a start from 0 to {len(self)}", str(start))
        return self._noted(self._read(_Epoch(self, number), range(start, len(self))))

    def _noted(self, batches: Iterator[Batch]) -> Iterator[Batch]:
        for batch in batches:
            self._note(batch.bad)
            yield batch

    def _read(self, epoch: "_Epoch", positions: range) -> Iterator[Batch]:
        if self.workers == 0 or not positions:
            return (epoch[position] for position in positions)
        # A generator of its own: workers must not move torch's global chances.
        loader: DataLoader[Batch] = DataLoader(
            epoch,
            batch_size=None,
            sampler=positions,
            num_workers=min(self.workers, len(positions)),
            collate_fn=_as_it_is,
            worker_init_fn=_start_worker,
            generator=torch.Generator(),
        )
        return iter(loader)

    def _note(self, bad: tuple[BadFile, ...]) -> None:
        if bad and self.on_bad == "fail":
            raise DataError(
                f"only good pictures in {self.images.name}",
                f"{bad[0].name}: {bad[0].reason}",
                "repairing it or on_bad=skip",
            )
        self.bad += [file for file in bad if file not in self.bad]


class _Epoch(Dataset[Batch]):
    """One epoch as a sequence of batches; all that a worker needs."""

    def __init__(self, batches: Batches, number: int) -> None:
        self.images = batches.images
        self.preprocessing = batches.preprocessing
        self.augmentation = batches.augmentation
        self.batch_size = batches.batch_size
        self.chance = f"{batches.seed}/{number}"
        self.order = list(range(len(self.images)))
        if batches.seed is not None:
            random.Random(self.chance).shuffle(self.order)

    def __getitem__(self, position: int) -> Batch:
        indices = self.order[position * self.batch_size : (position + 1) * self.batch_size]
        chans, (height, width) = self.preprocessing.in_chans, self.preprocessing.img_size
        pixels = np.empty((len(indices), chans, height, width), np.uint8)
        good: list[tuple[int, int, str, Geometry | None]] = []
        bad: list[BadFile] = []
        for index in indices:
            try:
                good.append(self._fill(pixels[len(good)], index))
            except DataError as error:
                bad.append(BadFile(self.images.picture_name(index), error.got))
        return Batch(
            torch.from_numpy(pixels)[: len(good)],
            torch.tensor([label for _, label, _, _ in good], dtype=torch.int64),
            tuple(index for index, _, _, _ in good),
            tuple(name for _, _, name, _ in good),
            tuple(geometry for _, _, _, geometry in good),
            tuple(bad),
            position,
        )

    def _fill(self, target: np.ndarray, index: int) -> tuple[int, int, str, Geometry | None]:
        """Read one picture into its place in the batch."""
        picture = self.images.load(index)
        geometry: Geometry | None
        if self.augmentation is None:
            target[...], geometry = self.preprocessing.apply(picture.image, picture.geometry)
        else:
            chances = random.Random(f"{self.chance}/{index}")
            target[...], geometry = self.augmentation.apply(
                picture.image, picture.geometry, self.preprocessing, chances
            )
        label = -1 if picture.label is None else picture.label
        return index, label, picture.name, geometry


def _as_it_is(batch: object) -> object:
    return batch


def _start_worker(_: int) -> None:
    # Ctrl-C reaches every process of a terminal; the main one ends its workers itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
