"""Batches of a stream: a set too large to be shuffled whole is read shard by shard.

Each process takes every so-manyth shard, always the same ones, so that all pictures are seen once
in an epoch by all processes together. With fewer shards than processes each process reads all and
takes every so-manyth picture. An epoch has as many batches for each process as the one with most
pictures needs; the others get empty batches at the end, and no picture is left out.
"""

import random
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice

import numpy as np
import torch

from saccade.data.batches import Batch, Feed, View
from saccade.data.decode import decode_picture
from saccade.data.geometry import Geometry
from saccade.data.images import OnBad
from saccade.data.sets import BadFile, Picture
from saccade.data.streams import Sample, Stream
from saccade.errors import ConfigError, DataError


class StreamBatches:
    """The batches of a stream, epoch by epoch; used as `Batches` are.

    Each epoch takes the shards of this process in another order, and a picture at random out of a
    buffer. The changes of a picture depend on the seed, the epoch and the picture alone. Going on
    in the middle of an epoch reads what was seen again, without decoding it.

    Args:
        images: the stream.
        view: preprocessing of the model, and random changes.
        batch_size: pictures in a batch of one process.
        seed: of the order and the changes; None keeps the order of the stream.
        buffer: pictures that wait, undecoded, to be chosen from; 1 keeps the order in a shard.
        workers: threads that decode; 0 decodes in this one. The batches are the same.
        on_bad: "skip" leaves broken pictures out, "fail" raises for the first.
        feed: the process, and other ways to see each picture.

    Raises:
        ConfigError: an option that cannot work.
    """

    def __init__(
        self,
        images: Stream,
        view: View,
        *,
        batch_size: int,
        seed: int | None = None,
        buffer: int = 1000,
        workers: int = 0,
        on_bad: OnBad = "skip",
        feed: Feed | None = None,
    ) -> None:
        self.images, self.view, self.batch_size, self.seed = images, view, batch_size, seed
        self.buffer, self.workers, self.on_bad = buffer, workers, on_bad
        self.feed = feed or Feed()
        self.preprocessing, self.augmentation = view.preprocessing, view.augmentation
        self.bad: list[BadFile] = []
        if min(batch_size, buffer) < 1 or workers < 0:
            got = f"{batch_size}, {buffer} and {workers}"
            raise ConfigError("a batch_size and a buffer of 1 or more and 0 or more workers", got)
        if view.augmentation is not None and seed is None:
            raise ConfigError("a seed with an augmentation", "none", "seed=0")
        if self.feed.sampler != "shuffle" or self.feed.repeats != 1:
            got = f"the sampler {self.feed.sampler} with {self.feed.repeats} repeats"
            raise ConfigError("a stream that gives each picture once", got, "a set that is indexed")

    def __len__(self) -> int:
        """The number of batches in an epoch, the same for each process."""
        most = max(self._count(rank) for rank in range(self.feed.processes))
        return -(-most // self.batch_size)

    def epoch(self, number: int = 0, *, start: int = 0) -> Iterator[Batch]:
        """Read the batches of an epoch.

        Args:
            number: of the epoch; another number gives another order and other changes.
            start: position of the first batch to give.

        Raises:
            DataError: a picture is broken and `on_bad` is "fail".
            ConfigError: `start` is not a position of the epoch.
        """
        if not 0 <= start <= len(self):
            raise ConfigError(f"a start from 0 to {len(self)}", str(start))
        return self._batches(number, start)

    def _count(self, rank: int) -> int:
        """How many pictures a process gets."""
        processes = self.feed.processes
        if len(self.images.counts) >= processes:
            return sum(self.images.counts[rank::processes])
        return len(range(rank, len(self.images), processes))

    def _batches(self, number: int, start: int) -> Iterator[Batch]:
        samples = self._shuffled(self._samples(number), number)
        for _ in islice(samples, start * self.batch_size):
            pass
        with ThreadPoolExecutor(max(self.workers, 1)) as pool:
            ahead: list[Future[_Seen]] = []
            for position in range(start, len(self)):
                if self.workers == 0:
                    seen = [self._see(s, number) for s in islice(samples, self.batch_size)]
                else:
                    ahead += self._begin(pool, samples, number, 2 * self.batch_size - len(ahead))
                    seen = [future.result() for future in ahead[: self.batch_size]]
                    del ahead[: self.batch_size]
                yield self._batch(seen, position)

    def _begin(
        self, pool: ThreadPoolExecutor, samples: Iterator[Sample], number: int, count: int
    ) -> list["Future[_Seen]"]:
        return [pool.submit(self._see, sample, number) for sample in islice(samples, count)]

    def _samples(self, number: int) -> Iterator[Sample]:
        """Read what this process gets, in the order of the epoch."""
        rank, processes = self.feed.rank, self.feed.processes
        few = len(self.images.counts) < processes
        shards = list(range(len(self.images.counts)))
        shards = shards if few else shards[rank::processes]
        if self.seed is not None:
            random.Random(f"{self.seed}/{number}/shards").shuffle(shards)
        read = (sample for shard in shards for sample in self._shard(shard))
        return islice(read, rank, None, processes) if few else read

    def _shard(self, shard: int) -> Iterator[Sample]:
        try:
            yield from self.images.read(shard)
        except DataError as error:
            self._note([BadFile(f"shard {shard} of {self.images.name}", error.got)])

    def _shuffled(self, samples: Iterator[Sample], number: int) -> Iterator[Sample]:
        if self.seed is None:
            yield from samples
            return
        chances = random.Random(f"{self.seed}/{number}/buffer")
        waiting = list(islice(samples, self.buffer))
        for sample in samples:
            place = chances.randrange(len(waiting))
            yield waiting[place]
            waiting[place] = sample
        chances.shuffle(waiting)
        yield from waiting

    def _see(self, sample: Sample, number: int) -> "_Seen":
        """Decode a picture and see it in every way that is asked for."""
        try:
            read = decode_picture(sample.data, sample.name)
            picture = Picture(read.raw, read.geometry, sample.label, sample.name)
            chance = f"{self.seed}/{number}/{sample.index}"
            first, geometry = _seen(picture, self.view, chance)
            views = enumerate(self.feed.views)
            others = [_seen(picture, view, f"{chance}/{n}")[0] for n, view in views]
        except DataError as error:
            return _Seen(sample, BadFile(sample.name, error.got))
        return _Seen(sample, None, (first, *others), geometry)

    def _batch(self, seen: "list[_Seen]", position: int) -> Batch:
        good = [one for one in seen if one.bad is None]
        bad = tuple(one.bad for one in seen if one.bad is not None)
        self._note(bad)
        views = (self.view, *self.feed.views)
        rooms = [torch.from_numpy(_joined(good, way, view)) for way, view in enumerate(views)]
        return Batch(
            rooms[0],
            torch.tensor([one.sample.label for one in good], dtype=torch.int64),
            tuple(one.sample.index for one in good),
            tuple(one.sample.name for one in good),
            tuple(one.geometry for one in good if one.geometry is not None),
            bad,
            position,
            tuple(rooms[1:]),
        )

    def _note(self, bad: Sequence[BadFile]) -> None:
        if bad and self.on_bad == "fail":
            raise DataError(
                f"only good pictures in {self.images.name}",
                f"{bad[0].name}: {bad[0].reason}",
                "repairing it or on_bad=skip",
            )
        self.bad += [file for file in bad if file not in self.bad]


@dataclass(frozen=True, slots=True)
class _Seen:
    """A sample as the model sees it, or why it is left out."""

    sample: Sample
    bad: BadFile | None
    pixels: tuple[np.ndarray, ...] = ()
    geometry: Geometry | None = None


def _seen(picture: Picture, view: View, chance: str) -> tuple[np.ndarray, Geometry]:
    image, to = picture.image, view.preprocessing
    if view.augmentation is None:
        return to.apply(image, picture.geometry)
    return view.augmentation.apply(image, picture.geometry, to, random.Random(chance))


def _joined(good: list[_Seen], way: int, view: View) -> np.ndarray:
    height, width = view.preprocessing.img_size
    pixels = np.empty((len(good), view.preprocessing.in_chans, height, width), np.uint8)
    for row, one in zip(pixels, good, strict=True):
        row[...] = one.pixels[way]
    return pixels
