"""Batches: the one loader for training and evaluation, repeatable to the picture.

The order of an epoch and the changes of each picture depend only on the seed, the epoch's number
and the picture's index, never on workers or on what was read before. So an epoch that was broken
off goes on exactly where it stopped.
"""

import random
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from saccade.data.augmentation import Augmentation
from saccade.data.geometry import Geometry
from saccade.data.images import OnBad
from saccade.data.sampling import Turn, balanced, repeated, share
from saccade.data.sets import BadFile, ImageSet, Picture
from saccade.data.tables import many_hot
from saccade.data.transforms import Preprocessing
from saccade.errors import ConfigError, DataError

Sampler = Literal["shuffle", "balanced"]
Good = tuple[Turn, int, str, Geometry]  # turn, label, name and geometry of a picture


@dataclass(frozen=True, slots=True)
class View:
    """Another way to see each picture of a batch, such as a small crop.

    Args:
        preprocessing: its size.
        augmentation: random changes; None for evaluation.
    """

    preprocessing: Preprocessing
    augmentation: Augmentation | None

    def seen(self, picture: Picture, chance: str, exact: bool) -> tuple[np.ndarray, Geometry]:
        """Give the pixels of a picture, uint8 (c h w), and where they come from.

        Args:
            picture: to see.
            chance: what its random changes depend on, and on nothing else.
            exact: as in `Feed`.
        """
        raw, before, to = picture.raw, picture.geometry, self.preprocessing
        if self.augmentation is None:
            return to.apply(raw, before, exact=exact)
        return self.augmentation.apply(raw, before, to, random.Random(chance))


@dataclass(frozen=True, kw_only=True, slots=True)
class Feed:
    """What of an epoch a process gets, and in which order.

    Args:
        sampler: "shuffle" takes each picture once, "balanced" each class equally often.
        repeats: how often a picture is in an epoch that is as long as before.
        views: ways to see each picture beside the first one.
        rank: of this process.
        processes: how many share a batch; each gets every so-manyth picture of it.
        exact: False resizes for evaluation in less time; see `Preprocessing.fit`.
    """

    sampler: Sampler = "shuffle"
    repeats: int = 1
    views: tuple[View, ...] = ()
    rank: int = 0
    processes: int = 1
    exact: bool = True


_ALONE = Feed()


@dataclass(frozen=True, slots=True)
class Batch:
    """Some pictures, ready for `Preprocessing.normalize`.

    Args:
        images: uint8 (b c h w); b may be 0 when every picture of the batch is broken.
        labels: int64 (b), -1 where unknown; or 0 and 1 as floats (b classes), where a picture may
            have any number of labels.
        indices: of the pictures in their set.
        names: of the pictures.
        geometries: from each picture's file to its pixels here.
        bad: pictures of this batch that are broken and left out.
        position: of the batch in its epoch, counted from 0.
        views: the same pictures seen otherwise, each uint8 (b c height width).
        copies: how often each picture came before in this epoch; empty where none comes twice.
    """

    images: Tensor
    labels: Tensor
    indices: tuple[int, ...]
    names: tuple[str, ...]
    geometries: tuple[Geometry, ...]
    bad: tuple[BadFile, ...]
    position: int
    views: tuple[Tensor, ...] = ()
    copies: tuple[int, ...] = ()

    def __len__(self) -> int:
        return len(self.indices)

    @property
    def count(self) -> int:
        """How many there are to learn from: its pictures."""
        return len(self.indices)


class Batches:
    """The batches of an image set, epoch by epoch.

    A broken picture is left out and named in `bad`, never replaced. Its batch is smaller, at worst
    empty, so that the k-th batch is the k-th whatever is broken.

    Args:
        images: the set.
        preprocessing: of the model.
        batch_size: pictures in a batch of one process; the last one may be smaller.
        seed: of the order and the augmentation; None keeps the order of the set.
        augmentation: random changes; None for evaluation.
        workers: processes that read ahead; 0 reads in this one. The batches are the same.
        on_bad: "skip" leaves broken pictures out, "fail" raises for the first.
        feed: what of an epoch this process gets; all of it by default.

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
        feed: Feed = _ALONE,
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
        self.feed = feed
        self.bad: list[BadFile] = []

    @property
    def name(self) -> str:
        """The name of the set, such as "train"."""
        return self.images.name

    def __len__(self) -> int:
        """The number of batches in an epoch."""
        return -(-len(self.images) // (self.batch_size * self.feed.processes))

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
        self.feed = batches.feed
        self.chance = f"{batches.seed}/{number}"
        self.order = _order(self.images, None if batches.seed is None else self.chance, self.feed)

    def __getitem__(self, position: int) -> Batch:
        whole = self.batch_size * self.feed.processes
        shared = self.order[position * whole : (position + 1) * whole]
        indices = share(shared, self.feed.rank, self.feed.processes)
        pixels = _room(len(indices), self.preprocessing)
        others = [_room(len(indices), view.preprocessing) for view in self.feed.views]
        good: list[Good] = []
        bad: list[BadFile] = []
        for turn in indices:
            index = turn[0]
            try:
                rows = [pixels[len(good)], *(room[len(good)] for room in others)]
                good.append(self._fill(rows, turn))
            except DataError as error:
                bad.append(BadFile(self.images.picture_name(index), error.got))
        return Batch(
            torch.from_numpy(pixels)[: len(good)],
            _labels(self.images, good),
            tuple(turn[0] for turn, _, _, _ in good),
            tuple(name for _, _, name, _ in good),
            tuple(geometry for _, _, _, geometry in good),
            tuple(bad),
            position,
            tuple(torch.from_numpy(room)[: len(good)] for room in others),
            tuple(turn[1] for turn, _, _, _ in good),
        )

    def _fill(self, rows: list[np.ndarray], turn: Turn) -> Good:
        """Read one picture into its places in the batch, one for each way to see it."""
        index, copy = turn
        first, exact = View(self.preprocessing, self.augmentation), self.feed.exact
        chance = f"{self.chance}/{index}" + (f"/copy {copy}" if copy else "")
        images, still = self.images, self.augmentation is None
        picture = images.load(index) if still else images.drawn(index, chance)
        rows[0][...], geometry = first.seen(picture, chance, exact)
        for number, (view, row) in enumerate(zip(self.feed.views, rows[1:], strict=True)):
            row[...] = view.seen(picture, f"{chance}/view {number}", exact)[0]
        return turn, -1 if picture.label is None else picture.label, picture.name, geometry


def _labels(images: ImageSet, good: list[Good]) -> Tensor:
    """Give one label for each picture, or 0 and 1 for each class where it may have several."""
    if images.multi is not None:
        return torch.from_numpy(many_hot(images, [turn[0] for turn, _, _, _ in good]))
    return torch.tensor([label for _, label, _, _ in good], dtype=torch.int64)


def _order(images: ImageSet, chance: str | None, feed: Feed) -> list[Turn]:
    """Give the order of an epoch; that of the set where there is no chance."""
    if chance is None:
        return [(index, 0) for index in range(len(images))]
    if feed.sampler == "balanced":
        return balanced(images.labels, chance)
    return repeated(len(images), feed.repeats, chance)


def _room(count: int, preprocessing: Preprocessing) -> np.ndarray:
    height, width = preprocessing.img_size
    return np.empty((count, preprocessing.in_chans, height, width), np.uint8)


def _as_it_is(batch: object) -> object:
    return batch


def _start_worker(_: int) -> None:
    # Ctrl-C reaches every process of a terminal; the main one ends its workers itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
