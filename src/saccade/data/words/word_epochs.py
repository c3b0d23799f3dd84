"""Epochs of sentences: in random order, each batch of sentences of similar length or of any.

Sentences beside pictures that are read come with others of any length: a batch norm would tell a
network from the others what its own sentence shall be, such as how many things it names.

Axes: b image (here: sentence), t time.
"""

import random
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Generic, Protocol, TypeVar

import torch
from torch import Tensor

from saccade.data.batches import Feed
from saccade.data.sampling import share
from saccade.data.sets import BadFile
from saccade.data.words.lexicon import PAD
from saccade.errors import ConfigError

_POOL = 50  # batches whose sentences are sorted together


class _Batch(Protocol):
    @property
    def bad(self) -> tuple[BadFile, ...]:
        """What is broken in it."""


BatchKind = TypeVar("BatchKind", bound=_Batch)


class WordEpochs(ABC, Generic[BatchKind]):
    """What all kinds of batches share: the order, the processes, going on in the middle.

    Args:
        batch_size: turns in a batch of one process.
        seed: of the order; None keeps it.
        workers: threads that make batches ahead.
        feed: rank of this process and number of processes.

    Attributes:
        alike: whether sentences of similar length come together.

    Raises:
        ConfigError: an option that cannot work.
    """

    alike = True

    def __init__(self, batch_size: int, seed: int | None, workers: int, feed: Feed) -> None:
        plain = Feed(rank=feed.rank, processes=feed.processes, exact=feed.exact)
        if feed != plain:
            got = "another sampler, repeats or views"
            raise ConfigError("a feed with rank, processes and exact only", got)
        if batch_size < 1:
            raise ConfigError("a batch_size of 1 or more", str(batch_size))
        if workers < 0:
            raise ConfigError("0 or more workers", str(workers))
        self.batch_size = batch_size
        self.seed = seed
        self.workers = workers
        self.feed = feed
        self.bad: list[BadFile] = []

    @property
    @abstractmethod
    def name(self) -> str:
        """The name of the set, such as "train"."""

    @abstractmethod
    def _lengths(self) -> list[tuple[int, ...]]:
        """Give the lengths of each turn of an epoch."""

    @abstractmethod
    def _batch(self, turns: Sequence[int], number: int, position: int) -> BatchKind:
        """Make a batch of some turns."""

    def __len__(self) -> int:
        """The number of batches in an epoch."""
        return -(-len(self._lengths()) // (self.batch_size * self.feed.processes))

    def epoch(self, number: int = 0, *, start: int = 0) -> Iterator[BatchKind]:
        """Give the batches of an epoch.

        Args:
            number: of the epoch; another number gives another order and other changes.
            start: position of the first batch to give: exactly what the whole epoch would give
                from there on.

        Raises:
            ConfigError: `start` is not a position of the epoch.
        """
        if not 0 <= start <= len(self):
            raise ConfigError(f"a start from 0 to {len(self)}", str(start))
        return self._read(self._order(number), number, start)

    def _order(self, number: int) -> list[list[int]]:
        """Share the turns of an epoch out to the batches of all processes together."""
        lengths, size = self._lengths(), self.batch_size * self.feed.processes
        if self.seed is None:
            return in_turn(range(len(lengths)), size)
        chance = f"{self.seed}/{number}/words"
        if self.alike:
            return bucketed(lengths, size, chance)
        order = list(range(len(lengths)))
        random.Random(chance).shuffle(order)
        return in_turn(order, size)

    def _read(self, order: list[list[int]], number: int, start: int) -> Iterator[BatchKind]:
        """Make the batches one after the other, up to `workers` of them ahead."""
        rank, processes = self.feed.rank, self.feed.processes
        shares = ((at, share(order[at], rank, processes)) for at in range(start, len(order)))
        if self.workers == 0:
            for position, turns in shares:
                yield self._noted(self._batch(turns, number, position))
            return
        waiting: deque[Future[BatchKind]] = deque()
        with ThreadPoolExecutor(self.workers) as pool, _cancelling(waiting):
            for position, turns in shares:
                waiting.append(pool.submit(self._batch, turns, number, position))
                if len(waiting) > self.workers:
                    yield self._noted(waiting.popleft().result())
            while waiting:
                yield self._noted(waiting.popleft().result())

    def _noted(self, batch: BatchKind) -> BatchKind:
        self.bad += [file for file in batch.bad if file not in self.bad]
        return batch


@contextmanager
def _cancelling(waiting: deque[Future[BatchKind]]) -> Iterator[None]:
    """Give up what is still waiting when the reader goes away."""
    try:
        yield
    finally:
        for future in waiting:
            future.cancel()


def bucketed(lengths: Sequence[tuple[int, ...]], size: int, chance: str) -> list[list[int]]:
    """Share sentences out to batches of similar length, in random order.

    All are shuffled; each pool of 50 batches is sorted by length and cut; then the batches are
    shuffled. Only one batch can be smaller than the others.

    Args:
        lengths: of each sentence; the first number counts most.
        size: sentences in a batch.
        chance: what the order depends on, and on nothing else.

    Returns:
        The sentences of each batch.
    """
    _check(size)
    chances = random.Random(chance)
    order = list(range(len(lengths)))
    chances.shuffle(order)
    batches: list[list[int]] = []
    for begin in range(0, len(order), size * _POOL):
        pool = sorted(order[begin : begin + size * _POOL], key=lambda index: lengths[index])
        batches += in_turn(pool, size)
    chances.shuffle(batches)
    return batches


def in_turn(order: Sequence[int], size: int) -> list[list[int]]:
    """Cut an order into batches; the last one may be smaller."""
    _check(size)
    return [list(order[begin : begin + size]) for begin in range(0, len(order), size)]


def padded(rows: Sequence[Sequence[int]]) -> Tensor:
    """Lay ids in one tensor, int64 (b t), with `PAD` on the right; t is at least 1."""
    width = max((len(row) for row in rows), default=0)
    filled = [[*row, *[PAD] * (max(width, 1) - len(row))] for row in rows]
    return torch.tensor(filled, dtype=torch.int64).reshape(len(rows), max(width, 1))


def words_to_learn(words: Tensor) -> int:
    """Count the words that a batch has to learn: all but the first of each row and `PAD`.

    Args:
        words: int64 (b t).
    """
    return int((words[:, 1:] != PAD).sum())


def _check(size: int) -> None:
    if size < 1:
        raise ConfigError("a batch_size of 1 or more", str(size))


def within(
    counts: Sequence[int], rows: Sequence[int], longest: int | None
) -> tuple[list[int], list[int]]:
    """Part rows into those that are short enough and the others.

    Args:
        counts: words of every row.
        rows: the rows to part.
        longest: most words; None keeps all.

    Raises:
        ConfigError: `longest` is below 1.
    """
    if longest is not None and longest < 1:
        raise ConfigError("a longest of 1 or more words", str(longest))
    kept = [row for row in rows if longest is None or counts[row] <= longest]
    return kept, [row for row in rows if longest is not None and counts[row] > longest]


def too_long(name: str, count: int, longest: int | None) -> BadFile:
    """Name a sentence that is left out."""
    return BadFile(name, f"{count} words, more than {longest}")
