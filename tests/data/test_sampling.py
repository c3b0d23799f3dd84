from collections import Counter

import pytest

from saccade.data.sampling import balanced, repeated, share, shuffled
from saccade.errors import ConfigError, DataError
from tests.foreign import foreign


def test_shuffling_gives_every_picture_once():
    order = shuffled(50, "0/1")
    assert sorted(order) == [(index, 0) for index in range(50)]
    assert order == shuffled(50, "0/1")
    assert order != shuffled(50, "0/2")
    assert shuffled(0, "0/0") == []


@pytest.mark.parametrize(("count", "repeats"), [(10, 3), (255, 3), (3, 5), (1, 1), (0, 3), (7, 1)])
def test_repeats_follow_each_other_and_fill_an_epoch(count, repeats):
    order = repeated(count, repeats, "0/1")
    assert len(order) == len(set(order)) == count
    assert [copy for _, copy in order] == [place % repeats for place in range(count)]
    pictures = [index for index, _ in order]
    runs = [pictures[start : start + repeats] for start in range(0, count, repeats)]
    assert all(len(set(run)) == 1 for run in runs)
    assert len({run[0] for run in runs}) == len(runs)


def test_copies_of_a_picture_go_to_different_processes():
    batch = repeated(96, 3, "0/0")[:24]
    for rank in range(4):
        indices = [index for index, _ in share(batch, rank, 4)[:3]]
        assert len(set(indices)) == 3


def test_balancing_gives_each_class_its_places():
    labels = [0] * 70 + [1] * 20 + [2] * 11
    order = balanced(labels, "0/0")
    assert len(order) == len(set(order)) == 101
    classes = Counter(labels[index] for index, _ in order)
    assert sorted(classes.values()) == [33, 34, 34]
    times = Counter(index for index, _ in order)
    assert all(times[index] <= 1 for index in range(70))
    assert {times[index] for index in range(70, 90)} == {1, 2}
    assert {times[index] for index in range(90, 101)} <= {3, 4}
    assert {copy for index, copy in order if index >= 90} >= {0, 1, 2}


def test_balancing_shows_all_of_a_large_class_in_time():
    labels = [0] * 60 + [1] * 4
    seen = {index for epoch in range(12) for index, _ in balanced(labels, f"0/{epoch}")}
    assert seen == set(range(64))
    assert balanced(labels, "0/3") == balanced(labels, "0/3")
    assert balanced([], "0/0") == []


@pytest.mark.parametrize(("size", "processes"), [(16, 4), (16, 2), (7, 2), (5, 4), (1, 3), (12, 1)])
def test_shares_are_the_batch_in_mirrored_pairs(size, processes):
    parts = [share(range(size), rank, processes) for rank in range(processes)]
    assert sorted(place for part in parts for place in part) == list(range(size))
    for part in parts:
        assert all(part[k] == size - 1 - part[-1 - k] for k in range(len(part)))
    if size % (2 * processes) == 0:
        assert {len(part) for part in parts} == {size // processes}


def test_what_cannot_work_is_refused():
    with pytest.raises(ConfigError, match="repeats"):
        repeated(5, 0, "0/0")
    with pytest.raises(DataError, match="1 without"):
        balanced([0, 1, -1], "0/0")
    with pytest.raises(ConfigError, match="rank from 0 to 1"):
        share([1], 2, 2)


@pytest.mark.parity
def test_repeats_are_timms():
    sampler = foreign("timm.data.distributed_sampler").RepeatAugSampler
    ranks = [
        list(sampler(range(600), num_replicas=2, rank=rank, num_repeats=3)) for rank in range(2)
    ]
    theirs = [ranks[place % 2][place // 2] for place in range(2 * len(ranks[0]))]
    ours = [index for index, _ in repeated(600, 3, "0/0")]

    def in_order(indices):
        numbers = {}
        return [numbers.setdefault(index, len(numbers)) for index in indices]

    assert len(theirs) == 512  # cut to a multiple of 256; ours are all 600
    assert in_order(ours)[:512] == in_order(theirs)
