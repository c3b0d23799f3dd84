"""The order of an epoch: which picture comes when, and how often.

An order is a list of (index, copy): the picture, and the how-manieth time it comes, from 0, so that
each copy can be changed in its own way. It depends on the chance alone, such as "seed/epoch". All
processes make the same order, and each takes its share of every batch (`share`): any number of
processes sees the same batches, and what is balanced stays balanced.

Source of `repeated`: Hoffer et al., "Augment Your Batch", CVPR 2020, arXiv:1901.09335, and Berman
et al., "MultiGrain", arXiv:1902.05509, section 4.1 ("repeated augmentation"); DeiT uses 3 copies.

Differs: DeiT's sampler cuts an epoch to a multiple of 256 pictures, and so gives none of fewer than
256. Here an epoch is as long as the set, whatever its size.
"""

import random
from collections import defaultdict
from collections.abc import Sequence
from typing import TypeVar

from saccade.errors import ConfigError, DataError

Turn = tuple[int, int]  # index of a picture in its set, and which of its copies
T = TypeVar("T")


def shuffled(count: int, chance: str) -> list[Turn]:
    """Give every picture once, in random order.

    Args:
        count: of pictures.
        chance: what the order depends on.
    """
    return [(index, 0) for index in _shuffle(range(count), random.Random(chance))]


def repeated(count: int, repeats: int, chance: str) -> list[Turn]:
    """Give each picture several times in a row, in random order, until the epoch is full.

    An epoch stays as long as the set, so it sees count / repeats different pictures. The copies of
    a picture follow each other, so they are in one batch, but where a batch ends between them, and
    of several processes each treats another copy, as in DeiT.

    Args:
        count: of pictures.
        repeats: how often each comes, 1 or more.
        chance: what the order depends on.

    Raises:
        ConfigError: `repeats` is below 1.
    """
    if repeats < 1:
        raise ConfigError("1 or more repeats", str(repeats), "repeats=3")
    order = _shuffle(range(count), random.Random(chance))
    return [(order[place // repeats], place % repeats) for place in range(count)]


def balanced(labels: Sequence[int], chance: str) -> list[Turn]:
    """Give every class equally often, in random order; an epoch stays as long as the set.

    Each class gets its equal part of the places; the places that are left over go to classes drawn
    anew each epoch. Of a large class an epoch sees some pictures, others the next time. Of a small
    class it sees all equally often, up to one.

    Args:
        labels: class of each picture, 0 or more.
        chance: what the order depends on.

    Raises:
        DataError: a picture has no class.
    """
    if min(labels, default=0) < 0:
        raise DataError("a class for each picture", f"{sum(x < 0 for x in labels)} without one")
    members: dict[int, list[int]] = defaultdict(list)
    for index, label in enumerate(labels):
        members[label].append(index)
    chances = random.Random(chance)
    places, left = divmod(len(labels), max(1, len(members)))
    lucky = set(chances.sample(sorted(members), left))
    turns: list[Turn] = []
    for label in sorted(members):
        order = _shuffle(members[label], chances)
        for place in range(places + (label in lucky)):
            copy, position = divmod(place, len(order))
            turns.append((order[position], copy))
    return _shuffle(turns, chances)


def share(batch: Sequence[T], rank: int, processes: int) -> list[T]:
    """Take what one process treats of a batch.

    Pictures are dealt out in pairs, each with the one that is as far from the end as it is from
    the start, which is its partner in `Mixing`. Partners lie in mirrored places of the share too,
    so mixing the shares is mixing the whole. Even batches of each process come out equally large.

    Args:
        batch: of all processes together.
        rank: of this process, from 0.
        processes: how many there are.

    Raises:
        ConfigError: there is no such process.
    """
    if not 0 <= rank < processes:
        raise ConfigError(f"a rank from 0 to {processes - 1}", str(rank))
    pairs, odd = divmod(len(batch), 2)
    places = range(rank, pairs, processes)
    middle = [pairs] if odd and pairs % processes == rank else []
    mirrored = [len(batch) - 1 - place for place in reversed(places)]
    return [batch[place] for place in (*places, *middle, *mirrored)]


def _shuffle(items: Sequence[T], chances: random.Random) -> list[T]:
    order = list(items)
    chances.shuffle(order)
    return order
